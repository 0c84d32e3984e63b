// OFPT_FLOW_MOD (OpenFlow 1.5.1 section 7.3.4.2), and its text as `ovs-ofctl add-flow`, `mod-flows` and `del-flows` take it
// (OVS lib/ofp-flow.c, parse_ofp_str__()).

import type { Mutable } from '../../lib/mutable.ts';
import type { ParseOptions } from '../actions/list/parse.ts';
import type { ActionContext } from '../actions/shared/action-context.ts';
import { decodeInstructions, encodeInstructions } from '../codec/instructions.ts';
import { encodeMatch } from '../codec/match.ts';
import { decodePaddedMatch } from '../codec/padded-match.ts';
import { OpenFlowDecodeError, OpenFlowEncodeError } from '../errors.ts';
import { canonicalInstructions } from '../flow/canonical.ts';
import { allTables, defaultPriority, type FlowEntry } from '../flow/flow.ts';
import type { Instruction } from '../flow/instruction.ts';
import type { Match } from '../flow/match.ts';
import { group as groupNumber, noBuffer, port as portNumber } from '../flow/ports.ts';
import { wireMatch } from '../flow/wire-match.ts';
import { flowFlags, flowFlagsText } from '../text/flow-flags.ts';
import { priorityAndMatch } from '../text/format-flow.ts';
import { formatInstructions, parseInstructions } from '../text/instructions.ts';
import { formatPort, formatTable } from '../text/names.ts';
import {
  cut,
  named,
  OpenFlowTextError,
  type Pair,
  type Piece,
  pairs,
  piece,
  splitOnce,
  unexpected,
} from '../text/parse/cursor.ts';
import { buildMatch, packetOf } from '../text/parse/match-builder.ts';
import { newDraft } from '../text/parse/match-draft.ts';
import { stateMatchPair } from '../text/parse/parse-match.ts';
import { parseDecimal, parseInteger, parsePort, parseTable, parseUnsigned } from '../text/parse/parse-number.ts';
import { openflow14, versions } from '../wire/version.ts';
import type { MessageDefinition } from './shared/message-definition.ts';

/** What a flow mod does (OFPFC_*); `strict`: to the flow of just this match and priority. */
export type FlowCommand = (typeof flowCommands)[number];

/** By OFPFC_* number. */
export const flowCommands = ['add', 'modify', 'modify_strict', 'delete', 'delete_strict'] as const;

/** Adds, modifies or deletes flows (OpenFlow 1.5.1 section 7.3.4.2). */
export interface FlowMod {
  readonly kind: 'flow_mod';
  readonly command: FlowCommand;
  /**
   * `table` 255 is all tables, for deletes; their instructions are not sent. For modify and delete, `cookie` counts
   * only under `cookieMask`, and a modify does not change it: to change a cookie, add the flow again.
   */
  readonly flow: FlowEntry;
  /** Modify and delete only flows whose cookie has these bits of `flow.cookie`; absent: whatever the cookie. */
  readonly cookieMask?: bigint;
  /** Delete only flows with this output port or group. */
  readonly outPort?: number;
  readonly outGroup?: number;
  readonly bufferId?: number;
  /** Eviction precedence, for adds; 0 to 65535. OpenFlow 1.3 has none, and does not get it. */
  readonly importance?: number;
  /** A delete that carries `flow.instructions` all the same: decoded so, and sent so. */
  readonly withInstructions?: true;
}

/** A number of 32 bits that is read out of an object is made anew each time: of these a flow needs two. */
const anyPort = portNumber.any;
const anyGroup = groupNumber.any;

const isDelete = (command: FlowCommand) => command === 'delete' || command === 'delete_strict';

const commandNames: Readonly<Record<FlowCommand, string>> = {
  add: 'ADD',
  modify: 'MOD',
  modify_strict: 'MOD_STRICT',
  delete: 'DEL',
  delete_strict: 'DEL_STRICT',
};

function cookieText({ command, flow, cookieMask = 0n }: FlowMod): string {
  const cookie = flow.cookie.toString(16);
  if (command === 'add') return flow.cookie === 0n ? '' : `cookie:0x${cookie} `;
  return cookieMask === 0n ? '' : `cookie:0x${cookie}/0x${cookieMask.toString(16)} `;
}

export const flowMod: MessageDefinition<FlowMod> = {
  kind: 'flow_mod',
  places: [{ type: 14 }],
  encode(body, writer) {
    const { flow } = body;
    if (!(flow.table >= 0 && flow.table <= 255 && flow.priority >= 0 && flow.priority <= 65535)) {
      throw new OpenFlowEncodeError('OF_BAD_VALUE', `table ${flow.table}, priority ${flow.priority}`);
    }
    writer.u64(flow.cookie);
    writer.u64(body.cookieMask ?? 0n);
    writer.u8(flow.table);
    writer.u8(flowCommands.indexOf(body.command));
    writer.u16(flow.idleTimeout ?? 0);
    writer.u16(flow.hardTimeout ?? 0);
    writer.u16(flow.priority);
    writer.u32(body.bufferId ?? noBuffer);
    writer.u32(body.outPort ?? anyPort);
    writer.u32(body.outGroup ?? anyGroup);
    writer.u16(flow.flags ?? 0);
    writer.u16(writer.version >= openflow14 ? (body.importance ?? 0) : 0);
    encodeMatch(writer, flow.match, flow.unknownMatch);
    if (!isDelete(body.command) || body.withInstructions) encodeInstructions(writer, flow.instructions);
  },
  decode(reader) {
    const cookie = reader.u64();
    const cookieMask = reader.u64();
    const table = reader.u8();
    const number = reader.u8();
    const command = flowCommands[number];
    if (!command) throw new OpenFlowDecodeError('OF_BAD_VALUE', `flow mod command ${number}`);
    const idleTimeout = reader.u16();
    const hardTimeout = reader.u16();
    const priority = reader.u16();
    const bufferId = reader.u32();
    const outPort = reader.u32();
    const outGroup = reader.u32();
    const flags = reader.u16();
    const importance = reader.version >= openflow14 ? reader.u16() : reader.pad(2);
    const matched = decodePaddedMatch(reader);
    const flow: FlowEntry = {
      table,
      priority,
      cookie,
      ...matched,
      instructions: decodeInstructions(reader),
      ...(idleTimeout !== 0 && { idleTimeout }),
      ...(hardTimeout !== 0 && { hardTimeout }),
      ...(flags !== 0 && { flags }),
    };
    return {
      kind: 'flow_mod',
      command,
      flow,
      ...(cookieMask !== 0n && { cookieMask }),
      ...(outPort !== portNumber.any && { outPort }),
      ...(outGroup !== groupNumber.any && { outGroup }),
      ...(bufferId !== noBuffer && { bufferId }),
      ...(importance && { importance }),
      ...(isDelete(command) && flow.instructions.length > 0 && { withInstructions: true }),
    };
  },
  name: 'OFPT_FLOW_MOD',
  print(message, options) {
    const { command, flow, importance, bufferId, outPort = portNumber.any } = message;
    const named = flow.table !== 0 || options.tableName?.(flow.table) !== undefined;
    const what = priorityAndMatch(flow, options);
    const isImportant = importance && command === 'add' && message.version >= openflow14;
    return [
      ` ${commandNames[command]}`,
      named ? ` table:${formatTable(flow.table, options)}` : '',
      what ? ` ${what} ` : ' ',
      cookieText(message),
      flow.idleTimeout ? `idle:${flow.idleTimeout} ` : '',
      flow.hardTimeout ? `hard:${flow.hardTimeout} ` : '',
      isImportant ? `importance:${importance} ` : '',
      bufferId === undefined ? '' : `buf:0x${bufferId.toString(16)} `,
      outPort === portNumber.any ? '' : `out_port:${formatPort(outPort, options)} `,
      flowFlagsText(flow.flags ?? 0),
      `actions=${formatInstructions(canonicalInstructions(flow.instructions), options)}`,
    ].join('');
  },
};

/** The version and the command that a flow is for. */
export interface ParseFlowOptions extends ParseOptions {
  /** `add` when absent. */
  readonly command?: FlowCommand;
}

/** What a dump says of a flow beyond what makes it, and what ovs-ofctl passes over in its input. */
const ignored = [
  'duration',
  'n_packets',
  'n_bytes',
  'idle_age',
  'hard_age',
  'no_readonly_table',
  'allow_hidden_fields',
];

/** What stands before the match in a flow mod. */
interface ParsedHead {
  readonly table: number;
  readonly priority: number;
  readonly idleTimeout?: number;
  readonly hardTimeout?: number;
  readonly flags?: number;
  readonly cookie?: bigint;
  readonly cookieMask?: bigint;
  readonly outPort?: number;
  readonly outGroup?: number;
  readonly importance?: number;
  /** The text says which table. */
  readonly saysTable?: boolean;
}

const groupNames: Readonly<Record<string, number>> = { all: groupNumber.all, any: groupNumber.any };

function parseCookie(value: Piece, head: Mutable<ParsedHead>, command: FlowCommand): void {
  const masked = splitOnce(value, '/');
  if (masked) {
    if (command === 'add') throw unexpected(cut(value, masked[0].text.length), 'no mask: a new flow has one cookie');
    const mask = parseUnsigned(masked[1], 64, 'a mask');
    head.cookie = parseUnsigned(masked[0], 64, 'a cookie') & mask;
    if (mask !== 0n) head.cookieMask = mask;
    return;
  }
  const cookie = parseUnsigned(value, 64, 'a cookie');
  if (command.startsWith('delete')) {
    throw unexpected(value, `a mask, to delete flows by their cookie: ${value.text}/-1`);
  }
  // A modify says its new cookie in no field that OpenFlow 1.1 and later have.
  if (command === 'add') head.cookie = cookie;
}

/** What settings there are for a command; those that are ignored say nothing. */
type Setting = (pair: Pair, head: Mutable<ParsedHead>, command: FlowCommand, options: ParseOptions) => void;

const notDelete = (command: FlowCommand) => !isDelete(command);
const always = () => true;

const setFlag =
  (bit: number): Setting =>
  (_pair, head) => {
    head.flags = (head.flags ?? 0) | bit;
  };

const settings: ReadonlyMap<string, { readonly suits: (command: FlowCommand) => boolean; readonly set: Setting }> =
  new Map(
    Object.entries({
      ...Object.fromEntries(ignored.map(name => [name, { suits: always, set: () => {} }])),
      ...Object.fromEntries([...flowFlags].map(([name, bit]) => [name, { suits: notDelete, set: setFlag(bit) }])),
      table: {
        suits: always,
        set({ value }, head, command, options) {
          head.table = parseTable(value, options, isDelete(command) ? allTables : allTables - 1);
          head.saysTable = true;
        },
      },
      cookie: { suits: always, set: ({ value }, head, command) => parseCookie(value, head, command) },
      priority: {
        suits: command => command !== 'delete',
        set({ value }, head) {
          head.priority = parseInteger(value, 16, 'a priority');
        },
      },
      idle_timeout: {
        suits: notDelete,
        set({ value }, head) {
          head.idleTimeout = parseInteger(value, 16, 'seconds');
        },
      },
      hard_timeout: {
        suits: notDelete,
        set({ value }, head) {
          head.hardTimeout = parseInteger(value, 16, 'seconds');
        },
      },
      importance: {
        suits: command => command === 'add',
        set({ value }, head) {
          head.importance = parseInteger(value, 16);
        },
      },
      out_port: {
        suits: isDelete,
        set({ value }, head, _, options) {
          head.outPort = parsePort(value, options);
        },
      },
      out_group: {
        suits: isDelete,
        set({ value }, head) {
          head.outGroup =
            named(groupNames, value.text.toLowerCase()) ?? parseDecimal(value, groupNumber.max, 'a group');
        },
      },
    } satisfies Record<string, { suits: (command: FlowCommand) => boolean; set: Setting }>),
  );

/** Puts a timeout, the priority or the like into the head, as far as the command has it; false when it is none. */
function parseSetting(pair: Pair, head: Mutable<ParsedHead>, command: FlowCommand, options: ParseOptions): boolean {
  const setting = settings.get(pair.key.text);
  if (!setting?.suits(command)) return false;
  setting.set(pair, head, command, options);
  return true;
}

/** The text before and behind `actions=`. */
function splitActions(text: string, needed: boolean): readonly [Piece, Piece | undefined] {
  const whole = piece(text);
  if (!needed) return [whole, undefined];
  // As OVS does, wherever the word stands and whatever is between it and the sign (lib/ofp-parse.c).
  const word = text.indexOf('action');
  const sign = word === -1 ? -1 : text.indexOf('=', word);
  if (sign === -1) throw new OpenFlowTextError(text.length + 1, '', 'actions=');
  return [cut(whole, 0, word), cut(whole, sign + 1)];
}

interface Parsed {
  readonly head: ParsedHead;
  readonly match: Match;
  readonly instructions: readonly Instruction[];
}

function parse(text: string, command: FlowCommand, options: ParseOptions): Parsed {
  const [front, actions] = splitActions(text, !command.startsWith('delete'));
  const head: Mutable<ParsedHead> = { table: command.startsWith('delete') ? allTables : 0, priority: defaultPriority };
  const draft = newDraft();
  for (const pair of pairs(front)) {
    if (!parseSetting(pair, head, command, options) && !stateMatchPair(draft, pair, options)) {
      throw unexpected(pair.key, `a field, a protocol, or a setting of ${command}`);
    }
  }
  const version = versions[options.version ?? '1.5'];
  const packet = packetOf(draft);
  const match = wireMatch(buildMatch(draft, packet), version);
  if (!actions) return { head, match, instructions: [] };
  const { portNumber, tableNumber } = options;
  const context: Mutable<ActionContext> = { version, packet, depth: 0 };
  if (head.saysTable) context.table = head.table;
  if (portNumber) context.portNumber = portNumber;
  if (tableNumber) context.tableNumber = tableNumber;
  return { head, match, instructions: parseInstructions(actions, context) };
}

/**
 * One flow, as ovs-ofctl would send it. Counters that a dump prints are passed over.
 * @param text such as `table=5,priority=10,tcp,tp_dst=80,actions=output:1`; without `table`, a delete is for all
 * tables, and everything else for table 0
 * @throws OpenFlowTextError with the column, what was found, and what could stand there
 */
export function parseFlow(text: string, options: ParseFlowOptions = {}): FlowMod {
  const { command = 'add' } = options;
  const { head, match, instructions } = parse(text, command, options);
  const { table, priority, cookie = 0n, idleTimeout, hardTimeout, flags } = head;
  const flow: Mutable<FlowEntry> = { table, priority, cookie, match, instructions };
  if (idleTimeout) flow.idleTimeout = idleTimeout;
  if (hardTimeout) flow.hardTimeout = hardTimeout;
  if (flags) flow.flags = flags;
  const mod: Mutable<FlowMod> = { kind: 'flow_mod', command, flow };
  const { cookieMask, outPort, outGroup, importance } = head;
  if (cookieMask !== undefined) mod.cookieMask = cookieMask;
  if (outPort !== undefined) mod.outPort = outPort;
  if (outGroup !== undefined) mod.outGroup = outGroup;
  if (importance !== undefined) mod.importance = importance;
  return mod;
}

/** The version that a deletion is for, and which flows it takes. */
export interface FlowDeleteOptions extends ParseOptions {
  /** Only the flow of just this match and priority. */
  readonly strict?: boolean;
}

/**
 * A deletion, for a bundle as for a message of its own: of all flows that the text matches, whatever more they match
 * themselves.
 * @param text such as `table=5,tcp`, `cookie=0x2a/-1`, or nothing: all flows of all tables
 * @throws OpenFlowTextError
 */
export function flowDelete(text = '', options: FlowDeleteOptions = {}): FlowMod {
  const { strict, ...others } = options;
  return parseFlow(text, { ...others, command: strict ? 'delete_strict' : 'delete' });
}
