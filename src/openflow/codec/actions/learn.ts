// NXAST_LEARN and NXAST_LEARN2 (OVS include/openflow/nicira-ext.h, lib/ofp-actions.c).

import type { LearnAction, LearnSpec } from '../../flow/action.ts';
import { defaultPriority } from '../../flow/flow.ts';
import type { Subfield } from '../../flow/match.ts';
import type { Reader } from '../../wire/reader.ts';
import type { Writer } from '../../wire/writer.ts';
import { readFieldHeader, writeFieldHeader } from '../oxm.ts';
import { type ActionForm, nicira } from './action-codec.ts';

/** Bits of a spec's header: what the value is taken from, what it is for, how many bits it has. */
const spec = {
  immediate: 1 << 13,
  match: 0,
  load: 1 << 11,
  output: 2 << 11,
  kinds: 3 << 11,
  bits: 0x3ff,
  reserved: 0xc400,
};
const writeResult = 4;

function writeSubfield(writer: Writer, subfield: Subfield): void {
  writeFieldHeader(writer, subfield, 0);
  writer.u16(subfield.offset);
}

function readSubfield(reader: Reader, bits: number): Subfield | undefined {
  const field = readFieldHeader(reader, 0);
  return field && { ...field, offset: reader.u16(), bits };
}

function writeSpec(writer: Writer, one: LearnSpec): void {
  const bits = one.kind === 'output' ? one.from.bits : one.to.bits;
  writer.u16(bits | spec[one.kind] | ('value' in one ? spec.immediate : 0));
  if ('value' in one) writer.unsigned(one.value, 2 * Math.ceil(bits / 16));
  else writeSubfield(writer, one.from);
  if (one.kind !== 'output') writeSubfield(writer, one.to);
}

/** One spec; undefined when it has a part this library does not know. */
function readSpec(reader: Reader): LearnSpec | undefined {
  const header = reader.u16();
  const bits = header & spec.bits;
  const kind = { [spec.match]: 'match', [spec.load]: 'load', [spec.output]: 'output' }[header & spec.kinds];
  if (!kind || bits === 0 || header & spec.reserved) return undefined;
  if (header & spec.immediate) {
    const value = reader.unsigned(2 * Math.ceil(bits / 16));
    const to = kind === 'output' ? undefined : readSubfield(reader, bits);
    return to && { kind: kind as 'match', value, to };
  }
  const from = readSubfield(reader, bits);
  if (kind === 'output') return from && { kind, from };
  const to = from && readSubfield(reader, bits);
  return to && { kind: kind as 'match', from, to };
}

/** All specs; the list ends with padding, which starts with a zero. */
function readSpecs(reader: Reader): readonly LearnSpec[] | undefined {
  const specs: LearnSpec[] = [];
  while (reader.remaining >= 2 && reader.peekU16(0) !== 0) {
    const one = readSpec(reader);
    if (!one) return undefined;
    specs.push(one);
  }
  if (reader.remaining > 7) return undefined;
  reader.pad(reader.remaining);
  return specs;
}

function writeFixed(writer: Writer, learn: LearnAction): void {
  writer.u16(learn.idleTimeout ?? 0);
  writer.u16(learn.hardTimeout ?? 0);
  writer.u16(learn.priority ?? defaultPriority);
  writer.u64(learn.cookie ?? 0n);
  writer.u16((learn.flags ?? 0) | (learn.result ? writeResult : 0));
  writer.u8(learn.table);
  writer.zeros(1);
  writer.u16(learn.finIdleTimeout ?? 0);
  writer.u16(learn.finHardTimeout ?? 0);
}

type Fixed = Omit<LearnAction, 'kind' | 'specs' | 'form'>;

function readFixed(reader: Reader): Fixed {
  const idleTimeout = reader.u16();
  const hardTimeout = reader.u16();
  const priority = reader.u16();
  const cookie = reader.u64();
  const flags = reader.u16();
  const table = reader.u8();
  reader.pad(1);
  const finIdleTimeout = reader.u16();
  const finHardTimeout = reader.u16();
  return {
    table,
    ...(idleTimeout !== 0 && { idleTimeout }),
    ...(hardTimeout !== 0 && { hardTimeout }),
    ...(finIdleTimeout !== 0 && { finIdleTimeout }),
    ...(finHardTimeout !== 0 && { finHardTimeout }),
    ...(priority !== defaultPriority && { priority }),
    ...(cookie !== 0n && { cookie }),
    ...(flags !== 0 && { flags }),
  };
}

export const learn: readonly ActionForm<LearnAction>[] = [
  {
    place: nicira(16),
    fits: action => !action.limit && !action.result,
    encode(action, writer) {
      writeFixed(writer, action);
      for (const one of action.specs) writeSpec(writer, one);
    },
    decode(reader) {
      const fixed = readFixed(reader);
      const specs = (fixed.flags ?? 0) & writeResult ? undefined : readSpecs(reader);
      return specs && { kind: 'learn', ...fixed, specs };
    },
  },
  {
    place: nicira(45),
    form: 'NXAST_LEARN2',
    encode(action, writer) {
      writeFixed(writer, action);
      writer.u32(action.limit ?? 0);
      writer.u16(action.result?.offset ?? 0);
      writer.zeros(2);
      if (action.result) writeFieldHeader(writer, action.result, 0);
      for (const one of action.specs) writeSpec(writer, one);
    },
    decode(reader) {
      const { flags: allFlags = 0, ...fixed } = readFixed(reader);
      const limit = reader.u32();
      const offset = reader.u16();
      reader.pad(2);
      const wantsResult = (allFlags & writeResult) !== 0;
      const field = wantsResult ? readFieldHeader(reader, 0) : undefined;
      if (wantsResult ? !field : offset !== 0) return undefined;
      const flags = allFlags & ~writeResult;
      const specs = readSpecs(reader);
      return (
        specs && {
          kind: 'learn',
          ...fixed,
          ...(flags !== 0 && { flags }),
          ...(limit !== 0 && { limit }),
          ...(field && { result: { ...field, offset, bits: 1 } }),
          specs,
        }
      );
    },
  },
];
