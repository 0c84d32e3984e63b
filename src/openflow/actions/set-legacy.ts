// The actions of OpenFlow 1.0 and 1.1 that set one field each: `mod_nw_src`, `set_vlan_vid` and the like. Texts become a
// set_field, but for ports in a packet of which the protocol is not known.

import type { FieldName } from '../flow/fields.ts';
import type { FieldValue } from '../flow/match.ts';
import { protocols } from '../flow/protocol-numbers.ts';
import { ipText, macText } from '../text/format-value.ts';
import { unexpected } from '../text/parse/cursor.ts';
import { isIp } from '../text/parse/packet.ts';
import { parseInteger, parseWithin } from '../text/parse/parse-number.ts';
import { ipv4Of, macOf } from '../text/parse/parse-value.ts';
import { vlanEtherType } from './push-vlan.ts';
import type { SetFieldAction } from './set-field.ts';
import { need } from './shared/action-check.ts';
import type { ActionDefinition, ActionParser } from './shared/action-definition.ts';
import type { ActionForm } from './shared/action-form.ts';

/**
 * Fields that the actions of OpenFlow 1.0 and 1.1 set; since 1.2 they are deprecated, but switches take them
 * (OpenFlow 1.1 section A.2.5).
 */
export type LegacyField = keyof typeof legacyFields;

/** Sets a field as OpenFlow 1.1 did. */
export interface SetLegacyAction {
  readonly kind: 'set_legacy';
  readonly field: LegacyField;
  readonly value: number | bigint;
}

/** OFPAT_* number and width of what OpenFlow 1.1 could set (OpenFlow 1.1.0 section A.2.5), and how it is printed. */
const legacyFields = {
  vlan_vid: { type: 1, bytes: 2, text: 'set_vlan_vid:' },
  vlan_pcp: { type: 2, bytes: 1, text: 'set_vlan_pcp:' },
  dl_src: { type: 3, bytes: 6, text: 'mod_dl_src:' },
  dl_dst: { type: 4, bytes: 6, text: 'mod_dl_dst:' },
  nw_src: { type: 5, bytes: 4, text: 'mod_nw_src:' },
  nw_dst: { type: 6, bytes: 4, text: 'mod_nw_dst:' },
  nw_tos: { type: 7, bytes: 1, text: 'mod_nw_tos:' },
  nw_ecn: { type: 8, bytes: 1, text: 'mod_nw_ecn:' },
  tp_src: { type: 9, bytes: 2, text: 'mod_tp_src:' },
  tp_dst: { type: 10, bytes: 2, text: 'mod_tp_dst:' },
  mpls_label: { type: 13, bytes: 4, text: 'set_mpls_label(' },
  mpls_tc: { type: 14, bytes: 1, text: 'set_mpls_tc(' },
} as const;

function legacyForm(field: LegacyField): ActionForm<SetLegacyAction> {
  const { type, bytes } = legacyFields[field];
  const pad = bytes === 6 ? 6 : 4 - bytes;
  return {
    place: { type },
    fits: action => action.field === field,
    encode({ value }, writer) {
      if (bytes === 6) writer.mac(BigInt(value));
      else writer.unsigned(BigInt(value), bytes);
      writer.zeros(pad);
    },
    decode(reader) {
      const value = bytes === 6 ? reader.mac() : Number(reader.unsigned(bytes));
      reader.pad(pad);
      return { kind: 'set_legacy', field, value };
    },
  };
}

function setTo(field: FieldName, value: FieldValue): SetFieldAction {
  return { kind: 'set_field', field, value };
}

/** What sets a part of the VLAN tag: before 1.1 it pushed one where there was none, and mod_vlan_* still does. */
function vlanPart(field: 'vlan_vid' | 'vlan_pcp', max: number, present: number, pushes: boolean): ActionParser {
  return (value, context) => {
    const set = setTo(field, parseWithin(value, 0, max, `a ${field}`) | present);
    return !pushes || context.packet?.tag ? set : [{ kind: 'push_vlan', etherType: vlanEtherType }, set];
  };
}

const l4Protocols: Readonly<Record<number, 'tcp' | 'udp' | 'sctp'>> = {
  [protocols.tcp]: 'tcp',
  [protocols.udp]: 'udp',
  [protocols.sctp]: 'sctp',
};

function l4Port(side: 'src' | 'dst'): ActionParser {
  return (value, context) => {
    const number = parseInteger(value, 16, 'a port');
    const { packet } = context;
    const protocol = packet && isIp(packet) && !packet.laterFragment ? l4Protocols[packet.protocol] : undefined;
    return protocol ? setTo(`${protocol}_${side}`, number) : { kind: 'set_legacy', field: `tp_${side}`, value: number };
  };
}

const words: Readonly<Record<string, ActionParser>> = {
  set_vlan_vid: vlanPart('vlan_vid', 0xfff, 0x1000, false),
  set_vlan_pcp: vlanPart('vlan_pcp', 7, 0, false),
  mod_vlan_vid: vlanPart('vlan_vid', 0xfff, 0x1000, true),
  mod_vlan_pcp: vlanPart('vlan_pcp', 7, 0, true),
  mod_dl_src: value => setTo('eth_src', macOf(value)),
  mod_dl_dst: value => setTo('eth_dst', macOf(value)),
  mod_nw_src: value => setTo('ip_src', ipv4Of(value)),
  mod_nw_dst: value => setTo('ip_dst', ipv4Of(value)),
  mod_nw_tos(value) {
    const tos = parseInteger(value, 8, 'a TOS');
    if (tos & 3) throw unexpected(value, 'a TOS whose two lowest bits are 0');
    return setTo('ip_dscp', tos >> 2);
  },
  mod_nw_ecn: value => setTo('ip_ecn', parseWithin(value, 0, 3, 'an ECN')),
  mod_tp_src: l4Port('src'),
  mod_tp_dst: l4Port('dst'),
  set_mpls_label: value => setTo('mpls_label', parseWithin(value, 0, 0xfffff, 'a label')),
  set_mpls_tc: value => setTo('mpls_tc', parseWithin(value, 0, 7, 'a traffic class')),
};

export const setLegacy: ActionDefinition<SetLegacyAction> = {
  kind: 'set_legacy',
  forms: (Object.keys(legacyFields) as readonly LegacyField[]).map(legacyForm),
  print({ field, value }) {
    const { text } = legacyFields[field];
    if (field === 'dl_src' || field === 'dl_dst') return text + macText(value);
    if (field === 'nw_src' || field === 'nw_dst') return text + ipText(4, value);
    return `${text}${value}${text.endsWith('(') ? ')' : ''}`;
  },
  words,
  // A port: of these, all others become a set_field.
  check: (_, __, options) => need(false, 'with a port also tcp, udp or sctp', options),
};
