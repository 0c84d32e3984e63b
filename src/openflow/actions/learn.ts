// NXAST_LEARN and NXAST_LEARN2: `learn(...)` (OVS include/openflow/nicira-ext.h, lib/ofp-actions.c, lib/learn.c).

import { actionBits, readFieldHeader, writeFieldHeader } from '../codec/oxm.ts';
import { fieldOf } from '../flow/fields.ts';
import { defaultPriority } from '../flow/flow.ts';
import type { Subfield } from '../flow/match.ts';
import { formatSubfield } from '../text/format-subfield.ts';
import { formatFieldValue, hex } from '../text/format-value.ts';
import { type FormatOptions, formatTable } from '../text/names.ts';
import { type Pair, type Piece, pairs, unexpected } from '../text/parse/cursor.ts';
import { packetOf } from '../text/parse/match-builder.ts';
import { newDraft, state, stateBits } from '../text/parse/match-draft.ts';
import type { Packet } from '../text/parse/packet.ts';
import { parseDecimal, parseFieldNumber, parseTable, parseUnsigned } from '../text/parse/parse-number.ts';
import { parseShortSubfield, parseSubfield, splitArrow, subfieldOf } from '../text/parse/parse-subfield.ts';
import { parseFieldValue } from '../text/parse/parse-value.ts';
import type { Reader } from '../wire/reader.ts';
import type { Writer } from '../wire/writer.ts';
import { type CheckOptions, checkField, checkTarget } from './shared/action-check.ts';
import type { ActionContext } from './shared/action-context.ts';
import type { ActionDefinition, ActionParser } from './shared/action-definition.ts';
import { type ActionForm, nicira, type WireForm } from './shared/action-form.ts';

/** `learn(...)`: add or change a flow, made from the packet's fields (ovs-actions(7)). */
export interface LearnAction {
  readonly kind: 'learn';
  /** 0 to 254. */
  readonly table: number;
  /** Seconds; absent or 0: never. */
  readonly idleTimeout?: number;
  readonly hardTimeout?: number;
  /** Timeouts from the moment a FIN or RST is seen, seconds. */
  readonly finIdleTimeout?: number;
  readonly finHardTimeout?: number;
  /** 32768 when absent. */
  readonly priority?: number;
  readonly cookie?: bigint;
  /** NX_LEARN_F_*: 1 send_flow_rem, 2 delete_learned; 4, a result is written, comes with `result`. */
  readonly flags?: number;
  /** How many flows may have this cookie in this table; absent or 0: any number. */
  readonly limit?: number;
  /** One bit: whether the limit left room. */
  readonly result?: Subfield;
  readonly specs: readonly LearnSpec[];
  readonly form?: WireForm;
}

/** What the learned flow matches, loads or outputs to, taken from the packet or given (ovs-actions(7)). */
export type LearnSpec =
  | { readonly kind: 'match' | 'load'; readonly from: Subfield; readonly to: Subfield }
  | { readonly kind: 'match' | 'load'; readonly value: bigint; readonly to: Subfield }
  | { readonly kind: 'output'; readonly from: Subfield };

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
/** NX_LEARN_F_*. */
const flag = { sendFlowRemoved: 1, deleteLearned: 2, writeResult: 4 };

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
  writer.u16((learn.flags ?? 0) | (learn.result ? flag.writeResult : 0));
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

const forms: readonly ActionForm<LearnAction>[] = [
  {
    place: nicira(16),
    fits: action => !action.limit && !action.result,
    encode(action, writer) {
      writeFixed(writer, action);
      for (const one of action.specs) writeSpec(writer, one);
    },
    decode(reader) {
      const fixed = readFixed(reader);
      const specs = (fixed.flags ?? 0) & flag.writeResult ? undefined : readSpecs(reader);
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
      const wantsResult = (allFlags & flag.writeResult) !== 0;
      const field = wantsResult ? readFieldHeader(reader, 0) : undefined;
      if (wantsResult ? !field : offset !== 0) return undefined;
      const flags = allFlags & ~flag.writeResult;
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

function printSpec(spec: LearnSpec, options: FormatOptions): string {
  if (spec.kind === 'output') return `output:${formatSubfield(spec.from)}`;
  const { to } = spec;
  const target = formatSubfield(to);
  if (spec.kind === 'load') return `load:${'value' in spec ? hex(spec.value) : formatSubfield(spec.from)}->${target}`;
  if (!('value' in spec)) {
    const same = spec.from.field === to.field && spec.from.offset === to.offset;
    return same ? target : `${target}=${formatSubfield(spec.from)}`;
  }
  const field = fieldOf(to.field);
  if (to.offset !== 0 || to.bits !== actionBits(field)) return `${target}=${hex(spec.value)}`;
  const value = field.bytes <= 4 ? Number(spec.value) : spec.value;
  return `${field.setName ?? field.name}=${formatFieldValue(field, value, undefined, options)}`;
}

function printLearn(action: LearnAction, options: FormatOptions): string {
  const { idleTimeout, hardTimeout, finIdleTimeout, finHardTimeout, priority = defaultPriority } = action;
  const { flags = 0, cookie, limit, result } = action;
  const parts = [
    `table=${formatTable(action.table, options)}`,
    ...(idleTimeout ? [`idle_timeout=${idleTimeout}`] : []),
    ...(hardTimeout ? [`hard_timeout=${hardTimeout}`] : []),
    ...(finIdleTimeout ? [`fin_idle_timeout=${finIdleTimeout}`] : []),
    ...(finHardTimeout ? [`fin_hard_timeout=${finHardTimeout}`] : []),
    ...(priority === defaultPriority ? [] : [`priority=${priority}`]),
    ...(flags & flag.sendFlowRemoved ? ['send_flow_rem'] : []),
    ...(flags & flag.deleteLearned ? ['delete_learned'] : []),
    ...(cookie ? [`cookie=${hex(cookie)}`] : []),
    ...(limit ? [`limit=${limit}`] : []),
    ...(result ? [`result_dst=${formatSubfield(result)}`] : []),
    ...action.specs.map(spec => printSpec(spec, options)),
  ];
  return `learn(${parts.join(',')})`;
}

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

function parseSetting({ key, value }: Pair, learn: Fixed, context: ActionContext): Partial<Fixed> | undefined {
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

const parse: ActionParser = (text, context) => {
  let settings: Fixed = { table: defaultTable };
  const specs: LearnSpec[] = [];
  for (const pair of pairs(text)) {
    const setting = parseSetting(pair, settings, context);
    if (setting) settings = { ...settings, ...setting };
    else specs.push(parseSpec(pair, context));
  }
  return { kind: 'learn', ...settings, specs };
};

function checkLearn({ specs }: LearnAction, packet: Packet, options: CheckOptions): void {
  const learned = newDraft();
  for (const spec of specs) {
    if (!('value' in spec)) checkField(spec.from.field, packet, options);
    if (spec.kind === 'output') continue;
    if (spec.kind === 'load') checkTarget(spec.to.field, packetOf(learned), options);
    else {
      checkField(spec.to.field, packetOf(learned), options);
      if (!('value' in spec)) continue;
      const { name, maskable, variable } = fieldOf(spec.to.field);
      if (!maskable) state(learned, { field: name, value: Number(spec.value), where: options.where });
      else if (!variable) stateBits(learned, spec.to, spec.value, options.where);
    }
  }
}

export const learn: ActionDefinition<LearnAction> = {
  kind: 'learn',
  forms,
  print: printLearn,
  words: { learn: parse },
  check: checkLearn,
};
