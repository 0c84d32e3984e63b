// What the transport header says, in the words of a match, and its checksum (OVS lib/flow.c, lib/ofp-print.c).

import { etherTypes, protocols } from '../../flow/protocol-numbers.ts';
import { flagsText, ipText, macText } from '../format-value.ts';
import { ipv6At, macAt } from './bytes.ts';
import { fragmentBits, type Ip } from './ip.ts';

/** What the transport header says, in the words of a match; and its checksum. */
export interface Transport {
  readonly fields: readonly string[];
  readonly checksum?: string;
}

interface TransportReader {
  /** Undefined when too little of the header is there. */
  ports(payload: DataView): readonly [number, number] | undefined;
  readonly checksum?: { readonly name: string; readonly least: number; read(payload: DataView): number };
}

const ports16 = (least: number) => (payload: DataView) =>
  payload.byteLength >= least ? ([payload.getUint16(0), payload.getUint16(2)] as const) : undefined;

const typeAndCode = (payload: DataView) =>
  payload.byteLength >= 8 ? ([payload.getUint8(0), payload.getUint8(1)] as const) : undefined;

function tcpPorts(payload: DataView): readonly [number, number] | undefined {
  if (payload.byteLength < 20) return undefined;
  const length = (payload.getUint8(12) >> 4) * 4;
  return length >= 20 && payload.byteLength >= length ? [payload.getUint16(0), payload.getUint16(2)] : undefined;
}

const transports: Readonly<Record<number, TransportReader>> = {
  [protocols.tcp]: {
    ports: tcpPorts,
    checksum: { name: 'tcp', least: 20, read: payload => payload.getUint16(16) },
  },
  [protocols.udp]: {
    ports: ports16(8),
    checksum: { name: 'udp', least: 8, read: payload => payload.getUint16(6) },
  },
  [protocols.sctp]: {
    ports: ports16(12),
    checksum: { name: 'sctp', least: 12, read: payload => payload.getUint32(8) },
  },
  [protocols.icmp]: {
    ports: typeAndCode,
    checksum: { name: 'icmp', least: 8, read: payload => payload.getUint16(2) },
  },
  [protocols.icmpv6]: {
    ports: typeAndCode,
    checksum: { name: 'icmp6', least: 4, read: payload => payload.getUint16(2) },
  },
  [protocols.igmp]: { ports: typeAndCode },
};

function isIcmp(type: number, ip: Ip): boolean {
  return ip.protocol === (type === etherTypes.ipv6 ? protocols.icmpv6 : protocols.icmp);
}

export function readTransport(type: number, ip: Ip): Transport {
  const reader = transports[ip.protocol];
  const { payload } = ip;
  if (!reader || type === etherTypes.nsh) return { fields: [] };
  const { checksum } = reader;
  const sum =
    checksum && payload && payload.byteLength >= checksum.least
      ? `${checksum.name}_csum:${checksum.read(payload).toString(16)}`
      : undefined;
  return { fields: transportFields(type, ip, reader), ...(sum && { checksum: sum }) };
}

function transportFields(type: number, ip: Ip, reader: TransportReader): readonly string[] {
  if (ip.fragment & fragmentBits.later) return [];
  const { payload } = ip;
  const ports = payload && reader.ports(payload);
  const [first, second] = ports ?? [0, 0];
  if (isIcmp(type, ip)) {
    const fields = [`icmp_type=${first}`, `icmp_code=${second}`];
    return type === etherTypes.ipv6 && payload && ports ? [...fields, ...neighbourFields(payload)] : fields;
  }
  const fields = [`tp_src=${first}`, `tp_dst=${second}`];
  if (ip.protocol !== protocols.tcp) return fields;
  return [...fields, `tcp_flags=${flagsText('tcp_flags', payload && ports ? payload.getUint16(12) & 0xfff : 0)}`];
}

/** Neighbour solicitation and advertisement: the target, and the link-layer addresses among the options. */
function neighbourFields(payload: DataView): readonly string[] {
  const type = payload.getUint8(0);
  if ((type !== 135 && type !== 136) || payload.getUint8(1) !== 0) return [];
  const { target, source, destination } = readNeighbour(payload);
  return [`nd_target=${ipText(6, target)}`, `nd_sll=${macText(source)}`, `nd_tll=${macText(destination)}`];
}

interface Neighbour {
  readonly target: bigint;
  readonly source: bigint;
  readonly destination: bigint;
}

function readNeighbour(payload: DataView): Neighbour {
  const none = { target: 0n, source: 0n, destination: 0n };
  if (payload.byteLength < 24) return none;
  const found = { ...none, target: ipv6At(payload, 8) };
  for (let at = 24; payload.byteLength - at >= 8; ) {
    const kind = payload.getUint8(at);
    const length = payload.getUint8(at + 1) * 8;
    if (length === 0 || length > payload.byteLength - at) break;
    const name = kind === 1 ? 'source' : kind === 2 ? 'destination' : undefined;
    if (name && length === 8) {
      // An address that comes twice makes the message invalid.
      if (found[name] !== 0n) return none;
      found[name] = macAt(payload, at + 2);
    }
    at += length;
  }
  return found;
}
