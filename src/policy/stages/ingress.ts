// Table `ingress`: what no pipeline of ours may see ends here. What another node sent is told apart from here on: it is
// trusted for what it says, and never sent to a third.

import { lookAtFence } from '../features/fence/lease.ts';
import { tunnelIs } from '../features/words/overlay.ts';
import { drop, flow, is, load } from '../flow-builder.ts';
import { tables } from '../pipeline.ts';
import { registers } from '../registers.ts';
import { overlayPort, type Stage } from './context.ts';

export const ingress: Stage = context => {
  const overlay = overlayPort(context);
  const fence = context.isFenced ? [lookAtFence] : [];
  return [
    // IEEE 802.1Q table 8-1: LLDP, LACP, STP and their kin are never forwarded.
    drop(tables.ingress, 200, 'link-local', [is('eth_dst', 0x0180c2000000n, 0xfffffffffff0n)]),
    drop(tables.ingress, 190, 'bad-source-mac', [is('eth_src', 0x010000000000n, 0x010000000000n)]),
    ...(overlay === undefined ? [] : context.intent.peers).map(peer =>
      flow({
        table: tables.ingress,
        priority: 100,
        match: [is('in_port', overlay ?? 0), tunnelIs('source', peer)],
        actions: [load(registers.fromPeer, 1), ...fence],
        next: tables.interface,
      }),
    ),
    flow({ table: tables.ingress, priority: 0, actions: fence, next: tables.interface }),
  ];
};
