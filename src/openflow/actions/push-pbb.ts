// OFPAT_PUSH_PBB.

import type { ActionDefinition } from './shared/action-definition.ts';
import { type EtherTypeAction, etherTypeForm, parseEtherType, printEtherType } from './shared/ether-type-action.ts';

/** Push a PBB header. */
export type PushPbbAction = EtherTypeAction<'push_pbb'>;

export const pushPbb: ActionDefinition<PushPbbAction> = {
  kind: 'push_pbb',
  forms: [etherTypeForm('push_pbb', 26)],
  print: printEtherType,
  words: { push_pbb: value => ({ kind: 'push_pbb', etherType: parseEtherType(value) }) },
};
