// learn(...) (OVS lib/learn.c, learn_parse()).

import { actionBits } from '../../codec/oxm.ts';
import type { LearnAction, LearnSpec } from '../../flow/action.ts';
import { fieldOf } from '../../flow/fields.ts';
import type { Subfield } from '../../flow/match.ts';
import type { ActionContext } from './context.ts';
import { type Pair, type Piece, pairs, unexpected } from './cursor.ts';
import { parseDecimal, parseFieldNumber, parseTable, parseUnsigned } from './parse-number.ts';
import { parseShortSubfield, parseSubfield, splitArrow, subfieldOf } from './parse-subfield.ts';
import { parseFieldValue } from './parse-value.ts';

const flag = { sendFlowRemoved: 1, deleteLearned: 2 };
const defaultTable = 1;

function parseBits(text: Piece, bits: number): bigint {
  const value = parseFieldNumber(text, 16, 'a value');
  if (value >> BigInt(bits) !== 0n) throw unexpected(text, `a value of ${bits} bits`);
  return value;
}

function sameWidth(from: Subfield, to: Subfield, where: Piece): void {
  if (from.bits !== to.bits) throw unexpected(where, `${to.bits} bits, as many as ${to.field} takes`);
}

/** `field=value`, `field=other_field` or `field` alone. */
function parseMatchSpec(to: Subfield, { value, delimiter }: Pair, context: ActionContext): LearnSpec {
  if (delimiter === '') return { kind: 'match', from: to, to };
  const from = subfieldOf(value);
  if (from) {
    sameWidth(from, to, value);
    return { kind: 'match', from, to };
  }
  const field = fieldOf(to.field);
  if (to.offset === 0 && to.bits === actionBits(field)) {
    const parsed = parseFieldValue(value, field, context);
    return { kind: 'match', value: BigInt(parsed.value) & ((1n << BigInt(to.bits)) - 1n), to };
  }
  return { kind: 'match', value: parseBits(value, to.bits), to };
}

function parseLoadSpec(text: Piece): LearnSpec {
  const [source, target] = splitArrow(text);
  const to = parseShortSubfield(target);
  if (/^[-+\d]/.test(source.text)) return { kind: 'load', value: parseBits(source, to.bits), to };
  const from = parseSubfield(source);
  sameWidth(from, to, source);
  return { kind: 'load', from, to };
}

function parseSpec(pair: Pair, context: ActionContext): LearnSpec {
  const { key, value } = pair;
  const to = subfieldOf(key) && parseShortSubfield(key);
  if (to) return parseMatchSpec(to, pair, context);
  if (key.text === 'load') return parseLoadSpec(value);
  if (key.text === 'output') return { kind: 'output', from: parseSubfield(value) };
  throw unexpected(key, 'a setting of learn, a field, load or output');
}

type Settings = Omit<LearnAction, 'kind' | 'specs' | 'form'>;

function parseSetting({ key, value }: Pair, learn: Settings, context: ActionContext): Partial<Settings> | undefined {
  const seconds = () => parseDecimal(value, 0xffff, 'seconds');
  switch (key.text) {
    case 'table':
      return { table: parseTable(value, context) };
    case 'priority':
      return { priority: parseDecimal(value, 0xffff) };
    case 'idle_timeout':
      return { idleTimeout: seconds() };
    case 'hard_timeout':
      return { hardTimeout: seconds() };
    case 'fin_idle_timeout':
      return { finIdleTimeout: seconds() };
    case 'fin_hard_timeout':
      return { finHardTimeout: seconds() };
    case 'cookie':
      return { cookie: parseUnsigned(value, 64) };
    case 'send_flow_rem':
      return { flags: (learn.flags ?? 0) | flag.sendFlowRemoved };
    case 'delete_learned':
      return { flags: (learn.flags ?? 0) | flag.deleteLearned };
    case 'limit':
      return { limit: parseDecimal(value, 0xffffffff) };
    case 'result_dst': {
      const result = parseSubfield(value);
      if (result.bits !== 1) throw unexpected(value, 'one bit of a field');
      return { result };
    }
    default:
      return undefined;
  }
}

export function parseLearn(text: Piece, context: ActionContext): LearnAction {
  let settings: Settings = { table: defaultTable };
  const specs: LearnSpec[] = [];
  for (const pair of pairs(text)) {
    const setting = parseSetting(pair, settings, context);
    if (setting) settings = { ...settings, ...setting };
    else specs.push(parseSpec(pair, context));
  }
  return { kind: 'learn', ...settings, specs };
}
