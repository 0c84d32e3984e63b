// Lists of actions as `ovs-ofctl add-flow` takes them (OVS lib/ofp-actions.c, ofpacts_parse()).

import { port } from '../../flow/ports.ts';
import { lowerCase, type Pair, type Piece, pairs, piece, unexpected } from '../../text/parse/cursor.ts';
import type { Packet } from '../../text/parse/packet.ts';
import { type NameOptions, portOf } from '../../text/parse/parse-number.ts';
import { type VersionName, versions } from '../../wire/version.ts';
import { type Action, actionDefinitions } from '../all.ts';
import type { CheckOptions } from '../shared/action-check.ts';
import type { ActionContext, Outer } from '../shared/action-context.ts';
import type { ActionParser } from '../shared/action-definition.ts';
import { definitionOf } from './definition-of.ts';

/** Actions in actions deeper than this are refused, as OVS does (MAX_OFPACT_PARSE_DEPTH). */
const deepest = 100;

/** The actions of one pair: mod_vlan_vid and enqueue are several. */
export function parseAction(pair: Pair, context: ActionContext): readonly Action[] {
  const { packet, outer } = context;
  const actions = readAction(pair, context);
  for (const action of actions) {
    checkPlace(action, outer, pair.key);
    if (packet) checkAction(action, packet, { where: pair.key, loose: outer === 'write_actions' });
  }
  return actions;
}

/** What may stand in which action (OVS lib/ofp-actions.c, ofpacts_verify_nested()). */
function checkPlace(action: Action, outer: Outer | undefined, where: Piece): void {
  const target = action.kind === 'unknown_action' ? undefined : definitionOf(action).target?.(action);
  const isOfConnection = target === 'ct_mark' || target === 'ct_label';
  if (outer === 'ct' && !isOfConnection) throw unexpected(where, 'only actions that set ct_mark or ct_label');
  if (outer !== 'ct' && isOfConnection) throw unexpected(where, `${target} to be set in exec(...) of a ct`);
  if (action.kind === 'nat') throw unexpected(where, 'nat in a ct');
  if (action.kind === 'meter' && outer) throw unexpected(where, 'no meter inside of another action');
}

/** Checks an action, and notes what it makes of the packet. @throws OpenFlowTextError */
function checkAction(action: Action, packet: Packet, options: CheckOptions): void {
  if (action.kind !== 'unknown_action') definitionOf(action).check?.(action, packet, options, checkActions);
}

function checkActions(actions: readonly Action[], packet: Packet, options: CheckOptions): void {
  for (const action of actions) checkAction(action, packet, options);
}

const words: ReadonlyMap<string, ActionParser> = new Map(
  actionDefinitions.flatMap(({ words = {} }) => Object.entries(words)),
);

function readAction({ key, value, delimiter }: Pair, context: ActionContext): readonly Action[] {
  const parser = words.get(lowerCase(key.text));
  if (parser) {
    const found = parser(value, context, parseList, key);
    return Array.isArray(found) ? found : [found as Action];
  }
  const number = delimiter === '' ? portOf(key.text, context) : undefined;
  if (number === undefined) throw unexpected(key, 'an action, or a port');
  // As OVS has it: a number means the port alone, and of a packet no bytes to the controller.
  return [{ kind: 'output', port: number, ...(number === port.controller && { maxLength: 0 }) }];
}

export function isDrop({ key, delimiter }: Pair): boolean {
  return delimiter === '' && key.text.length === 4 && lowerCase(key.text) === 'drop';
}

/** A list of actions; `drop` and nothing are empty ones. */
export function parseList(text: Piece, context: ActionContext): readonly Action[] {
  if (context.depth >= deepest) throw unexpected(text, `actions nested at most ${deepest} deep`);
  context.depth++;
  try {
    const actions: Action[] = [];
    let drop: Piece | undefined;
    for (const pair of pairs(text)) {
      if (isDrop(pair)) drop = pair.key;
      else {
        const found = parseAction(pair, context);
        if (found[0]?.kind === 'meter' && actions.length > 0) throw unexpected(pair.key, 'the meter first');
        actions.push(...found);
      }
    }
    if (drop && actions.length > 0) throw unexpected(drop, 'drop alone, or other actions alone');
    checkConjunctions(actions, false, text);
    return actions;
  } finally {
    context.depth--;
  }
}

export function checkConjunctions(actions: readonly Action[], instructions: boolean, text: Piece): void {
  if (!actions.some(({ kind }) => kind === 'conjunction')) return;
  if (instructions || actions.some(({ kind }) => kind !== 'conjunction' && kind !== 'note')) {
    throw unexpected(text, 'beside conjunction no other action than note');
  }
}

/** The version that the text is for, and names that it may use. */
export interface ParseOptions extends NameOptions {
  /** 1.5 when absent. */
  readonly version?: VersionName;
}

/**
 * A list of actions such as `set_field:5->reg0,resubmit(,10)`; `drop`, or nothing, is an empty list.
 * @throws OpenFlowTextError
 */
export function parseActions(text: string, options: ParseOptions = {}): readonly Action[] {
  const version = versions[options.version ?? '1.5'];
  const { portNumber, tableNumber } = options;
  return parseList(piece(text), {
    ...(portNumber && { portNumber }),
    ...(tableNumber && { tableNumber }),
    version,
    depth: 0,
  });
}
