// ARP for IPv4 on Ethernet (RFC 826).

import type { Reader } from '../wire/reader.ts';
import type { Writer } from '../wire/writer.ts';

/** RFC 826, of IPv4 on Ethernet. */
export interface ArpPacket {
  readonly kind: 'arp';
  /** 1 a request, 2 a reply. */
  readonly operation: number;
  readonly senderMac: bigint;
  readonly sender: number;
  readonly targetMac: bigint;
  readonly target: number;
}

const ethernet = 1;
const ipv4 = 0x0800;
const length = 28;

/** Undefined: ARP, but not for IPv4 on Ethernet, or too short for it. */
export function readArp(reader: Reader): ArpPacket | undefined {
  if (reader.remaining < length || reader.peekU32(0) !== ethernet * 0x1_0000 + ipv4 || reader.peekU16(4) !== 0x0604)
    return undefined;
  reader.skip(6);
  const operation = reader.u16();
  const senderMac = reader.mac();
  const sender = reader.u32();
  return { kind: 'arp', operation, senderMac, sender, targetMac: reader.mac(), target: reader.u32() };
}

/** @throws OpenFlowEncodeError when a value does not fit */
export function writeArp(writer: Writer, { operation, senderMac, sender, targetMac, target }: ArpPacket): void {
  writer.u16(ethernet);
  writer.u16(ipv4);
  writer.u16(0x0604);
  writer.u16(operation);
  writer.mac(senderMac);
  writer.u32(sender);
  writer.mac(targetMac);
  writer.u32(target);
}
