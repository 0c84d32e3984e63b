// OFPAT_SET_FIELD, with a mask since OpenFlow 1.5 (section 7.2.6.7), and NXAST_REG_LOAD2 before. Over 1.5 OVS turns
// every load into the first; before, a masked set_field becomes loads (OVS lib/ofp-actions.c, encode_SET_FIELD()).

import { actionBits, readActionOxm, writeActionOxm } from '../codec/oxm.ts';
import { canonicalField } from '../flow/canonical-match.ts';
import { fieldByText, fieldOf } from '../flow/fields.ts';
import type { MatchField } from '../flow/match.ts';
import { formatFieldValue } from '../text/format-value.ts';
import { unexpected } from '../text/parse/cursor.ts';
import { splitArrow } from '../text/parse/parse-subfield.ts';
import { checkValue, parseFieldValue } from '../text/parse/parse-value.ts';
import { openflow14, openflow15 } from '../wire/version.ts';
import type { Action } from './all.ts';
import { checkSet } from './shared/action-check.ts';
import type { ActionDefinition, ActionParser } from './shared/action-definition.ts';
import { type ActionForm, type ActionPlace, nicira, type WireForm } from './shared/action-form.ts';
import { bitRun, isLoadable, runs } from './shared/load-bits.ts';

/** `set_field`; without `mask` the whole field (ovs-actions(7)). */
export interface SetFieldAction extends MatchField {
  readonly kind: 'set_field';
  readonly form?: WireForm;
}

function setFieldForm(place: ActionPlace, extension = false): ActionForm<SetFieldAction> {
  const versionOf = (version: number) => (extension ? 0 : version);
  return {
    place,
    encode(action, writer) {
      writeActionOxm(writer, action, versionOf(writer.version));
    },
    decode(reader) {
      const oxm = readActionOxm(reader, versionOf(reader.version));
      if (!oxm || reader.remaining > 7) return undefined;
      reader.pad(reader.remaining);
      const { field, value, mask } = oxm;
      if (oxm.header !== undefined || oxm.bytes !== undefined) return { kind: 'set_field', ...oxm };
      return mask === undefined ? { kind: 'set_field', field, value } : { kind: 'set_field', field, value, mask };
    },
  };
}

/** A masked set_field in versions that only load. */
function loadsOf({ field, value, mask }: SetFieldAction): readonly Action[] {
  const whole = BigInt(value);
  return [...runs(BigInt(mask ?? 0), actionBits(fieldOf(field)))].map(({ offset, bits }) => ({
    kind: 'load',
    to: { field, offset, bits },
    value: bitRun(whole, offset, bits),
  }));
}

/** A whole field, by the header that its version prefers. */
function isPlain({ field, value, mask, header, bytes, form }: SetFieldAction): boolean {
  const isBare = mask === undefined && header === undefined && bytes === undefined && form === undefined;
  return isBare && typeof value === (fieldOf(field).bytes <= 4 ? 'number' : 'bigint');
}

const parse: ActionParser = (text, context) => {
  const [value, target] = splitArrow(text);
  const field = fieldByText(target.text);
  if (!field) throw unexpected(target, 'the name of a field');
  if (!field.writable) throw unexpected(target, 'a field that may be set');
  const parsed = parseFieldValue(value, field, context);
  checkValue(field, parsed.value, value);
  return { kind: 'set_field', field: field.name, ...parsed };
};

export const setField: ActionDefinition<SetFieldAction> = {
  kind: 'set_field',
  forms: [
    setFieldForm({ type: 25, since: openflow15 }),
    { ...setFieldForm({ type: 25, until: openflow14 }), fits: action => action.mask === undefined },
    { ...setFieldForm({ ...nicira(33), until: openflow14 }, true), form: 'NXAST_REG_LOAD2' },
  ],
  lower(action, version) {
    const loads = version < openflow15 && action.mask !== undefined && action.form === undefined;
    return loads && isLoadable(action.field) ? loadsOf(action) : undefined;
  },
  print(action, options) {
    const field = fieldOf(action.field);
    return `set_field:${formatFieldValue(field, action.value, action.mask, options)}->${field.setName ?? field.name}`;
  },
  words: { set_field: parse },
  check: ({ field, value }, packet, options) => checkSet(field, BigInt(value), packet, options),
  target: action => action.field,
  canonical(action) {
    if (isPlain(action)) return action;
    const set = canonicalField(fieldOf(action.field), action.value, action.mask);
    return set ? { kind: 'set_field', ...set } : action;
  },
};
