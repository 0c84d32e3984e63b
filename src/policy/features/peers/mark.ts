// Table `ingress`: what another node sent is told apart from here on: it is trusted for what it says, and never sent to a third.

import { peerVteps } from '../../facts/objects.ts';
import { registers } from '../../registers.ts';
import { isFenced, leaseReads, lookAtFence } from '../fence/lease.ts';
import { flow, flowUnit } from '../flow-unit.ts';
import { overlayPort, overlayPortReads } from '../words/interfaces.ts';
import { is, load } from '../words/match-and-action.ts';
import { tunnelIs } from '../words/overlay.ts';

export const markPeer = flowUnit({
  name: 'peers/mark',
  over: peerVteps,
  reads: [...overlayPortReads, ...leaseReads],
  flows: ({ ip }, facts) => {
    const overlay = overlayPort(facts);
    if (overlay === undefined) return [];
    return [
      flow({
        table: 'ingress',
        priority: 100,
        match: [is('in_port', overlay), tunnelIs('source', ip)],
        actions: [load(registers.fromPeer, 1), ...(isFenced(facts) ? [lookAtFence] : [])],
        next: 'interface',
      }),
    ];
  },
});
