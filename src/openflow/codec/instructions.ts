// Instructions (OpenFlow 1.5.1 section 7.2.5): type, length, body, all multiples of 8 bytes.

import { OpenFlowDecodeError } from '../errors.ts';
import type { Instruction } from '../flow/instruction.ts';
import type { Reader } from '../wire/reader.ts';
import type { Writer } from '../wire/writer.ts';
import { decodeActions, encodeActions } from './actions/actions.ts';

type InstructionOf<K extends Instruction['kind']> = Extract<Instruction, { readonly kind: K }>;
type KnownKind = Exclude<Instruction['kind'], 'unknown_instruction'>;

interface InstructionCodec<I extends Instruction> {
  /** OFPIT_*. */
  readonly type: number;
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
    decodeBody: reader => ({ kind: 'goto_table', table: reader.u8() }),
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
    decodeBody: () => ({ kind: 'clear_actions' }),
  },
};

const byType = new Map<number, InstructionCodec<Instruction>>(
  Object.values(codecs).map((codec: InstructionCodec<Instruction>) => [codec.type, codec]),
);

export function encodeInstructions(writer: Writer, instructions: readonly Instruction[]): void {
  for (const instruction of instructions) {
    if (instruction.kind === 'unknown_instruction') {
      writer.raw(instruction.bytes);
      continue;
    }
    const codec: InstructionCodec<Instruction> = codecs[instruction.kind];
    const start = writer.length;
    writer.u16(codec.type);
    writer.u16(0);
    codec.encodeBody(instruction, writer);
    writer.patchLength(start + 2, start, `instruction ${instruction.kind}`);
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
    const codec = byType.get(whole.peekU16(0));
    if (codec) {
      whole.skip(4);
      instructions.push(codec.decodeBody(whole));
    } else {
      instructions.push({ kind: 'unknown_instruction', bytes: whole.rest() });
    }
  }
  return instructions;
}
