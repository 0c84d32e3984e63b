// Table `ingress`: what no pipeline of ours may see ends here.

import { drop, flow, is } from '../flow-builder.ts';
import { tables } from '../pipeline.ts';
import type { Stage } from './context.ts';

export const ingress: Stage = () => [
  // IEEE 802.1Q table 8-1: LLDP, LACP, STP and their kin are never forwarded.
  drop(tables.ingress, 200, 'link-local', [is('eth_dst', 0x0180c2000000n, 0xfffffffffff0n)]),
  drop(tables.ingress, 190, 'bad-source-mac', [is('eth_src', 0x010000000000n, 0x010000000000n)]),
  flow({ table: tables.ingress, priority: 0, next: tables.interface }),
];
