// What is said of the kind of an action.

import { actionDefinitions, type KnownAction } from '../all.ts';
import type { ActionDefinition } from '../shared/action-definition.ts';

const byKind: ReadonlyMap<string, ActionDefinition<KnownAction>> = new Map(
  (actionDefinitions as readonly ActionDefinition<KnownAction>[]).map(definition => [definition.kind, definition]),
);

export function definitionOf({ kind }: KnownAction): ActionDefinition<KnownAction> {
  return byKind.get(kind) as ActionDefinition<KnownAction>;
}
