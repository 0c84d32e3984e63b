// Which interfaces another node takes when this one is gone.

import { unit } from '../../engine/unit.ts';
import { movingLegs } from '../../facts/derived.ts';
import { gateways } from '../../facts/objects.ts';
import { isHere, isHereReads } from '../words/interfaces.ts';
import { isFenced, leaseReads } from './lease.ts';

export const findMovingLegs = unit({
  name: 'fence/moving-legs',
  over: gateways,
  reads: [...leaseReads, ...isHereReads],
  writes: [movingLegs],
  emit: (gateway, facts, out) => {
    if (!isFenced(facts) || gateway.isPinned || !isHere(facts, gateway.interface)) return;
    out.put(movingLegs, { interface: gateway.interface });
  },
});
