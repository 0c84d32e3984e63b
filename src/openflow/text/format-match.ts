// A match as `ovs-ofctl dump-flows` writes it (OVS lib/match.c): old names, protocol abbreviations, its own order.

import { canonicalMatch } from '../flow/canonical-match.ts';
import { type FieldName, fieldOf } from '../flow/fields.ts';
import type { Match, MatchField, UnknownOxm } from '../flow/match.ts';
import { flagsText, fragText, hex, hexPadded, ipText, macText, packetTypeText } from './format-value.ts';
import { type FormatOptions, formatPort } from './names.ts';
import { protocolName, typeName } from './protocol-names.ts';
import { unknownOxms } from './unknown.ts';

type Printer = (field: MatchField, options: FormatOptions) => string;

const asHex: Printer = ({ value, mask }) => (mask === undefined ? hex(value) : `${hex(value)}/${hex(mask)}`);
/** Decimal; hexadecimal under a mask. */
const asDecimal: Printer = ({ value, mask }) =>
  mask === undefined ? String(value) : `${hexPadded(value, 1)}/${hexPadded(mask, 1)}`;
const asMac: Printer = ({ value, mask }) => macText(value, mask);
const asIpv4: Printer = ({ value, mask }) => ipText(4, value, mask);
const asIpv6: Printer = ({ value, mask }) => ipText(6, value, mask);
const asPort: Printer = ({ value }, options) => formatPort(Number(value), options);
const asLabel: Printer = ({ value, mask }) =>
  mask === undefined ? hexPadded(value, 5) : `${hexPadded(value, 5)}/${hexPadded(mask, 5)}`;
const asFlags: Printer = ({ field, value, mask }) =>
  flagsText(
    fieldOf(field).print as 'ct_state' | 'tcp_flags',
    Number(value),
    mask === undefined ? undefined : Number(mask),
  );
const asFrag: Printer = ({ value, mask }) => fragText(Number(value), mask === undefined ? 3 : Number(mask));

/** Hexadecimal of two digits under a mask. */
const asByte: Printer = ({ value, mask }) =>
  mask === undefined ? String(value) : `${hexPadded(value, 2)}/${hexPadded(mask, 2)}`;
/** OVS does not show the masks of these. */
const asHexAlone: Printer = ({ value }) => hex(value);
const asDecimalAlone: Printer = ({ value }) => String(value);

/** A field that prints the same whatever stands around it: mostly as `name=value`. */
interface Plain {
  readonly field: FieldName;
  readonly print: Printer;
}

const plain = (field: FieldName, value: Printer, name: string = field): Plain => ({
  field,
  print: (found, options) => `${name}=${value(found, options)}`,
});

const beforeType: readonly Plain[] = [
  plain('pkt_mark', asHex),
  plain('recirc_id', asHex),
  plain('dp_hash', asHex),
  plain('conj_id', asDecimal),
  plain('actset_output', asPort),
  plain('ct_state', asFlags),
  plain('ct_zone', asDecimal),
  plain('ct_mark', asHex),
  plain('ct_label', asHex),
  plain('ct_nw_src', asIpv4),
  plain('ct_ipv6_src', asIpv6),
  plain('ct_nw_dst', asIpv4),
  plain('ct_ipv6_dst', asIpv6),
  plain('ct_nw_proto', asDecimal),
  plain('ct_tp_src', asDecimal),
  plain('ct_tp_dst', asDecimal),
];

const registers: readonly Plain[] = Array.from({ length: 32 }, (_, i) => plain(`reg${i}` as FieldName, asHex));

const tunnel: readonly Plain[] = [
  plain('tun_id', asHex),
  plain('tun_src', asIpv4),
  plain('tun_dst', asIpv4),
  plain('tun_ipv6_src', asIpv6),
  plain('tun_ipv6_dst', asIpv6),
  plain('tun_gbp_id', asDecimal),
  plain('tun_gbp_flags', asHexAlone),
  plain('tun_erspan_ver', asDecimalAlone),
];

/** Only next to the version of ERSPAN that has them, as in OVS. */
const erspan: Readonly<Record<number, readonly Plain[]>> = {
  1: [plain('tun_erspan_idx', asHexAlone)],
  2: [plain('tun_erspan_dir', asDecimalAlone), plain('tun_erspan_hwid', asHexAlone)],
};

const afterErspan: readonly Plain[] = [
  plain('tun_gtpu_flags', asHexAlone, 'gtpu_flags'),
  plain('tun_gtpu_msgtype', asDecimalAlone, 'gtpu_msgtype'),
  // OVS has flags of its own behind the public one, so that a match on it is always a masked one.
  plain('tun_flags', ({ value, mask }) => flagsText('tun_flags', Number(value), Number(mask ?? 1))),
];

/** Whether a mask has all bits of the bytes that it and the value take. */
function isWhole(value: bigint, mask: bigint): boolean {
  const digits = 2 * Math.ceil((value | mask).toString(16).length / 2);
  return mask === (1n << BigInt(4 * digits)) - 1n;
}

/** `tun_metadata0=0x1/0xf`, or the name alone for an option that is only to be there. */
const asOption: Printer = ({ field, value, mask }) => {
  if (mask === undefined || isWhole(BigInt(value), BigInt(mask))) return `${field}=${hex(value)}`;
  return BigInt(mask) === 0n ? field : `${field}=${hex(value)}/${hex(mask)}`;
};
const tunnelMetadata: readonly Plain[] = Array.from({ length: 64 }, (_, i) => ({
  field: `tun_metadata${i}` as FieldName,
  print: asOption,
}));

const afterTunnel: readonly Plain[] = [plain('metadata', asHex), plain('in_port', asPort)];

const nsh: readonly Plain[] = [
  plain('nsh_flags', asByte),
  plain('nsh_ttl', asDecimal),
  plain('nsh_mdtype', asDecimal),
  plain('nsh_np', asDecimal),
  plain('nsh_spi', asHex),
  plain('nsh_si', asDecimal),
];

/** Only next to the metadata type that has them, as in OVS. */
const nshContexts: readonly Plain[] = [
  plain('nsh_c1', asHex),
  plain('nsh_c2', asHex),
  plain('nsh_c3', asHex),
  plain('nsh_c4', asHex),
];

const ethernet: readonly Plain[] = [plain('eth_src', asMac, 'dl_src'), plain('eth_dst', asMac, 'dl_dst')];

const network: readonly Plain[] = [
  plain('ipv6_src', asIpv6),
  plain('ipv6_dst', asIpv6),
  plain('ipv6_label', asLabel),
  plain('arp_spa', asIpv4),
  plain('arp_tpa', asIpv4),
  plain('ip_src', asIpv4, 'nw_src'),
  plain('ip_dst', asIpv4, 'nw_dst'),
];

const afterProtocol: readonly Plain[] = [
  plain('arp_op', asDecimal),
  plain('arp_sha', asMac),
  plain('arp_tha', asMac),
  plain('ip_dscp', ({ value }) => String(Number(value) << 2), 'nw_tos'),
  plain('ip_ecn', asDecimal, 'nw_ecn'),
  plain('nw_ttl', asDecimal),
  plain('mpls_label', asDecimal),
  plain('mpls_tc', asDecimal),
  plain('mpls_ttl', asDecimal),
  plain('mpls_bos', asDecimal),
  plain('ip_frag', asFrag, 'nw_frag'),
  plain('icmp_type', asDecimal),
  plain('icmp_code', asDecimal),
  plain('icmpv6_type', asDecimal, 'icmp_type'),
  plain('icmpv6_code', asDecimal, 'icmp_code'),
  plain('nd_target', asIpv6),
  plain('nd_sll', asMac),
  plain('nd_tll', asMac),
  plain('nd_reserved', asDecimal),
  plain('nd_options_type', asDecimal),
  ...(['tcp', 'udp', 'sctp'] as const).flatMap(protocol => [
    plain(`${protocol}_src`, asDecimal, 'tp_src'),
    plain(`${protocol}_dst`, asDecimal, 'tp_dst'),
  ]),
  plain('tcp_flags', asFlags),
];

/** What is not one field's alone, at its place among the fields. */
type Special = 'packet_type' | 'name' | 'vlan' | 'dl_type' | 'nw_proto';

/** The order of a line. */
const line: readonly (Plain | Special)[] = [
  ...beforeType,
  'packet_type',
  'name',
  ...registers,
  ...tunnel,
  ...Object.values(erspan).flat(),
  ...afterErspan,
  ...tunnelMetadata,
  ...afterTunnel,
  'vlan',
  ...ethernet,
  'dl_type',
  ...network,
  ...nsh,
  ...nshContexts,
  'nw_proto',
  ...afterProtocol,
];

interface Place {
  readonly rank: number;
  readonly print: Printer;
}

const places: ReadonlyMap<string, Place> = new Map(
  line.flatMap((item, rank) => (typeof item === 'string' ? [] : [[item.field, { rank, print: item.print }] as const])),
);

const rankOf = (special: Special) => line.indexOf(special);
const ranks = {
  packetType: rankOf('packet_type'),
  name: rankOf('name'),
  vlan: rankOf('vlan'),
  type: rankOf('dl_type'),
  protocol: rankOf('nw_proto'),
};

/** Fields that OVS shows only next to another one. */
const shownWith = new Map<string, readonly [field: FieldName, value: number]>([
  ...Object.entries(erspan).flatMap(([version, list]) =>
    list.map(({ field }): [string, [FieldName, number]] => [field, ['tun_erspan_ver', Number(version)]]),
  ),
  ...nshContexts.map(({ field }): [string, [FieldName, number]] => [field, ['nsh_mdtype', 1]]),
]);

function isShown(name: FieldName, match: Match): boolean {
  const needed = shownWith.get(name);
  return !needed || match.some(({ field, value }) => field === needed[0] && Number(value) === needed[1]);
}

/** Texts in the order of their ranks; a match has few fields, and most come in that order. */
interface Line {
  readonly ranks: number[];
  readonly texts: string[];
}

function put({ ranks: found, texts }: Line, rank: number, text: string): void {
  let at = found.length;
  while (at > 0 && (found[at - 1] as number) > rank) {
    found[at] = found[at - 1] as number;
    texts[at] = texts[at - 1] as string;
    at--;
  }
  found[at] = rank;
  texts[at] = text;
}

/** `dl_vlan=30,dl_vlan_pcp=1` when it is about a tag and whole parts of it, `vlan_tci=...` otherwise. */
function vlan(vid: MatchField, pcp: number | undefined): string {
  const mask = Number(vid.mask ?? 0x1fff) | (pcp === undefined ? 0 : 0xe000);
  const tci = Number(vid.value) | ((pcp ?? 0) << 13);
  const vidMask = mask & 0xfff;
  const whole = (mask & tci & 0x1000) !== 0 && (vidMask === 0 || vidMask === 0xfff) && (vidMask !== 0 || mask > 0x1fff);
  if (!whole) return `vlan_tci=${hexPadded(tci, 4)}${mask === 0xffff ? '' : `/${hexPadded(mask, 4)}`}`;
  const priority = pcp === undefined ? '' : `dl_vlan_pcp=${pcp}`;
  if (vidMask === 0) return priority;
  return `dl_vlan=${tci & 0xfff}${priority && `,${priority}`}`;
}

/** The protocol's name, or the numbers that have none. */
function putProtocol(shown: Line, type: number | undefined, protocol: number | undefined): void {
  const named = type !== undefined && protocol !== undefined ? protocolName(type, protocol) : undefined;
  const name = named ?? (type === undefined ? undefined : typeName(type));
  if (name) put(shown, ranks.name, name);
  else if (type !== undefined) put(shown, ranks.type, `dl_type=${hexPadded(type, 4)}`);
  if (protocol !== undefined && !named) put(shown, ranks.protocol, `nw_proto=${protocol}`);
}

/** The match, without priority; empty for a match on everything. */
export function formatMatch(match: Match, options: FormatOptions = {}): string {
  return matchText({ match }, options);
}

/**
 * The match with the OXMs that are not in the field table, which show as OVS names such (`1:200(0a0b)`): no parser takes
 * them.
 */
export function matchText(
  { match = [], unknownMatch }: { readonly match?: Match; readonly unknownMatch?: readonly UnknownOxm[] },
  options: FormatOptions,
): string {
  const known = knownText(match, options);
  return unknownMatch ? [...unknownOxms(unknownMatch), ...(known ? [known] : [])].join(',') : known;
}

function knownText(match: Match, options: FormatOptions): string {
  const shown: Line = { ranks: [], texts: [] };
  let type: number | undefined;
  let protocol: number | undefined;
  let packetType: number | undefined;
  let vid: MatchField | undefined;
  let pcp: number | undefined;
  const fields = canonicalMatch(match);
  for (const field of fields) {
    const name = field.field;
    if (name === 'eth_type') type = Number(field.value);
    else if (name === 'nw_proto') protocol = Number(field.value);
    else if (name === 'packet_type') packetType = Number(field.value);
    else if (name === 'vlan_vid') vid = field;
    else if (name === 'vlan_pcp') pcp = Number(field.value);
    else {
      const place = places.get(name);
      if (place && isShown(name, fields)) put(shown, place.rank, place.print(field, options));
    }
    // OVS takes a match on recirc_id for a megaflow, and shows the packet type of these wherever it is known.
    if (name === 'recirc_id' && match.some(other => fieldOf(other.field).prerequisite !== 'none')) packetType ??= 0;
  }
  if (packetType !== undefined) put(shown, ranks.packetType, packetTypeText(packetType));
  if (vid) put(shown, ranks.vlan, vlan(vid, pcp));
  putProtocol(shown, type, protocol);
  return shown.texts.join(',');
}
