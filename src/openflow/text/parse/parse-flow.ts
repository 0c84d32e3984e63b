// Flows as `ovs-ofctl add-flow`, `mod-flows` and `del-flows` take them, and as `dump-flows` prints them
// (OVS lib/ofp-flow.c, parse_ofp_str__()).

import type { Mutable } from '../../../lib/mutable.ts';
import type { ParseOptions } from '../../actions/list/parse.ts';
import type { ActionContext } from '../../actions/shared/action-context.ts';
import type { FlowCommand, FlowMod } from '../../codec/messages/flow-mod.ts';
import { allTables, defaultPriority, type FlowEntry } from '../../flow/flow.ts';
import type { Instruction } from '../../flow/instruction.ts';
import type { Match } from '../../flow/match.ts';
import { group } from '../../flow/ports.ts';
import { wireMatch } from '../../flow/wire-match.ts';
import { versions } from '../../wire/version.ts';
import { flowFlags } from '../flow-flags.ts';
import { parseInstructions } from '../instructions.ts';
import { cut, named, OpenFlowTextError, type Pair, type Piece, pairs, piece, splitOnce, unexpected } from './cursor.ts';
import { buildMatch, packetOf } from './match-builder.ts';
import { newDraft } from './match-draft.ts';
import { stateMatchPair } from './parse-match.ts';
import { parseDecimal, parseInteger, parsePort, parseTable, parseUnsigned } from './parse-number.ts';

/** The version and the command that a flow is for. */
export interface ParseFlowOptions extends ParseOptions {
  /** `add` when absent. */
  readonly command?: FlowCommand;
}

/** What a dump says of a flow beyond what makes it, and what ovs-ofctl passes over in its input. */
const ignored = new Set([
  'duration',
  'n_packets',
  'n_bytes',
  'idle_age',
  'hard_age',
  'no_readonly_table',
  'allow_hidden_fields',
]);

/** What stands before the match in a flow mod. */
interface Head {
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

const groupNames: Readonly<Record<string, number>> = { all: 0xfffffffc, any: 0xffffffff };

function parseCookie(value: Piece, head: Mutable<Head>, command: FlowCommand): void {
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
type Setting = (pair: Pair, head: Mutable<Head>, command: FlowCommand, options: ParseOptions) => void;

const isDelete = (command: FlowCommand) => command === 'delete' || command === 'delete_strict';
const notDelete = (command: FlowCommand) => !isDelete(command);
const always = () => true;

const settings: ReadonlyMap<string, { readonly suits: (command: FlowCommand) => boolean; readonly set: Setting }> =
  new Map(
    Object.entries({
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
          head.outGroup = named(groupNames, value.text.toLowerCase()) ?? parseDecimal(value, group.max, 'a group');
        },
      },
    } satisfies Record<string, { suits: (command: FlowCommand) => boolean; set: Setting }>),
  );

/** Puts a timeout, the priority or the like into the head, as far as the command has it; false when it is none. */
function parseSetting(pair: Pair, head: Mutable<Head>, command: FlowCommand, options: ParseOptions): boolean {
  const name = pair.key.text;
  const setting = settings.get(name);
  if (setting?.suits(command)) {
    setting.set(pair, head, command, options);
    return true;
  }
  const flag = isDelete(command) ? undefined : flowFlags.get(name);
  if (flag !== undefined) head.flags = (head.flags ?? 0) | flag;
  return flag !== undefined || ignored.has(name);
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
  readonly head: Head;
  readonly match: Match;
  readonly instructions: readonly Instruction[];
}

function parse(text: string, command: FlowCommand, options: ParseOptions): Parsed {
  const [front, actions] = splitActions(text, !command.startsWith('delete'));
  const head: Mutable<Head> = { table: command.startsWith('delete') ? allTables : 0, priority: defaultPriority };
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
  const context: ActionContext = {
    ...options,
    version,
    packet,
    depth: 0,
    ...(head.saysTable && { table: head.table }),
  };
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
