// Table `retag`: a node without its lease lets nothing out on an inner VLAN that another may have taken: the hosts there
// know one gateway.

import { movingLegs } from '../../facts/derived.ts';
import { legs, wires } from '../../facts/objects.ts';
import { registers } from '../../registers.ts';
import { flowUnit } from '../flow-unit.ts';
import { leaseReads, unlessLeased } from './lease.ts';

export const fenceInnerVlan = flowUnit({
  name: 'fence/inner-vlans',
  over: movingLegs,
  reads: [legs, wires, ...leaseReads],
  flows: ({ interface: name }, facts) => {
    const leg = facts.get(legs, name);
    if (leg?.role !== 'inner' || facts.get(wires, name)?.kind !== 'vlan') return [];
    return unlessLeased(facts, 'retag', 200, [[registers.egressInterface, leg.index]]);
  },
});
