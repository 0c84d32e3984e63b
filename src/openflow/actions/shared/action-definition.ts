// What the file of an action says of it: how it is written, read, printed, and read from text. The list of them is
// ../all.ts.

import type { FieldName } from '../../flow/fields.ts';
import type { FormatOptions } from '../../text/names.ts';
import { type Piece, unexpected } from '../../text/parse/cursor.ts';
import type { Packet } from '../../text/parse/packet.ts';
import type { Action } from '../all.ts';
import type { CheckOptions } from './action-check.ts';
import type { ActionContext } from './action-context.ts';
import { type ActionForm, type ActionPlace, nothing } from './action-form.ts';

/** Reads what stands behind `word`: one action, or several that one word stands for. */
export type ActionParser = (
  value: Piece,
  context: ActionContext,
  parseList: (text: Piece, context: ActionContext) => readonly Action[],
  word: Piece,
) => Action | readonly Action[];

type PrintActions = (actions: readonly Action[], options: FormatOptions) => string;
export type CheckActions = (actions: readonly Action[], packet: Packet, options: CheckOptions) => void;
export type CanonicalActions = (actions: readonly Action[]) => readonly Action[];

/** Functions whose last argument is about lists take it for the actions that are in an action. */
export interface ActionDefinition<A extends { readonly kind: string }> {
  readonly kind: A['kind'];
  /** In the order in which `encode` tries them. */
  readonly forms: readonly ActionForm<A>[];
  /** The actions that say it in `version`; undefined when it has a form of its own there. */
  lower?(action: A, version: number): readonly Action[] | undefined;
  /** As `ovs-ofctl dump-flows` writes it. */
  print(action: A, options: FormatOptions, printList: PrintActions): string;
  /** The words that `ovs-ofctl add-flow` takes for it, in lower case. */
  readonly words?: Readonly<Record<string, ActionParser>>;
  /**
   * Whether the packet has, at this point, what the action needs, and what the action makes of it (OVS
   * lib/ofp-actions.c, ofpact_check__()). @throws OpenFlowTextError
   */
  check?(action: A, packet: Packet, options: CheckOptions, checkList: CheckActions): void;
  /** The field that it sets. */
  target?(action: A): FieldName | undefined;
  /** The action without what says nothing: default values, masks of all ones, value bits outside the mask. */
  canonical?(action: A, canonicalList: CanonicalActions): A;
}

/** An action without arguments. */
export interface BareAction<Kind extends string> {
  readonly kind: Kind;
}

/** What is said of an action without arguments; `words` are those for it where it is not only its kind. */
export function bare<A extends { readonly kind: string }>(
  place: ActionPlace,
  action: A & Action,
  { words = [action.kind], check }: { readonly words?: readonly string[] } & Pick<ActionDefinition<A>, 'check'> = {},
): ActionDefinition<A> {
  const parse: ActionParser = value => {
    noArgument(value);
    return action;
  };
  return {
    kind: action.kind,
    forms: [nothing<A>(place, action)],
    print: () => action.kind,
    words: Object.fromEntries(words.map(word => [word, parse])),
    ...(check && { check }),
  };
}

function noArgument(value: Piece): void {
  if (value.text !== '') throw unexpected(value, 'no argument');
}
