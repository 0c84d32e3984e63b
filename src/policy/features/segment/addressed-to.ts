// A frame on a segment, as a match.

import type { Match, Subfield } from '../../../openflow/flow/match.ts';
import type { Leg } from '../../facts/objects.ts';
import { registers } from '../../registers.ts';
import { is, registersAre } from '../words/match-and-action.ts';

export function addressedTo(
  { index }: Pick<Leg, 'index'>,
  mac: bigint,
  ...conditions: readonly (readonly [Subfield, number])[]
): Match {
  return [...registersAre([registers.ingressInterface, index], ...conditions), is('eth_dst', mac)];
}
