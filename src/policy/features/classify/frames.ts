// Table `ingress`: what no pipeline of ours may see ends here.

import { self } from '../../facts/base.ts';
import { isFenced, leaseReads, lookAtFence } from '../fence/lease.ts';
import { drop, flow, flowUnit } from '../flow-unit.ts';
import { is } from '../words/match-and-action.ts';

export const classifyFrames = flowUnit({
  name: 'classify/frames',
  over: self,
  reads: leaseReads,
  flows: (_, facts) => [
    // IEEE 802.1Q table 8-1: LLDP, LACP, STP and their kin are never forwarded.
    drop('ingress', 200, 'link-local', [is('eth_dst', 0x0180c2000000n, 0xfffffffffff0n)]),
    drop('ingress', 190, 'bad-source-mac', [is('eth_src', 0x010000000000n, 0x010000000000n)]),
    flow({ table: 'ingress', priority: 0, actions: isFenced(facts) ? [lookAtFence] : [], next: 'interface' }),
  ],
});
