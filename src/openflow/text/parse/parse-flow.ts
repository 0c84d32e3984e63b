// Flows as `ovs-ofctl add-flow`, `mod-flows` and `del-flows` take them, and as `dump-flows` prints them
// (OVS lib/ofp-flow.c, parse_ofp_str__()).

import type { Mutable } from '../../../lib/mutable.ts';
import type { FlowCommand, FlowMod } from '../../codec/messages/flow-mod.ts';
import { allTables, defaultPriority, type FlowEntry } from '../../flow/flow.ts';
import type { Instruction } from '../../flow/instruction.ts';
import type { Match } from '../../flow/match.ts';
import { group } from '../../flow/ports.ts';
import { wireMatch } from '../../flow/wire-match.ts';
import { versions } from '../../wire/version.ts';
import { flowFlags } from '../flow-flags.ts';
import type { ActionContext } from './context.ts';
import { cut, named, OpenFlowTextError, type Pair, type Piece, pairs, piece, splitOnce, unexpected } from './cursor.ts';
import { buildMatch, packetOf } from './match-builder.ts';
import { newDraft } from './match-draft.ts';
import { type ParseOptions, parseInstructions } from './parse-actions.ts';
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
}

const groupNames: Readonly<Record<string, number>> = { all: 0xfffffffc, any: 0xffffffff };

function parseCookie(value: Piece, command: FlowCommand): Partial<Head> {
  const masked = splitOnce(value, '/');
  if (masked) {
    if (command === 'add') throw unexpected(cut(value, masked[0].text.length), 'no mask: a new flow has one cookie');
    const mask = parseUnsigned(masked[1], 64, 'a mask');
    return { cookie: parseUnsigned(masked[0], 64, 'a cookie') & mask, ...(mask !== 0n && { cookieMask: mask }) };
  }
  const cookie = parseUnsigned(value, 64, 'a cookie');
  if (command.startsWith('delete')) {
    throw unexpected(value, `a mask, to delete flows by their cookie: ${value.text}/-1`);
  }
  // A modify says its new cookie in no field that OpenFlow 1.1 and later have.
  return command === 'add' ? { cookie } : {};
}

/** Timeouts, priority and the like, as far as the command has them; undefined when it is none of these. */
function parseSetting(
  { key, value }: Pair,
  head: Head,
  command: FlowCommand,
  options: ParseOptions,
): Partial<Head> | undefined {
  const deletes = command.startsWith('delete');
  const flag = flowFlags.get(key.text);
  if (flag !== undefined && !deletes) return { flags: (head.flags ?? 0) | flag };
  switch (key.text) {
    case 'table':
      return { table: parseTable(value, options, deletes ? allTables : allTables - 1) };
    case 'cookie':
      return parseCookie(value, command);
    case 'priority':
      return command === 'delete' ? undefined : { priority: parseInteger(value, 16, 'a priority') };
    case 'idle_timeout':
      return deletes ? undefined : { idleTimeout: parseInteger(value, 16, 'seconds') };
    case 'hard_timeout':
      return deletes ? undefined : { hardTimeout: parseInteger(value, 16, 'seconds') };
    case 'importance':
      return command === 'add' ? { importance: parseInteger(value, 16) } : undefined;
    case 'out_port':
      return deletes ? { outPort: parsePort(value, options) } : undefined;
    case 'out_group':
      return deletes
        ? { outGroup: named(groupNames, value.text.toLowerCase()) ?? parseDecimal(value, group.max, 'a group') }
        : undefined;
    default:
      return ignored.has(key.text) ? {} : undefined;
  }
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
  let said = false;
  for (const pair of pairs(front)) {
    const setting = parseSetting(pair, head, command, options);
    if (setting) Object.assign(head, setting);
    if (setting?.table !== undefined) said = true;
    if (!setting && !stateMatchPair(draft, pair, options)) {
      throw unexpected(pair.key, `a field, a protocol, or a setting of ${command}`);
    }
  }
  const version = versions[options.version ?? '1.5'];
  const packet = packetOf(draft);
  const match = wireMatch(buildMatch(draft, packet), version);
  if (!actions) return { head, match, instructions: [] };
  const context: ActionContext = { ...options, version, packet, depth: 0, ...(said && { table: head.table }) };
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
  const { table, priority, cookie = 0n, idleTimeout, hardTimeout, flags: bits, cookieMask, ...rest } = head;
  const flow: FlowEntry = {
    table,
    priority,
    cookie,
    match,
    instructions,
    ...(idleTimeout && { idleTimeout }),
    ...(hardTimeout && { hardTimeout }),
    ...(bits && { flags: bits }),
  };
  return { kind: 'flow_mod', command, flow, ...(cookieMask !== undefined && { cookieMask }), ...rest };
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
