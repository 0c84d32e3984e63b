// Instructions (OpenFlow 1.5.1 section 7.2.5): type, length, body, all multiples of 8 bytes.

import { decodeActions, encodeActions } from '../actions/list/codec.ts';
import { OpenFlowDecodeError, OpenFlowEncodeError } from '../errors.ts';
import type { Instruction } from '../flow/instruction.ts';
import type { Reader } from '../wire/reader.ts';
import { highestVersion, openflow14, openflow15 } from '../wire/version.ts';
import type { Writer } from '../wire/writer.ts';

type InstructionOf<K extends Instruction['kind']> = Extract<Instruction, { readonly kind: K }>;
type KnownKind = Exclude<Instruction['kind'], 'unknown_instruction'>;

interface InstructionCodec<I extends Instruction> {
  /** OFPIT_*, in the versions `since` to `until`. */
  readonly type: number;
  readonly since?: number;
  readonly until?: number;
  /** Writes what stands behind type and length. */
  encodeBody(instruction: I, writer: Writer): void;
  decodeBody(reader: Reader): I;
}

const allMetadata = 0xffff_ffff_ffff_ffffn;

const codecs: { readonly [K in KnownKind]: InstructionCodec<InstructionOf<K>> } = {
  goto_table: {
    type: 1,
    encodeBody({ table }, writer) {
      writer.u8(table);
      writer.zeros(3);
    },
    decodeBody(reader) {
      const table = reader.u8();
      reader.pad(3);
      return { kind: 'goto_table', table };
    },
  },
  write_metadata: {
    type: 2,
    encodeBody({ value, mask }, writer) {
      writer.zeros(4);
      writer.u64(value);
      writer.u64(mask ?? allMetadata);
    },
    decodeBody(reader) {
      reader.pad(4);
      const value = reader.u64();
      const mask = reader.u64();
      return mask === allMetadata ? { kind: 'write_metadata', value } : { kind: 'write_metadata', value, mask };
    },
  },
  write_actions: {
    type: 3,
    encodeBody({ actions }, writer) {
      writer.zeros(4);
      encodeActions(writer, actions);
    },
    decodeBody(reader) {
      reader.pad(4);
      return { kind: 'write_actions', actions: decodeActions(reader) };
    },
  },
  apply_actions: {
    type: 4,
    encodeBody({ actions }, writer) {
      writer.zeros(4);
      encodeActions(writer, actions);
    },
    decodeBody(reader) {
      reader.pad(4);
      return { kind: 'apply_actions', actions: decodeActions(reader) };
    },
  },
  clear_actions: {
    type: 5,
    encodeBody: (_instruction, writer) => writer.zeros(4),
    decodeBody(reader) {
      reader.pad(4);
      return { kind: 'clear_actions' };
    },
  },
  meter: {
    type: 6,
    until: openflow14,
    encodeBody: ({ meter }, writer) => writer.u32(meter),
    decodeBody: reader => ({ kind: 'meter', meter: reader.u32() }),
  },
  stat_trigger: {
    type: 7,
    since: openflow15,
    encodeBody({ flags, thresholds }, writer) {
      writer.u32(flags);
      writer.raw(thresholds);
    },
    decodeBody: reader => ({ kind: 'stat_trigger', flags: reader.u32(), thresholds: reader.rest() }),
  },
};

const byType = new Map<number, InstructionCodec<Instruction>>(
  Object.values(codecs).map((codec: InstructionCodec<Instruction>) => [codec.type, codec]),
);

function isIn({ since = 0, until = highestVersion }: InstructionCodec<Instruction>, version: number): boolean {
  return version >= since && version <= until;
}

/** Writes instructions in the writer's version. @throws OpenFlowEncodeError for one that the version does not have */
export function encodeInstructions(writer: Writer, instructions: readonly Instruction[]): void {
  for (const instruction of instructions) {
    if (instruction.kind === 'unknown_instruction') {
      writer.raw(instruction.bytes);
      continue;
    }
    const codec: InstructionCodec<Instruction> = codecs[instruction.kind];
    if (!isIn(codec, writer.version)) {
      throw new OpenFlowEncodeError(
        'OF_BAD_VERSION',
        `version ${writer.version} of OpenFlow has no instruction ${instruction.kind}`,
      );
    }
    const start = writer.length;
    writer.u16(codec.type);
    writer.u16(0);
    codec.encodeBody(instruction, writer);
    writer.patchLength(start + 2, start, instruction.kind);
  }
}

/** Reads instructions to the end of the reader. */
export function decodeInstructions(reader: Reader): readonly Instruction[] {
  const instructions: Instruction[] = [];
  while (reader.remaining > 0) {
    const length = reader.peekU16(2);
    if (length < 8 || length % 8 !== 0) {
      throw new OpenFlowDecodeError('OF_BAD_LENGTH', `instruction of ${length} bytes`);
    }
    const whole = reader.sub(length);
    const start = whole.offset;
    const codec = byType.get(whole.peekU16(0));
    if (codec && isIn(codec, reader.version)) {
      whole.skip(4);
      const instruction = codec.decodeBody(whole);
      if (whole.remaining === 0) {
        instructions.push(instruction);
        continue;
      }
    }
    instructions.push({ kind: 'unknown_instruction', bytes: whole.bytes.slice(start, whole.end) });
  }
  return instructions;
}
