// The metadata a packet of br-int carries from table to table. Bits are declared here once and nowhere else.
//
//   reg0  31            16 15             0
//        [ egress index   | ingress index  ]   interface indexes, 0: none
//   reg1 [ tenant id                       ]   0: not known yet (shared outer interface)
//   reg2  31     21   20   19    18   17  16  15        0
//        [ unused |over|lease|peer|port|dir| zone        ]   dir: 0 from an inner interface, 1 from an outer one
//                                               port: 1 from a port of this node · peer: 1 from another node
//                                               lease: 1 while a fenced node has its lease · over: 1 to another node
//   reg3 [ next hop, IPv4                  ]
//   xxreg1 (reg4..reg7) [ next hop, IPv6   ]
//   reg8 [ unused        | arrived by      ]   index of the port, or where there is none of the interface, it came by

import type { Subfield } from '../openflow/flow/match.ts';

export const registers = {
  ingressInterface: { field: 'reg0', offset: 0, bits: 16 },
  egressInterface: { field: 'reg0', offset: 16, bits: 16 },
  tenant: { field: 'reg1', offset: 0, bits: 32 },
  zone: { field: 'reg2', offset: 0, bits: 16 },
  direction: { field: 'reg2', offset: 16, bits: 1 },
  fromPort: { field: 'reg2', offset: 17, bits: 1 },
  fromPeer: { field: 'reg2', offset: 18, bits: 1 },
  leased: { field: 'reg2', offset: 19, bits: 1 },
  toPeer: { field: 'reg2', offset: 20, bits: 1 },
  nextHop4: { field: 'reg3', offset: 0, bits: 32 },
  nextHop6: { field: 'xxreg1', offset: 0, bits: 128 },
  arrivedBy: { field: 'reg8', offset: 0, bits: 16 },
} as const satisfies Record<string, Subfield>;

export const fromInner = 0;
export const fromOuter = 1;
