// What a match's text has said so far. ovs-ofctl keeps ports, ICMP types and addresses of all protocols in one place
// each (`struct flow`): which field `tp_src=80` means is known only when the protocol is, wherever it stands.

import { canonicalMatch } from '../../flow/canonical.ts';
import { type FieldName, fieldOf, type Prerequisite, prerequisites } from '../../flow/fields.ts';
import type { Match, MatchField } from '../../flow/match.ts';
import { type Piece, unexpected } from './cursor.ts';

export interface Stated extends MatchField {
  /** Where the text says so. */
  readonly where: Piece;
}

/** Fields that share a place, in which any of them may name any other. */
const shared: readonly (readonly FieldName[])[] = [
  ['tcp_src', 'udp_src', 'sctp_src', 'icmp_type', 'icmpv6_type'],
  ['tcp_dst', 'udp_dst', 'sctp_dst', 'icmp_code', 'icmpv6_code'],
  ['ip_src', 'arp_spa'],
  ['ip_dst', 'arp_tpa'],
  ['nw_proto', 'arp_op'],
];

const sharedWith: ReadonlyMap<FieldName, readonly FieldName[]> = new Map(
  shared.flatMap(names => names.map((name): [FieldName, readonly FieldName[]] => [name, names])),
);

/** What is known of a packet: eth_type, nw_proto and whatever else fields need. */
export type Known = ReadonlyMap<string, bigint>;

export function meets(needed: Prerequisite, known: Known): boolean {
  return prerequisites[needed].every(([field, oneOf]) => {
    const value = known.get(field);
    return value !== undefined && (oneOf === undefined || oneOf.some(allowed => BigInt(allowed) === value));
  });
}

/** The field that a name means next to what else is known: itself, or one it shares its place with. */
function resolve({ field: name }: MatchField, known: Known): FieldName {
  if (meets(fieldOf(name).prerequisite, known)) return name;
  return sharedWith.get(name)?.find(other => meets(fieldOf(other).prerequisite, known)) ?? name;
}

/** What has to be said beside a field. */
export function lacking(name: FieldName): string {
  const needed = prerequisites[fieldOf(name).prerequisite]
    .map(([field, oneOf]) => (oneOf ? `${field}=${oneOf.map(value => `0x${value.toString(16)}`).join(' or ')}` : field))
    .join(', ');
  return `with ${name} also ${needed}`;
}

/** What a match says of what fields need. */
export function knownOf(match: Match): Map<string, bigint> {
  const known = new Map<string, bigint>();
  for (const field of match) note(known, field);
  return known;
}

function note(known: Map<string, bigint>, { field, value, mask }: MatchField): void {
  if (mask === undefined || field === 'vlan_vid' || field === 'ct_state') known.set(field, BigInt(value));
  if (field === 'vlan_tci') known.set('vlan_vid', BigInt(value));
  if (field === 'packet_type' && BigInt(value) >> 16n === 1n) known.set('eth_type', BigInt(value) & 0xffffn);
}

/**
 * The match that the statements make, each field once, in wire order.
 * @throws OpenFlowTextError for a field that needs another one
 */
export function buildMatch(stated: readonly Stated[]): Match {
  const known = new Map<string, bigint>();
  for (const one of stated) note(known, one);
  // A tun_metadata under a mask of zeros still has to be there.
  const isWild = ({ field, mask }: MatchField) => mask !== undefined && BigInt(mask) === 0n && !fieldOf(field).variable;
  const fields = stated
    .filter(one => !isWild(one))
    .map(({ where, ...one }) => {
      const name = resolve(one, known);
      if (!meets(fieldOf(name).prerequisite, known)) throw unexpected(where, lacking(name));
      note(known, { ...one, field: name });
      return { ...one, field: name };
    });
  const match = canonicalMatch(fields);
  // Any field of an Ethernet packet says that the packet is one; only without such a field it has to be said.
  const isEthernet = known.get('packet_type') === 0n;
  const implied = match.some(({ field }) => fieldOf(field).prerequisite !== 'none');
  return isEthernet && !implied ? [{ field: 'packet_type', value: 0 }, ...match] : match;
}
