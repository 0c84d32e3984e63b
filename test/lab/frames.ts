// Ethernet frames built by hand, for packets no well-behaved stack sends.

import { parseIp, parseMac } from '../../src/lib/address.ts';
import { buildFrame, type FramePayload } from '../../src/openflow/packet/frame.ts';
import type { IpPayload } from '../../src/openflow/packet/transport.ts';

export interface EthernetHeader {
  readonly source: string;
  readonly destination: string;
}

export interface Ipv4Header extends EthernetHeader {
  readonly sourceIp: string;
  readonly destinationIp: string;
  readonly ttl?: number;
}

export interface TcpHeader extends Ipv4Header {
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly sequence?: number;
  readonly acknowledgement?: number;
  /** RFC 9293: FIN 1, SYN 2, RST 4, PSH 8, ACK 16. */
  readonly flags: number;
  readonly payload?: Uint8Array;
  /** Spoils the TCP checksum. */
  readonly badChecksum?: boolean;
}

export interface UdpHeader extends Ipv4Header {
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly payload?: Uint8Array;
}

export const BROADCAST = 'ff:ff:ff:ff:ff:ff';

export function ethernet(header: EthernetHeader, etherType: number, data: Uint8Array): Buffer {
  return frameOf(header, { kind: 'other', etherType, data });
}

function frameOf({ source, destination }: EthernetHeader, payload: FramePayload): Buffer {
  const frame = buildFrame({
    destination: parseMac(destination),
    source: parseMac(source),
    tags: [],
    payload,
    trailer: new Uint8Array(),
  });
  // The shortest frame without its checksum, IEEE 802.3 clause 4.2.3.3.
  return Buffer.concat([frame, Buffer.alloc(Math.max(0, 60 - frame.length))]);
}

/** RFC 826. A target that is `sourceIp` itself makes it gratuitous. */
export function arpRequest(source: string, sourceIp: string, targetIp: string): Buffer {
  const senderMac = parseMac(source);
  const [sender, target] = [ip4(sourceIp), ip4(targetIp)];
  const payload = { kind: 'arp', operation: 1, senderMac, sender, targetMac: 0n, target } as const;
  return frameOf({ source, destination: BROADCAST }, payload);
}

export function ipv4(header: Ipv4Header, protocol: number, payload: Uint8Array): Buffer {
  return ipv4Of(header, { kind: 'ip', protocol, data: payload });
}

function ipv4Of(header: Ipv4Header, payload: IpPayload): Buffer {
  return frameOf(header, {
    kind: 'ipv4',
    source: ip4(header.sourceIp),
    destination: ip4(header.destinationIp),
    ttl: header.ttl ?? 64,
    tos: 0,
    identification: 0,
    dontFragment: false,
    moreFragments: false,
    fragmentOffset: 0,
    options: new Uint8Array(),
    payload,
  });
}

export function tcp(header: TcpHeader): Buffer {
  const { sourcePort, destinationPort, sequence = 0, acknowledgement = 0, flags, payload, badChecksum } = header;
  const [urgent, options, data] = [0, new Uint8Array(), payload ?? new Uint8Array()];
  return ipv4Of(header, {
    ...{ kind: 'tcp', sourcePort, destinationPort, sequence, acknowledgement, flags, window: 64240, urgent, options },
    data,
    ...(badChecksum && { checksum: 0x5555 }),
  });
}

export function udp(header: UdpHeader): Buffer {
  const { sourcePort, destinationPort, payload = new Uint8Array() } = header;
  return ipv4Of(header, { kind: 'udp', sourcePort, destinationPort, data: payload });
}

export interface Ipv6Header extends EthernetHeader {
  readonly sourceIp: string;
  readonly destinationIp: string;
  readonly hopLimit?: number;
}

export interface Udp6Header extends Ipv6Header {
  readonly sourcePort: number;
  readonly destinationPort: number;
}

/** A datagram over IPv6 (RFC 8200), without payload. */
export function udp6(header: Udp6Header): Buffer {
  const { sourcePort, destinationPort } = header;
  return ipv6Of(header, { kind: 'udp', sourcePort, destinationPort, data: new Uint8Array() });
}

function ipv6Of(header: Ipv6Header, payload: IpPayload): Buffer {
  return frameOf(header, {
    kind: 'ipv6',
    source: BigInt(parseIp(header.sourceIp).value),
    destination: BigInt(parseIp(header.destinationIp).value),
    hopLimit: header.hopLimit ?? 64,
    trafficClass: 0,
    flowLabel: 0,
    payload,
  });
}

/** ICMP (RFC 792): `rest` is all after the checksum. */
export function icmp(header: Ipv4Header, type: number, code: number, rest: Uint8Array): Buffer {
  const word = Buffer.from(rest).readUInt32BE(0);
  return ipv4Of(header, { kind: 'icmp', type, code, rest: word, data: rest.subarray(4) });
}

/** ICMPv6 (RFC 4443): `rest` is all after the checksum. */
export function icmp6(header: Ipv6Header, type: number, code: number, rest: Uint8Array): Buffer {
  const word = Buffer.from(rest).readUInt32BE(0);
  return ipv6Of(header, { kind: 'icmpv6', type, code, rest: word, data: rest.subarray(4) });
}

/** The same frame with tags, the outermost first. */
export function tagged(
  frame: Uint8Array,
  ...tags: readonly { readonly type: number; readonly vlan: number }[]
): Buffer {
  const headers = tags.map(({ type, vlan }) => Buffer.from([type >> 8, type & 0xff, vlan >> 8, vlan & 0xff]));
  return Buffer.concat([frame.subarray(0, 12), ...headers, frame.subarray(12)]);
}

function ip4(text: string): number {
  const { family, value } = parseIp(text);
  if (family !== 4) throw new Error(`"${text}" is not an IPv4 address`);
  return value;
}
