// Matches as `ovs-ofctl add-flow` takes them (OVS lib/ofp-flow.c, parse_ofp_str__()).

import type { ParseOptions } from '../../actions/list/parse.ts';
import { fieldByText, fieldNames, fieldOf } from '../../flow/fields.ts';
import type { Match } from '../../flow/match.ts';
import { wireMatch } from '../../flow/wire-match.ts';
import { versions } from '../../wire/version.ts';
import { protocolWords } from '../protocol-names.ts';
import { type Pair, type Piece, pairs, piece, unexpected } from './cursor.ts';
import { buildMatch, packetOf } from './match-builder.ts';
import { type MatchDraft, newDraft, state, stateBits, stateVlan } from './match-draft.ts';
import { type NameOptions, parseFieldNumber, parseInteger, parseWithin } from './parse-number.ts';
import { subfieldOf } from './parse-subfield.ts';
import { checkValue, parseFieldValue } from './parse-value.ts';

/** Words that only the parser of ovs-ofctl knows (OVS lib/ofp-parse.c, ofp_parse_protocol()). */
const synonyms: ReadonlyMap<string, string> = new Map([
  ['ipv4', 'ip'],
  ['ip4', 'ip'],
  ['ip6', 'ipv6'],
]);

const untagged = 0xffff;

/** Names that ovs-ofctl still takes for parts of fields; false when it is none of them. */
function stateOldName(draft: MatchDraft, { key, value }: Pair): boolean {
  const isWild = value.text === '*';
  switch (key.text) {
    case 'dl_vlan': {
      if (isWild) {
        state(draft, { field: 'vlan_vid', value: 0, mask: 0, where: key });
        return true;
      }
      const vid = parseInteger(value, 16, 'a VLAN id, or 0xffff for none');
      if (vid > 0xfff && vid !== untagged) throw unexpected(value, 'a VLAN id from 0 to 4095, or 0xffff for none');
      stateVlan(draft, vid === untagged ? undefined : vid, key);
      return true;
    }
    case 'dl_vlan_pcp': {
      const field = 'vlan_pcp';
      state(
        draft,
        isWild
          ? { field, value: 0, mask: 0, where: key }
          : { field, value: parseWithin(value, 0, 7, 'a priority'), where: key },
      );
      return true;
    }
    default:
      return false;
  }
}

/** `reg0[0..15]=5`. */
function statePartOf(draft: MatchDraft, { key, value }: Pair): boolean {
  const subfield = key.text.includes('[') ? subfieldOf(key) : undefined;
  if (!subfield) return false;
  const { bytes } = fieldOf(subfield.field);
  const number = parseFieldNumber(value, bytes, `a value of ${subfield.bits} bits`);
  if (number >> BigInt(subfield.bits) !== 0n) throw unexpected(value, `a value of ${subfield.bits} bits`);
  stateBits(draft, subfield, number, key);
  return true;
}

/** With these, ovs-ofctl sends the value for a mask (OVS 3.1, lib/match.c, match_set_tun_erspan_ver_masked()). */
const maskedByValue: ReadonlySet<string> = new Set(
  fieldNames.filter(name => /^tun_(erspan_(ver|dir|hwid)|gtpu_)/.test(name)),
);

/** `tcp` or `eth`; false when it is no such word. */
function stateProtocol(draft: MatchDraft, where: Piece): boolean {
  const protocol = protocolWords.get(synonyms.get(where.text) ?? where.text);
  if (protocol) {
    const [etherType, number] = protocol;
    state(draft, { field: 'eth_type', value: etherType, where });
    if (number !== undefined) state(draft, { field: 'nw_proto', value: number, where });
  } else if (where.text === 'eth') {
    draft.ethernet = true;
    state(draft, { field: 'packet_type', value: 0, where });
  } else return false;
  return true;
}

/** Puts what one pair says of the packet into the draft; false when it says nothing of it. */
export function stateMatchPair(draft: MatchDraft, pair: Pair, options: NameOptions): boolean {
  const { key, value, delimiter } = pair;
  const where = key;
  if (delimiter === '' && stateProtocol(draft, key)) return true;
  const field = fieldByText(key.text);
  if (!field) return stateOldName(draft, pair) || statePartOf(draft, pair);
  if (field.only === 'action') return false;
  if (field.variable && delimiter === '') {
    state(draft, { field: field.name, value: 0n, mask: 0n, where });
    return true;
  }
  if (value.text === '') throw unexpected(value, `a value of ${key.text}`);
  const { value: number, mask } = parseFieldValue(value, field, options);
  if (mask === undefined) checkValue(field, number, value);
  // A mask of zeros is none of these: it takes back what was said.
  if (maskedByValue.has(field.name) && (mask === undefined || Number(mask) !== 0)) {
    const shown = Number(number);
    state(draft, { field: field.name, value: shown & Number(mask ?? 0xff), mask: shown, where });
  } else if (mask === undefined) state(draft, { field: field.name, value: number, where });
  else state(draft, { field: field.name, value: number, mask, where });
  return true;
}

/**
 * A match such as `tcp,nw_dst=10.0.0.0/8,tp_dst=80`, as ovs-ofctl would send it in `version`. Of a field that is said
 * twice, the last one counts.
 * @throws OpenFlowTextError, also for a field without what it needs
 */
export function parseMatch(text: string, options: ParseOptions = {}): Match {
  const draft = newDraft();
  for (const pair of pairs(piece(text))) {
    if (!stateMatchPair(draft, pair, options)) throw unexpected(pair.key, 'a field, or a protocol');
  }
  return wireMatch(buildMatch(draft, packetOf(draft)), versions[options.version ?? '1.5']);
}
