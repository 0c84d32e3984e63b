// Flows as `ovs-ofctl add-flow`, `mod-flows` and `del-flows` take them, and as `dump-flows` prints them
// (OVS lib/ofp-flow.c, parse_ofp_str__()).

import type { Mutable } from '../../../lib/mutable.ts';
import type { FlowCommand, FlowMod } from '../../codec/messages/flow-mod.ts';
import { allTables, defaultPriority, type FlowEntry } from '../../flow/flow.ts';
import type { Instruction } from '../../flow/instruction.ts';
import type { Match } from '../../flow/match.ts';
import { wireMatch } from '../../flow/wire-match.ts';
import { versions } from '../../wire/version.ts';
import { flowFlags } from '../flow-flags.ts';
import { cut, named, OpenFlowTextError, type Pair, type Piece, pairs, piece, splitOnce, unexpected } from './cursor.ts';
import { buildMatch, knownOf, type Stated } from './match-builder.ts';
import { type ParseOptions, parseInstructions } from './parse-actions.ts';
import { parseMatchPair } from './parse-match.ts';
import { parseInteger, parsePort, parseTable, parseUnsigned } from './parse-number.ts';

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
      return { table: parseTable(value, options) };
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
        ? { outGroup: named(groupNames, value.text.toLowerCase()) ?? parseInteger(value, 32, 'a group') }
        : undefined;
    default:
      return ignored.has(key.text) ? {} : undefined;
  }
}

/** The text before and behind `actions=`. */
function splitActions(text: string, needed: boolean): readonly [Piece, Piece | undefined] {
  const whole = piece(text);
  const found = /(^|[\s,])actions?=/.exec(text);
  if (!found) {
    if (needed) throw new OpenFlowTextError(text.length + 1, '', 'actions=');
    return [whole, undefined];
  }
  const start = found.index + found[0].length;
  return [cut(whole, 0, found.index), needed ? cut(whole, start) : undefined];
}

interface Parsed {
  readonly head: Head;
  readonly match: Match;
  readonly instructions: readonly Instruction[];
}

function parse(text: string, command: FlowCommand, options: ParseOptions): Parsed {
  const [front, actions] = splitActions(text, !command.startsWith('delete'));
  const head: Mutable<Head> = { table: command.startsWith('delete') ? allTables : 0, priority: defaultPriority };
  const stated: Stated[] = [];
  for (const pair of pairs(front)) {
    const setting = parseSetting(pair, head, command, options);
    const found = setting ? [] : parseMatchPair(pair, options);
    if (!found) throw unexpected(pair.key, `a field, a protocol, or a setting of ${command}`);
    if (setting) Object.assign(head, setting);
    stated.push(...found);
  }
  const version = versions[options.version ?? '1.5'];
  const match = buildMatch(stated);
  const context = { ...options, version, packet: knownOf(match), depth: 0 };
  return { head, match: wireMatch(match, version), instructions: actions ? parseInstructions(actions, context) : [] };
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
