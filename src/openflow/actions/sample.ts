// NXAST_SAMPLE, NXAST_SAMPLE2, NXAST_SAMPLE3 and NXAST_SAMPLE4: `sample(...)` (OVS lib/ofp-actions.c).

import { nameOf, numberOf } from '../codec/named.ts';
import { packBits, unpackBits } from '../codec/nicira.ts';
import { bitsOf, hasShortHeader, readFieldHeader, writeFieldHeader } from '../codec/oxm.ts';
import { OpenFlowEncodeError } from '../errors.ts';
import { experimenterClass } from '../flow/fields.ts';
import type { Subfield } from '../flow/match.ts';
import { port, portFrom16, portTo16 } from '../flow/ports.ts';
import { formatSubfield } from '../text/format-subfield.ts';
import { formatPort } from '../text/names.ts';
import { type Piece, pairs, unexpected } from '../text/parse/cursor.ts';
import { parseInteger, parsePort, parseWithin } from '../text/parse/parse-number.ts';
import { subfieldOf } from '../text/parse/parse-subfield.ts';
import type { Reader } from '../wire/reader.ts';
import type { Writer } from '../wire/writer.ts';
import type { ActionDefinition, ActionParser } from './shared/action-definition.ts';
import { type ActionForm, nicira, type WireForm } from './shared/action-form.ts';

/** `sample(...)`: IPFIX (ovs-actions(7)). */
export interface SampleAction {
  readonly kind: 'sample';
  /** Of 65535. */
  readonly probability: number;
  readonly collectorSet: number;
  /** Or up to 32 bits of a field, since OVS 3.4. */
  readonly observationDomain: number | Subfield;
  readonly observationPoint: number | Subfield;
  readonly samplingPort?: number;
  readonly direction?: 'ingress' | 'egress' | number;
  readonly form?: WireForm;
}

/** By NX_ACTION_SAMPLE_* number; 0 is the default. */
const directions = [undefined, 'ingress', 'egress'] as const;

function directionNumber({ direction }: SampleAction): number {
  return numberOf(directions, direction);
}

/** Numbers that the older forms have room for alone. */
type Numbered = SampleAction & { readonly observationDomain: number; readonly observationPoint: number };

function isNumbered(action: SampleAction): action is Numbered {
  return typeof action.observationDomain === 'number' && typeof action.observationPoint === 'number';
}

function writeNumbers(writer: Writer, action: SampleAction): void {
  if (!isNumbered(action)) throw new OpenFlowEncodeError('OF_BAD_VALUE', 'ids from fields need NXAST_SAMPLE4');
  writer.u16(action.probability);
  writer.u32(action.collectorSet);
  writer.u32(action.observationDomain);
  writer.u32(action.observationPoint);
}

function readNumbers(reader: Reader): Omit<Numbered, 'kind'> {
  return {
    probability: reader.u16(),
    collectorSet: reader.u32(),
    observationDomain: reader.u32(),
    observationPoint: reader.u32(),
  };
}

function writePort(writer: Writer, action: SampleAction): void {
  writer.u16(portTo16(action.samplingPort ?? port.any));
  writer.u8(directionNumber(action));
  writer.zeros(5);
}

function readPort(reader: Reader): Pick<SampleAction, 'samplingPort' | 'direction'> {
  const samplingPort = portFrom16(reader.u16());
  const direction = reader.u8();
  reader.pad(5);
  return {
    ...(samplingPort !== port.any && { samplingPort }),
    ...(direction !== 0 && { direction: nameOf(directions, direction) }),
  };
}

/** An observation id: a header of zeros and a number, or a field and its bits. */
function writeId(writer: Writer, id: number | Subfield): void {
  if (typeof id === 'number') {
    writer.u32(0);
    writer.u32(id);
    return;
  }
  if (id.bits > 32 || !hasShortHeader(id.field)) {
    throw new OpenFlowEncodeError('OF_BAD_VALUE', `an observation id cannot come from ${id.bits} bits of ${id.field}`);
  }
  writeFieldHeader(writer, id, 0);
  writer.u16(packBits(id.offset, id.bits));
  writer.zeros(2);
}

/** Undefined when its field is not in the table. */
function readId(reader: Reader): number | Subfield | undefined {
  if (reader.peekU32(0) === 0) {
    reader.skip(4);
    return reader.u32();
  }
  const field = reader.peekU16(0) === experimenterClass ? undefined : readFieldHeader(reader, 0);
  if (!field) return undefined;
  const { offset, bits } = unpackBits(reader.u16());
  reader.pad(2);
  return bits > 32 ? undefined : bitsOf(field, offset, bits);
}

function sample2(subtype: number, form: 'NXAST_SAMPLE2' | 'NXAST_SAMPLE3'): ActionForm<SampleAction> {
  return {
    place: nicira(subtype),
    form,
    fits: action => isNumbered(action) && (form === 'NXAST_SAMPLE3' || directionNumber(action) === 0),
    encode(action, writer) {
      writeNumbers(writer, action);
      writePort(writer, action);
    },
    decode: reader => ({ kind: 'sample', ...readNumbers(reader), ...readPort(reader) }),
  };
}

const forms: readonly ActionForm<SampleAction>[] = [
  {
    place: nicira(29),
    fits: action => isNumbered(action) && action.samplingPort === undefined && action.direction === undefined,
    encode: (action, writer) => writeNumbers(writer, action),
    decode: reader => ({ kind: 'sample', ...readNumbers(reader) }),
  },
  sample2(38, 'NXAST_SAMPLE2'),
  sample2(41, 'NXAST_SAMPLE3'),
  {
    place: nicira(51),
    form: 'NXAST_SAMPLE4',
    encode(action, writer) {
      writer.u16(action.probability);
      writer.u32(action.collectorSet);
      writeId(writer, action.observationDomain);
      writeId(writer, action.observationPoint);
      writePort(writer, action);
    },
    decode(reader) {
      const probability = reader.u16();
      const collectorSet = reader.u32();
      const observationDomain = readId(reader);
      const observationPoint = observationDomain === undefined ? undefined : readId(reader);
      if (observationDomain === undefined || observationPoint === undefined) return undefined;
      return { kind: 'sample', probability, collectorSet, observationDomain, observationPoint, ...readPort(reader) };
    },
  },
];

function idText(id: number | Subfield): string {
  return typeof id === 'number' ? String(id) : formatSubfield(id);
}

function parseObservation(text: Piece): number | Subfield {
  const subfield = subfieldOf(text);
  if (!subfield) return parseInteger(text, 32, 'bits of a field, or a number');
  if (subfield.bits > 32 || !hasShortHeader(subfield.field)) throw unexpected(text, 'at most 32 bits of another field');
  return subfield;
}

const parse: ActionParser = (text, context) => {
  let action: SampleAction = {
    kind: 'sample',
    probability: 0,
    collectorSet: 0,
    observationDomain: 0,
    observationPoint: 0,
  };
  for (const { key, value } of pairs(text)) {
    switch (key.text) {
      case 'probability':
        action = { ...action, probability: parseWithin(value, 1, 65535, 'a probability') };
        break;
      case 'collector_set_id':
        action = { ...action, collectorSet: parseInteger(value, 32) };
        break;
      case 'obs_domain_id':
        action = { ...action, observationDomain: parseObservation(value) };
        break;
      case 'obs_point_id':
        action = { ...action, observationPoint: parseObservation(value) };
        break;
      case 'sampling_port':
        action = { ...action, samplingPort: parsePort(value, context) };
        break;
      case 'ingress':
      case 'egress':
        action = { ...action, direction: key.text };
        break;
      default:
        throw unexpected(
          key,
          'probability, collector_set_id, obs_domain_id, obs_point_id, sampling_port, ingress or egress',
        );
    }
  }
  if (action.probability === 0) throw unexpected(text, 'a probability');
  return action;
};

export const sample: ActionDefinition<SampleAction> = {
  kind: 'sample',
  forms,
  print(action, options) {
    const { samplingPort, direction } = action;
    const parts = [
      `probability=${action.probability}`,
      `collector_set_id=${action.collectorSet}`,
      `obs_domain_id=${idText(action.observationDomain)}`,
      `obs_point_id=${idText(action.observationPoint)}`,
      ...(samplingPort === undefined ? [] : [`sampling_port=${formatPort(samplingPort, options)}`]),
      ...(typeof direction === 'string' ? [direction] : []),
    ];
    return `sample(${parts.join(',')})`;
  },
  words: { sample: parse },
};
