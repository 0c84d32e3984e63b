// What another node takes when this one is gone, it does not answer for on the wire without its lease; its own ports it does.

import { movingLegs } from '../../facts/derived.ts';
import { legs } from '../../facts/objects.ts';
import { registers } from '../../registers.ts';
import { leaseReads, unlessLeased } from '../fence/lease.ts';
import { flowUnit } from '../flow-unit.ts';
import { whoHasAny } from './who-has.ts';

export const answerIfLeased = flowUnit({
  name: 'answer/lease',
  over: movingLegs,
  reads: [...leaseReads, legs],
  flows: ({ interface: name }, facts) => {
    const leg = facts.get(legs, name);
    if (!leg) return [];
    const fromWire = [
      [registers.ingressInterface, leg.index],
      [registers.fromPort, 0],
    ] as const;
    return [
      ...whoHasAny.flatMap(question => unlessLeased(facts, 'arp_nd', 105, fromWire, question)),
      ...unlessLeased(facts, 'gateway', 200, fromWire),
    ];
  },
});
