// What connection tracking said of a packet, as a condition.

import type { MatchField } from '../../openflow/flow/match.ts';
import { ctStates } from '../constants.ts';
import { is } from '../flow-builder.ts';

const { tracked, invalid, established, related, sourceNat } = ctStates;

export function isInvalid(): MatchField {
  return is('ct_state', tracked | invalid, tracked | invalid);
}

/** The two states that go straight on: the hot path. */
export function isKnown(): MatchField[] {
  return [established, related].map(isValidAnd);
}

/**
 * Translated already, though not established: a second packet before the first answer. Its connection is committed, and
 * its source is no longer the one that NAT rules name.
 */
export function isTranslated(): MatchField {
  return isValidAnd(sourceNat);
}

function isValidAnd(state: number): MatchField {
  return is('ct_state', tracked | state, tracked | state | invalid);
}
