// What OVS looks at of a packet up to its network header (OVS lib/flow.c, miniflow_extract()).

import { etherTypes } from '../../flow/protocol-numbers.ts';
import { from, macAt } from './bytes.ts';
import { type Ip, noIp, readIpv4, readIpv6 } from './ip.ts';

/** What of a packet OVS looks at; a field is 0 where the packet does not say. */
export interface Headers {
  readonly source: bigint;
  readonly destination: bigint;
  readonly type: number;
  /** TCIs with the "present" bit, outermost first. */
  readonly vlans: readonly number[];
  readonly labels: readonly number[];
  readonly ip?: Ip;
  readonly arp?: Arp;
  readonly nsh?: Nsh;
}

export interface Arp {
  readonly operation: number;
  readonly sourceIp: number;
  readonly targetIp: number;
  readonly sourceMac: bigint;
  readonly targetMac: bigint;
}

export interface Nsh {
  readonly flags: number;
  readonly ttl: number;
  readonly mdType: number;
  readonly nextProtocol: number;
  readonly path: number;
  readonly context: readonly number[];
}

/** What OVS says of a frame whose type is a length, and that has no SNAP header either. */
const noType = 0x05ff;
const ethernetLength = 14;

const leastType = 0x600;

export const mostVlans = 2;

const mostLabels = 3;

const cfi = 0x1000;

export const nothing: Headers = { source: 0n, destination: 0n, type: 0, vlans: [], labels: [] };

export function readEthernet(frame: DataView): Headers {
  if (frame.byteLength < ethernetLength) return nothing;
  const vlans: number[] = [];
  let at = 12;
  const isTag = (type: number) => type === etherTypes.vlan || type === etherTypes.serviceVlan;
  while (vlans.length < mostVlans && isTag(frame.getUint16(at)) && frame.byteLength - at >= 6) {
    vlans.push(frame.getUint16(at + 2) | cfi);
    at += 4;
  }
  const [type, next] = readType(frame, at);
  const addresses = { source: macAt(frame, 6), destination: macAt(frame, 0), vlans };
  return { ...addresses, ...readNetwork(from(frame, next), type) };
}

/** The type, and where what it speaks of begins. */
function readType(frame: DataView, at: number): readonly [type: number, next: number] {
  const type = frame.getUint16(at);
  const llc = at + 2;
  if (type >= leastType) return [type, llc];
  const isSnap =
    frame.byteLength - llc >= 8 &&
    frame.getUint32(llc) === 0xaaaa0300 &&
    frame.getUint16(llc + 4) === 0 &&
    frame.getUint16(llc + 6) >= leastType;
  return isSnap ? [frame.getUint16(llc + 6), llc + 8] : [noType, llc];
}

export function readNetwork(data: DataView, type: number): Pick<Headers, 'type' | 'labels' | 'ip' | 'arp' | 'nsh'> {
  const labels: number[] = [];
  switch (type) {
    case etherTypes.ipv4:
      return { type, labels, ip: readIpv4(data) };
    case etherTypes.ipv6:
      return { type, labels, ip: readIpv6(data) };
    case etherTypes.arp:
    case etherTypes.rarp:
      return { type, labels, arp: readArp(data) };
    case etherTypes.nsh:
      return { type, labels, nsh: readNsh(data), ip: noIp };
    case etherTypes.mpls:
    case etherTypes.mplsMulticast:
      return { type, labels: readLabels(data) };
    default:
      return { type, labels };
  }
}

/** Up to the bottom of the stack; the missing ones of a stack without a bottom are 0. */
function readLabels(data: DataView): readonly number[] {
  const labels: number[] = [];
  for (let i = 0; i < mostLabels; i++) {
    const label = data.byteLength >= 4 * i + 4 ? data.getUint32(4 * i) : 0;
    labels.push(label);
    if (label & 0x100) break;
  }
  return labels;
}

const noArp: Arp = { operation: 0, sourceIp: 0, targetIp: 0, sourceMac: 0n, targetMac: 0n };

function readArp(data: DataView): Arp {
  // Ethernet and IPv4 addresses, 6 and 4 bytes long.
  if (data.byteLength < 28 || data.getUint32(0) !== 0x00010800 || data.getUint16(4) !== 0x0604) return noArp;
  const operation = data.getUint16(6);
  return {
    operation: operation <= 0xff ? operation : 0,
    sourceIp: data.getUint32(14),
    targetIp: data.getUint32(24),
    sourceMac: macAt(data, 8),
    targetMac: macAt(data, 18),
  };
}

const noNsh: Nsh = { flags: 0, ttl: 0, mdType: 0, nextProtocol: 0, path: 0, context: [] };

function readNsh(data: DataView): Nsh {
  if (data.byteLength < 8) return noNsh;
  const first = data.getUint16(0);
  const length = (first & 0x3f) * 4;
  const mdType = data.getUint8(2);
  const fits = mdType === 1 ? length === 24 : mdType !== 2 || length >= 8;
  if (length > data.byteLength || first >> 14 !== 0 || !fits) return noNsh;
  return {
    flags: (first >> 12) & 3,
    ttl: (first >> 6) & 0x3f,
    mdType,
    nextProtocol: data.getUint8(3),
    path: data.getUint32(4),
    context: mdType === 1 ? [8, 12, 16, 20].map(at => data.getUint32(at)) : [],
  };
}
