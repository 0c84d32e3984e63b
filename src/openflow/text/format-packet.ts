// A packet as one line of `ovs-ofctl ofp-print`: what a flow that matches it exactly looks like, and the checksum of
// its transport header (OVS lib/flow.c, lib/match.c, lib/ofp-print.c).

import { flagsText, fragText, hex, hexPadded, ipText, macText } from './format-value.ts';
import { namedTypes, protocolName, typeName } from './protocol-names.ts';

/** What of a packet OVS looks at; a field is 0 where the packet does not say. */
interface Headers {
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

interface Ip {
  readonly source: bigint;
  readonly destination: bigint;
  readonly label: number;
  readonly protocol: number;
  readonly tos: number;
  readonly ttl: number;
  /** 1: a fragment, 2: not the first one. */
  readonly fragment: number;
  /** What stands behind the IP headers, without the padding of the frame; absent for a packet that is cut. */
  readonly payload?: DataView;
}

interface Arp {
  readonly operation: number;
  readonly sourceIp: number;
  readonly targetIp: number;
  readonly sourceMac: bigint;
  readonly targetMac: bigint;
}

interface Nsh {
  readonly flags: number;
  readonly ttl: number;
  readonly mdType: number;
  readonly nextProtocol: number;
  readonly path: number;
  readonly context: readonly number[];
}

const etherType = {
  ...namedTypes,
  vlan: 0x8100,
  serviceVlan: 0x88a8,
  nsh: 0x894f,
  /** What OVS says of a frame whose type is a length, and that has no SNAP header either. */
  none: 0x05ff,
} as const;

const protocol = { icmp: 1, igmp: 2, tcp: 6, udp: 17, fragment: 44, icmpv6: 58, sctp: 132 } as const;

const ethernetLength = 14;
const leastType = 0x600;
const mostVlans = 2;
const mostLabels = 3;
const cfi = 0x1000;
const fragmentBits = { any: 1, later: 2 } as const;

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function from(view: DataView, offset: number, length = view.byteLength - offset): DataView {
  return new DataView(view.buffer, view.byteOffset + offset, length);
}

function macAt(view: DataView, offset: number): bigint {
  return (BigInt(view.getUint16(offset)) << 32n) | BigInt(view.getUint32(offset + 2));
}

function ipv6At(view: DataView, offset: number): bigint {
  return (view.getBigUint64(offset) << 64n) | view.getBigUint64(offset + 8);
}

const nothing: Headers = { source: 0n, destination: 0n, type: 0, vlans: [], labels: [] };

function readEthernet(frame: DataView): Headers {
  if (frame.byteLength < ethernetLength) return nothing;
  const vlans: number[] = [];
  let at = 12;
  const isTag = (type: number) => type === etherType.vlan || type === etherType.serviceVlan;
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
  return isSnap ? [frame.getUint16(llc + 6), llc + 8] : [etherType.none, llc];
}

function readNetwork(data: DataView, type: number): Pick<Headers, 'type' | 'labels' | 'ip' | 'arp' | 'nsh'> {
  const labels: number[] = [];
  switch (type) {
    case etherType.ip:
      return { type, labels, ip: readIpv4(data) };
    case etherType.ipv6:
      return { type, labels, ip: readIpv6(data) };
    case etherType.arp:
    case etherType.rarp:
      return { type, labels, arp: readArp(data) };
    case etherType.nsh:
      return { type, labels, nsh: readNsh(data), ip: noIp };
    case etherType.mpls:
    case etherType.mplsm:
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

const noIp: Ip = { source: 0n, destination: 0n, label: 0, protocol: 0, tos: 0, ttl: 0, fragment: 0 };

function readIpv4(data: DataView): Ip {
  if (data.byteLength < 20) return noIp;
  const headerLength = (data.getUint8(0) & 0xf) * 4;
  const totalLength = data.getUint16(2);
  if (headerLength < 20 || totalLength > data.byteLength || headerLength > totalLength) return noIp;
  const offset = data.getUint16(6);
  const later = (offset & 0x1fff) !== 0;
  return {
    source: BigInt(data.getUint32(12)),
    destination: BigInt(data.getUint32(16)),
    label: 0,
    protocol: data.getUint8(9),
    tos: data.getUint8(1),
    ttl: data.getUint8(8),
    fragment: (offset & 0x3fff ? fragmentBits.any : 0) | (later ? fragmentBits.later : 0),
    payload: from(data, headerLength, totalLength - headerLength),
  };
}

function readIpv6(data: DataView): Ip {
  if (data.byteLength < 40) return noIp;
  const length = data.getUint16(4);
  if (40 + length > data.byteLength) return noIp;
  const flow = data.getUint32(0);
  const source = ipv6At(data, 8);
  const destination = ipv6At(data, 24);
  const found = readExtensions(from(data, 40, length), data.getUint8(6));
  if (!found) return { ...noIp, source, destination };
  return { source, destination, label: flow & 0xfffff, tos: (flow >>> 20) & 0xff, ttl: data.getUint8(7), ...found };
}

/** Extension headers whose length is in units of 8 bytes behind the first 8: hop-by-hop, routing, destination. */
const plainExtensions: ReadonlySet<number> = new Set([0, 43, 60]);
const authentication = 51;

/** Goes over the extension headers; undefined when they are cut. */
function readExtensions(
  data: DataView,
  first: number,
): Required<Pick<Ip, 'protocol' | 'fragment' | 'payload'>> | undefined {
  let next = first;
  let at = 0;
  let fragment = 0;
  while (plainExtensions.has(next) || next === authentication || next === protocol.fragment) {
    if (data.byteLength - at < 8) return undefined;
    const kind = next;
    const size = data.getUint8(at + 1);
    next = data.getUint8(at);
    if (kind === protocol.fragment) {
      const offset = data.getUint16(at + 2);
      at += 8;
      if (offset === 0) continue;
      fragment |= fragmentBits.any;
      if ((offset & 0xfff8) === 0) continue;
      fragment |= fragmentBits.later;
      return { protocol: protocol.fragment, fragment, payload: from(data, at) };
    }
    at += kind === authentication ? (size + 2) * 4 : (size + 1) * 8;
    if (at > data.byteLength) return undefined;
  }
  return { protocol: next, fragment, payload: from(data, at) };
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

/** What the transport header says, in the words of a match; and its checksum. */
interface Transport {
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
  [protocol.tcp]: {
    ports: tcpPorts,
    checksum: { name: 'tcp', least: 20, read: payload => payload.getUint16(16) },
  },
  [protocol.udp]: {
    ports: ports16(8),
    checksum: { name: 'udp', least: 8, read: payload => payload.getUint16(6) },
  },
  [protocol.sctp]: {
    ports: ports16(12),
    checksum: { name: 'sctp', least: 12, read: payload => payload.getUint32(8) },
  },
  [protocol.icmp]: {
    ports: typeAndCode,
    checksum: { name: 'icmp', least: 8, read: payload => payload.getUint16(2) },
  },
  [protocol.icmpv6]: {
    ports: typeAndCode,
    checksum: { name: 'icmp6', least: 4, read: payload => payload.getUint16(2) },
  },
  [protocol.igmp]: { ports: typeAndCode },
};

function isIcmp(type: number, ip: Ip): boolean {
  return ip.protocol === (type === etherType.ipv6 ? protocol.icmpv6 : protocol.icmp);
}

function readTransport(type: number, ip: Ip): Transport {
  const reader = transports[ip.protocol];
  const { payload } = ip;
  if (!reader || type === etherType.nsh) return { fields: [] };
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
    return type === etherType.ipv6 && payload && ports ? [...fields, ...neighbourFields(payload)] : fields;
  }
  const fields = [`tp_src=${first}`, `tp_dst=${second}`];
  if (ip.protocol !== protocol.tcp) return fields;
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

function vlanFields(vlans: readonly number[]): readonly string[] {
  const shown = vlans.map((tci, i) => {
    const number = i === 0 ? '' : i;
    return `dl_vlan${number}=${tci & 0xfff},dl_vlan_pcp${number}=${tci >> 13}`;
  });
  // The first tag that is not there shows too.
  return vlans.length === mostVlans ? shown : [...shown, `vlan_tci${vlans.length === 0 ? '' : vlans.length}=0x0000`];
}

function labelFields(labels: readonly number[]): readonly string[] {
  const [first, ...others] = labels;
  if (first === undefined) return [];
  return [
    `mpls_label=${first >>> 12}`,
    `mpls_tc=${(first >> 9) & 7}`,
    `mpls_ttl=${first & 0xff}`,
    `mpls_bos=${(first >> 8) & 1}`,
    ...others.map((label, i) => `mpls_lse${i + 1}=${label}`),
  ];
}

function nshFields({ flags, ttl, mdType, nextProtocol, path, context }: Nsh): readonly string[] {
  return [
    `nsh_flags=${flags}`,
    `nsh_ttl=${ttl}`,
    `nsh_mdtype=${mdType}`,
    `nsh_np=${nextProtocol}`,
    `nsh_spi=0x${(path >>> 8).toString(16)}`,
    `nsh_si=${path & 0xff}`,
    ...context.map((word, i) => `nsh_c${i + 1}=0x${word.toString(16)}`),
  ];
}

function addressFields({ type, ip, arp, nsh }: Headers): readonly string[] {
  if (nsh) return nshFields(nsh);
  if (arp) return [`arp_spa=${ipText(4, arp.sourceIp)}`, `arp_tpa=${ipText(4, arp.targetIp)}`];
  if (!ip) return [];
  if (type !== etherType.ipv6) return [`nw_src=${ipText(4, ip.source)}`, `nw_dst=${ipText(4, ip.destination)}`];
  const label = `ipv6_label=${hexPadded(ip.label, 5)}`;
  return [`ipv6_src=${ipText(6, ip.source)}`, `ipv6_dst=${ipText(6, ip.destination)}`, label];
}

function arpFields({ operation, sourceMac, targetMac }: Arp): readonly string[] {
  return [`arp_op=${operation}`, `arp_sha=${macText(sourceMac)}`, `arp_tha=${macText(targetMac)}`];
}

function ipFields({ tos, ttl }: Ip): readonly string[] {
  return [`nw_tos=${tos & 0xfc}`, `nw_ecn=${tos & 3}`, `nw_ttl=${ttl}`];
}

/** `tcp`, `ipv6`, and whether that names the transport protocol too. */
function nameOf({ type, ip }: Headers): { readonly name: string | undefined; readonly isTransport: boolean } {
  const transport = ip && protocolName(type, ip.protocol);
  return { name: transport ?? typeName(type), isTransport: transport !== undefined };
}

/**
 * The line that ovs-ofctl prints for a packet, without the newline.
 * @param packetType namespace and type of the packet as in the field packet_type; 0 is an Ethernet frame
 */
export function formatPacket(data: Uint8Array, packetType = 0): string {
  const isFrame = packetType === 0;
  const view = viewOf(data);
  const headers = isFrame ? readEthernet(view) : { ...nothing, ...readNetwork(view, packetType & 0xffff) };
  const { ip, arp } = headers;
  const { name, isTransport } = nameOf(headers);
  const transport = ip ? readTransport(headers.type, ip) : { fields: [] };
  const fields = [
    // Without an Ethernet header, OVS does not name the protocol: the packet type says it.
    ...(isFrame ? [] : [`packet_type=(${packetType >>> 16},${hex(packetType & 0xffff)})`]),
    ...(isFrame && name ? [name] : []),
    ...(isFrame ? vlanFields(headers.vlans) : []),
    ...(isFrame ? [`dl_src=${macText(headers.source)}`, `dl_dst=${macText(headers.destination)}`] : []),
    ...(isFrame && !name ? [`dl_type=${hexPadded(headers.type, 4)}`] : []),
    ...addressFields(headers),
    ...(ip && !(isFrame && isTransport) ? [`nw_proto=${ip.protocol}`] : []),
    ...(arp ? arpFields(arp) : []),
    ...(ip ? ipFields(ip) : []),
    ...labelFields(headers.labels),
    ...(ip ? [`nw_frag=${fragText(ip.fragment)}`] : []),
    ...transport.fields,
  ];
  return [fields.join(','), ...(transport.checksum ? [transport.checksum] : [])].join(' ');
}
