// Lists of actions in one form, so that what was sent and what a dump gives back can be compared.

import type { Action } from '../all.ts';
import { definitionOf } from './definition-of.ts';

/** The list with each of its items made canonical; itself when that changes none. */
export function canonicalActions(actions: readonly Action[]): readonly Action[] {
  let changed: Action[] | undefined;
  for (let i = 0; i < actions.length; i++) {
    const action = actions[i] as Action;
    const canonical = canonicalAction(action);
    if (canonical !== action) changed ??= actions.slice(0, i);
    changed?.push(canonical);
  }
  return changed ?? actions;
}

/** The action without what says nothing: default values, masks of all ones, value bits outside the mask. */
export function canonicalAction(action: Action): Action {
  if (action.kind === 'unknown_action') return action;
  return definitionOf(action).canonical?.(action, canonicalActions) ?? action;
}
