// OFPAT_COPY_FIELD (OpenFlow 1.5.1 section 7.2.6.8), and NXAST_REG_MOVE and ONFACT_COPY_FIELD before it: over 1.5 OVS
// turns every move into the first.

import { onfVendor } from '../codec/onf.ts';
import { bitsOf, readFieldHeader, writeFieldHeader } from '../codec/oxm.ts';
import type { Subfield } from '../flow/match.ts';
import { formatSubfield } from '../text/format-subfield.ts';
import { unexpected } from '../text/parse/cursor.ts';
import { parseSubfield, splitArrow } from '../text/parse/parse-subfield.ts';
import type { Reader } from '../wire/reader.ts';
import { openflow14, openflow15 } from '../wire/version.ts';
import type { Writer } from '../wire/writer.ts';
import { checkField, checkTarget } from './shared/action-check.ts';
import type { ActionDefinition, ActionParser } from './shared/action-definition.ts';
import { nicira, type WireForm } from './shared/action-form.ts';

/** Copies bits of a field to another. */
export interface MoveAction {
  readonly kind: 'move';
  readonly from: Subfield;
  readonly to: Subfield;
  readonly form?: WireForm;
}

interface MoveBody {
  /** Bytes of padding between offsets and headers. */
  readonly pad: number;
  readonly version: (version: number) => number;
}

function writeMove(writer: Writer, { from, to }: MoveAction, { pad, version }: MoveBody): void {
  writer.u16(to.bits);
  writer.u16(from.offset);
  writer.u16(to.offset);
  writer.zeros(pad);
  writeFieldHeader(writer, from, version(writer.version));
  writeFieldHeader(writer, to, version(writer.version));
}

function readMove(reader: Reader, { pad, version }: MoveBody): MoveAction | undefined {
  const bits = reader.u16();
  const fromOffset = reader.u16();
  const toOffset = reader.u16();
  reader.pad(pad);
  const from = readFieldHeader(reader, version(reader.version));
  const to = from && readFieldHeader(reader, version(reader.version));
  if (!to || reader.remaining > 7) return undefined;
  reader.pad(reader.remaining);
  return { kind: 'move', from: bitsOf(from, fromOffset, bits), to: bitsOf(to, toOffset, bits) };
}

const copyField: MoveBody = { pad: 2, version: version => version };
const regMove: MoveBody = { pad: 0, version: () => 0 };

const parse: ActionParser = text => {
  const [source, target] = splitArrow(text);
  const from = parseSubfield(source);
  const to = parseSubfield(target);
  if (from.bits !== to.bits) throw unexpected(target, `${from.bits} bits, as many as the source has`);
  return { kind: 'move', from, to };
};

export const move: ActionDefinition<MoveAction> = {
  kind: 'move',
  forms: [
    {
      place: { type: 28, since: openflow15 },
      encode: (action, writer) => writeMove(writer, action, copyField),
      decode: reader => readMove(reader, copyField),
    },
    {
      place: { ...nicira(6), until: openflow14 },
      encode: (action, writer) => writeMove(writer, action, regMove),
      decode: reader => readMove(reader, regMove),
    },
    {
      place: { vendor: onfVendor, subtype: 3200, until: openflow14 },
      form: 'ONFACT_COPY_FIELD',
      encode(action, writer) {
        writer.zeros(2);
        writeMove(writer, action, copyField);
      },
      decode(reader) {
        reader.pad(2);
        return readMove(reader, copyField);
      },
    },
  ],
  print: action => `move:${formatSubfield(action.from)}->${formatSubfield(action.to)}`,
  words: { move: parse },
  check({ from, to }, packet, options) {
    checkField(from.field, packet, options);
    checkTarget(to.field, packet, options);
  },
  target: action => action.to.field,
};
