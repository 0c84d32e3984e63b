// Lists of actions as `ovs-ofctl dump-flows` writes them (OVS lib/ofp-actions.c).

import type { FormatOptions } from '../../text/names.ts';
import type { Action } from '../all.ts';
import { definitionOf } from './definition-of.ts';

/** One action, as ovs-ofctl prints it. */
export function formatAction(action: Action, options: FormatOptions = {}): string {
  if (action.kind === 'unknown_action') return `unknown(${Buffer.from(action.bytes).toString('hex')})`;
  return definitionOf(action).print(action, options, formatActions);
}

/** The actions one after the other; nothing when there are none. */
export function printActions(actions: readonly Action[], options: FormatOptions): string {
  let text = '';
  for (const action of actions)
    text += text === '' ? formatAction(action, options) : `,${formatAction(action, options)}`;
  return text;
}

/** A list of actions; `drop` when it is empty (ovs-actions(7)). */
export function formatActions(actions: readonly Action[], options: FormatOptions = {}): string {
  return actions.length === 0 ? 'drop' : printActions(actions, options);
}
