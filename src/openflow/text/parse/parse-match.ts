// Matches as `ovs-ofctl add-flow` takes them (OVS lib/ofp-flow.c, parse_ofp_str__()).

import { fieldByName } from '../../flow/fields.ts';
import type { FieldValue, Match } from '../../flow/match.ts';
import { wireMatch } from '../../flow/wire-match.ts';
import { versions } from '../../wire/version.ts';
import { protocolWords } from '../protocol-names.ts';
import { type Pair, pairs, piece, unexpected } from './cursor.ts';
import { buildMatch, type Stated } from './match-builder.ts';
import type { ParseOptions } from './parse-actions.ts';
import { type NameOptions, parseInteger, parseUnsigned, parseWithin } from './parse-number.ts';
import { subfieldOf } from './parse-subfield.ts';
import { parseFieldValue } from './parse-value.ts';

/** Words that only the parser of ovs-ofctl knows (OVS lib/ofp-parse.c, ofp_parse_protocol()). */
const synonyms: ReadonlyMap<string, string> = new Map([
  ['ipv4', 'ip'],
  ['ip4', 'ip'],
  ['ip6', 'ipv6'],
]);

const untagged = 0xffff;

/** Names that ovs-ofctl still takes for parts of fields. */
function parseOldName({ key, value }: Pair): Omit<Stated, 'where'> | undefined {
  switch (key.text) {
    case 'dl_vlan': {
      const vid = parseInteger(value, 16, 'a VLAN id, or 0xffff for none');
      if (vid === untagged) return { field: 'vlan_vid', value: 0 };
      if (vid > 0xfff) throw unexpected(value, 'a VLAN id from 0 to 4095, or 0xffff for none');
      return { field: 'vlan_vid', value: 0x1000 | vid };
    }
    case 'dl_vlan_pcp':
      return { field: 'vlan_tci', value: 0x1000 | (parseWithin(value, 0, 7, 'a priority') << 13), mask: 0xf000 };
    case 'nw_tos': {
      const tos = parseInteger(value, 8, 'a TOS');
      return { field: 'ip_dscp', value: tos >> 2 };
    }
    default:
      return undefined;
  }
}

/** `reg0[0..15]=5`. */
function parsePartOf({ key, value }: Pair): Omit<Stated, 'where'> | undefined {
  const subfield = key.text.includes('[') ? subfieldOf(key) : undefined;
  if (!subfield) return undefined;
  const { field, offset, bits } = subfield;
  const shift = BigInt(offset);
  const wide = parseUnsigned(value, bits, `a value of ${bits} bits`) << shift;
  const ones = ((1n << BigInt(bits)) - 1n) << shift;
  const narrow = (number: bigint): FieldValue => (number <= 0xffffffffn ? Number(number) : number);
  return { field, value: narrow(wide), mask: narrow(ones) };
}

/** With these, ovs-ofctl sends the value for a mask (OVS 3.1, lib/match.c, match_set_tun_erspan_ver_masked()). */
const maskedByValue = /^tun_(erspan_(ver|dir|hwid)|gtpu_)/;

/** What one pair says of the packet; undefined when it says nothing of it. */
export function parseMatchPair(pair: Pair, options: NameOptions): readonly Stated[] | undefined {
  const { key, value, delimiter } = pair;
  const where = key;
  const protocol = delimiter === '' ? protocolWords.get(synonyms.get(key.text) ?? key.text) : undefined;
  if (protocol) {
    const [etherType, number] = protocol;
    return [
      { field: 'eth_type', value: etherType, where },
      ...(number === undefined ? [] : [{ field: 'nw_proto', value: number, where } as const]),
    ];
  }
  if (key.text === 'eth' && delimiter === '') return [{ field: 'packet_type', value: 0, where }];
  const old = parseOldName(pair) ?? parsePartOf(pair);
  if (old) return [{ ...old, where }];
  const field = fieldByName(key.text);
  if (!field || field.only === 'action') return undefined;
  if (field.variable && delimiter === '') return [{ field: field.name, value: 0n, mask: 0n, where }];
  if (value.text === '') throw unexpected(value, `a value of ${key.text}`);
  const parsed = parseFieldValue(value, field, options);
  if (maskedByValue.test(field.name)) {
    const mask = Number(parsed.value);
    return [{ field: field.name, value: mask & Number(parsed.mask ?? 0xff), mask, where }];
  }
  return [{ field: field.name, ...parsed, where }];
}

/**
 * A match such as `tcp,nw_dst=10.0.0.0/8,tp_dst=80`, as ovs-ofctl would send it in `version`.
 * @throws OpenFlowTextError, also for a field without what it needs
 */
export function parseMatch(text: string, options: ParseOptions = {}): Match {
  const stated: Stated[] = [];
  for (const pair of pairs(piece(text))) {
    const found = parseMatchPair(pair, options);
    if (!found) throw unexpected(pair.key, 'a field, or a protocol');
    stated.push(...found);
  }
  return wireMatch(buildMatch(stated), versions[options.version ?? '1.5']);
}
