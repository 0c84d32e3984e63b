// Towards an inner interface nothing is tracked, and the packet goes on as it is.

import { legs } from '../../facts/objects.ts';
import { registers } from '../../registers.ts';
import { flow, flowUnit } from '../flow-unit.ts';
import { ownedBy } from '../words/interfaces.ts';
import { registersAre } from '../words/match-and-action.ts';

export const untracked = flowUnit({
  name: 'nat/untracked',
  over: legs,
  reads: [],
  flows: leg =>
    leg.role === 'inner'
      ? [
          flow({
            table: 'inner_nat',
            priority: 200,
            owner: ownedBy(leg),
            match: registersAre([registers.egressInterface, leg.index]),
            next: 'neighbour',
          }),
        ]
      : [],
});
