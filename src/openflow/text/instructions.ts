// Instructions as `ovs-ofctl` writes and takes them: what stands behind `actions=` (OVS lib/ofp-actions.c).

import type { Action } from '../actions/all.ts';
import { checkConjunctions, isDrop, parseAction, parseList } from '../actions/list/parse.ts';
import { formatActions, printActions } from '../actions/list/print.ts';
import { parseMeterNumber } from '../actions/meter.ts';
import { type ActionContext, inside } from '../actions/shared/action-context.ts';
import type { Instruction } from '../flow/instruction.ts';
import { openflow15 } from '../wire/version.ts';
import { type FormatOptions, formatTable } from './names.ts';
import { lowerCase, type Pair, type Piece, pairs, splitOnce, unexpected } from './parse/cursor.ts';
import { parseTable, parseUnsigned } from './parse/parse-number.ts';
import { formatWriteMetadata } from './write-metadata.ts';

function formatInstruction(instruction: Instruction, options: FormatOptions): string {
  switch (instruction.kind) {
    case 'apply_actions':
      return printActions(instruction.actions, options);
    case 'write_actions':
      return `write_actions(${formatActions(instruction.actions, options)})`;
    case 'clear_actions':
      return 'clear_actions';
    case 'write_metadata':
      return formatWriteMetadata(instruction.value, instruction.mask);
    case 'goto_table':
      return `goto_table:${formatTable(instruction.table, options)}`;
    case 'meter':
      return `meter:${instruction.meter}`;
    case 'stat_trigger':
      return `stat_trigger(flags=${instruction.flags},thresholds=${Buffer.from(instruction.thresholds).toString('hex')})`;
    case 'unknown_instruction':
      return `unknown(${Buffer.from(instruction.bytes).toString('hex')})`;
  }
}

/** What stands behind `actions=`: the instructions one after the other. */
export function formatInstructions(instructions: readonly Instruction[], options: FormatOptions = {}): string {
  let text = '';
  for (const instruction of instructions) {
    const one = formatInstruction(instruction, options);
    if (one !== '') text += text === '' ? one : `,${one}`;
  }
  return text === '' ? 'drop' : text;
}

/** Kinds in the order in which they may stand (OVS lib/ofp-actions.c, ofpacts_verify()). */
const instructionOrder = ['meter', 'apply_actions', 'clear_actions', 'write_actions', 'write_metadata', 'goto_table'];

function parseGoto(value: Piece, context: ActionContext): Instruction {
  const table = parseTable(value, context);
  if (context.table !== undefined && table <= context.table) throw unexpected(value, `a table after ${context.table}`);
  return { kind: 'goto_table', table };
}

function parseInstruction({ key, value }: Pair, context: ActionContext): Instruction | undefined {
  switch (lowerCase(key.text)) {
    case 'meter':
      if (context.version >= openflow15) return undefined;
      return { kind: 'meter', meter: parseMeterNumber(value) };
    case 'clear_actions':
      return { kind: 'clear_actions' };
    case 'write_actions':
      return { kind: 'write_actions', actions: parseList(value, inside(context, 'write_actions')) };
    case 'write_metadata': {
      const masked = splitOnce(value, '/');
      if (!masked) return { kind: 'write_metadata', value: parseUnsigned(value, 64) };
      const mask = parseUnsigned(masked[1], 64, 'a mask');
      const metadata = parseUnsigned(masked[0], 64);
      return { kind: 'write_metadata', value: metadata, ...(mask !== 0xffff_ffff_ffff_ffffn && { mask }) };
    }
    case 'goto_table':
      return parseGoto(value, context);
    case 'apply_actions':
      throw unexpected(key, 'the actions themselves: apply_actions goes without saying');
    default:
      return undefined;
  }
}

/** Everything behind `actions=`. */
export function parseInstructions(text: Piece, context: ActionContext): readonly Instruction[] {
  const instructions: Instruction[] = [];
  const applied: Action[] = [];
  let drop: Piece | undefined;
  let last = -1;
  let any = false;
  let others = false;
  for (const pair of pairs(text)) {
    if (isDrop(pair)) {
      drop = pair.key;
      continue;
    }
    any = true;
    const instruction = parseInstruction(pair, context);
    const found = instruction ? [] : parseAction(pair, context);
    // In OpenFlow 1.5 a meter is an action, but ovs-ofctl wants it where the instruction of before stood.
    const kind = instruction?.kind ?? (found[0]?.kind === 'meter' ? 'meter' : 'apply_actions');
    const place = instructionOrder.indexOf(kind);
    if (place < last || (kind !== 'apply_actions' && place === last)) {
      throw unexpected(pair.key, `the order ${instructionOrder.join(', ')}, each at most once`);
    }
    last = place;
    if (instruction) {
      // OVS does not send an instruction to write nothing.
      if (instruction.kind !== 'write_actions' || instruction.actions.length > 0) instructions.push(instruction);
      others = true;
      continue;
    }
    if (applied.length === 0) instructions.push({ kind: 'apply_actions', actions: applied });
    applied.push(...found);
  }
  if (drop && any) throw unexpected(drop, 'drop alone, or other actions alone');
  checkConjunctions(applied, others, text);
  return instructions;
}
