// What connection tracking said of a packet, as a condition.
//
// An established packet must be known by `established` alone, at a priority above the other states: a lookup that has
// found it there asks no more, and the datapath's flow matches no other bit. Hardware cannot match the NAT bits.

import type { Match, MatchField } from '../../../openflow/flow/match.ts';
import { ctStates } from '../../constants.ts';
import { is, set } from '../words/match-and-action.ts';

const { tracked, invalid, established, related, reply, sourceNat, destinationNat } = ctStates;

/** The hot path: its connection was translated when it began. */
export function isEstablished(): MatchField {
  return isValidAnd(established);
}

export function isInvalid(): MatchField {
  return is('ct_state', tracked | invalid, tracked | invalid);
}

/** Its source is that of the translation: committed just now, a second packet before the first answer, or an error. */
export function isSourceTranslated(): MatchField {
  return isValidAnd(sourceNat);
}

/** An error about a connection, translated back as that is. */
export function isRelatedTranslatedBack(): MatchField {
  return isValidAnd(related | destinationNat);
}

export function isRelated(): MatchField {
  return isValidAnd(related);
}

/** Begins a connection, and belongs to no other. */
export function isNew(): MatchField {
  return is('ct_state', tracked | ctStates.new, tracked | ctStates.new | invalid | related);
}

/** What a port forward began is marked by it. */
export const forwardMark = set('ct_mark', 1);

/**
 * Its destination is that of a forward, by what was committed just now: a second packet before the first answer. By its state alone
 * it looks like the SYN that answers a SYN from inside.
 */
export function isForwarded(): Match {
  return [
    is('ct_state', tracked | destinationNat, tracked | destinationNat | reply | invalid | related),
    is('ct_mark', 1),
  ];
}

function isValidAnd(state: number): MatchField {
  return is('ct_state', tracked | state, tracked | state | invalid);
}
