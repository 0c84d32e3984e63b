// A node without its lease takes nothing from other nodes, and sends them nothing.

import { self } from '../../facts/base.ts';
import { registers } from '../../registers.ts';
import { flowUnit } from '../flow-unit.ts';
import { leaseReads, unlessLeased } from './lease.ts';

export const fenceBetweenNodes = flowUnit({
  name: 'fence/between-nodes',
  over: self,
  reads: leaseReads,
  flows: (_, facts) => [
    ...unlessLeased(facts, 'interface', 200, [[registers.fromPeer, 1]]),
    ...unlessLeased(facts, 'egress', 200, [[registers.toPeer, 1]]),
  ],
});
