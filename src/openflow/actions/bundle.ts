// NXAST_BUNDLE and NXAST_BUNDLE_LOAD (OVS include/openflow/nicira-ext.h, lib/bundle.c).

import { nameOf, numberOf } from '../codec/named.ts';
import { packBits, unpackBits } from '../codec/nicira.ts';
import { bitsOf, readFieldHeader, writeFieldHeader } from '../codec/oxm.ts';
import type { Subfield } from '../flow/match.ts';
import { port, portFrom16, portTo16 } from '../flow/ports.ts';
import { formatSubfield } from '../text/format-subfield.ts';
import { formatPort } from '../text/names.ts';
import { type Piece, unexpected } from '../text/parse/cursor.ts';
import { parseDecimal, parsePort } from '../text/parse/parse-number.ts';
import { parseShortSubfield } from '../text/parse/parse-subfield.ts';
import type { Reader } from '../wire/reader.ts';
import type { Writer } from '../wire/writer.ts';
import { checkPort, checkTarget } from './shared/action-check.ts';
import type { ActionDefinition, ActionParser } from './shared/action-definition.ts';
import { nicira } from './shared/action-form.ts';
import { type HashFields, hashFields, nameText, wanted, word, wordsOf } from './shared/hash.ts';

/** By NX_BD_ALG_* number. */
const algorithms = ['active_backup', 'hrw'] as const;

/** `bundle(...)`, or with `to` `bundle_load(...)`: choose a member port that is up (ovs-actions(7)). */
export interface BundleAction {
  readonly kind: 'bundle';
  readonly fields: HashFields;
  readonly basis: number;
  readonly algorithm: 'active_backup' | 'hrw' | number;
  readonly members: readonly number[];
  readonly to?: Subfield;
}

/** NXM_OF_IN_PORT: members are port numbers, of 16 bits. */
const memberType = 0x00000002;

function encode(action: BundleAction, writer: Writer): void {
  writer.u16(numberOf(algorithms, action.algorithm));
  writer.u16(numberOf(hashFields, action.fields));
  writer.u16(action.basis);
  writer.u32(memberType);
  writer.u16(action.members.length);
  if (action.to) {
    writer.u16(packBits(action.to.offset, action.to.bits));
    writeFieldHeader(writer, action.to, 0);
  } else {
    writer.zeros(6);
  }
  writer.zeros(4);
  for (const member of action.members) writer.u16(portTo16(member));
}

function decode(reader: Reader, loads: boolean): BundleAction | undefined {
  const algorithm = reader.u16();
  const fields = reader.u16();
  const basis = reader.u16();
  if (reader.u32() !== memberType) return undefined;
  const count = reader.u16();
  const bits = loads ? unpackBits(reader.u16()) : undefined;
  const field = loads ? readFieldHeader(reader, 0) : undefined;
  if (!loads) reader.pad(6);
  reader.pad(4);
  const members = Array.from({ length: Math.min(count, reader.remaining / 2) }, () => portFrom16(reader.u16()));
  if (members.length !== count || reader.remaining > 6 || (loads && !field)) return undefined;
  reader.pad(reader.remaining);
  return {
    kind: 'bundle',
    fields: nameOf(hashFields, fields),
    basis,
    algorithm: nameOf(algorithms, algorithm),
    members,
    ...(field && bits && { to: bitsOf(field, bits.offset, bits.bits) }),
  };
}

function parser(loads: boolean): ActionParser {
  return (text, context) => {
    const next = wordsOf(text);
    const [fields, basis, algorithm, type] = Array.from({ length: 4 }, () => next(', '));
    const to = loads ? next(', ') : undefined;
    word(type, text, ['ofport']);
    word(next(': '), text, ['members', 'slaves']);
    const members: Piece[] = [];
    for (let member = next(', []'); member; member = next(', []')) members.push(member);
    return {
      kind: 'bundle',
      fields: word(fields, text, hashFields),
      basis: parseDecimal(wanted(basis, text, 'a basis'), 0xffff),
      algorithm: word(algorithm, text, algorithms),
      members: members.map(member => parsePort(member, context)),
      ...(loads && { to: parseShortSubfield(wanted(to, text, 'a field to load')) }),
    };
  };
}

export const bundle: ActionDefinition<BundleAction> = {
  kind: 'bundle',
  forms: [
    {
      place: nicira(12),
      fits: action => action.to === undefined,
      encode,
      decode: reader => decode(reader, false),
    },
    { place: nicira(13), encode, decode: reader => decode(reader, true) },
  ],
  print(action, options) {
    const to = action.to ? `${formatSubfield(action.to)},` : '';
    const members = action.members.map(member => formatPort(member, options)).join(',');
    const word = action.to ? 'bundle_load' : 'bundle';
    const choice = `${nameText(action.fields)},${action.basis},${nameText(action.algorithm)}`;
    return `${word}(${choice},ofport,${to}members:${members})`;
  },
  words: { bundle: parser(false), bundle_load: parser(true) },
  check({ to, members }, packet, options) {
    if (to) checkTarget(to.field, packet, options);
    for (const member of members) {
      if (member !== port.any) checkPort(member, options);
      if (member === port.controller) throw unexpected(options.where, 'no controller among the members');
    }
  },
  target: action => action.to?.field,
};
