// Table `arp_nd`: who asks for the gateway's address gets an answer: to ARP from table `answer`, to a neighbour
// solicitation from pointsman (an nd_tll cannot be set once the ICMPv6 type has changed). What is addressed to
// the gateway's MAC goes on; nothing else does, so that a flooded frame is not routed a second time.

import type { Action } from '../../openflow/flow/action.ts';
import { arpOps, etherTypes, icmpv6Types, protocols, reservedPorts } from '../constants.ts';
import { drop, ethType, flow, is, miss, registersAre } from '../flow-builder.ts';
import type { Interface } from '../model.ts';
import { tables } from '../pipeline.ts';
import { registers } from '../registers.ts';
import { toAnswer } from './answer.ts';
import { type GatewayAddress, gatewayAddresses, ownedBy, type Stage } from './context.ts';

export const arpNd: Stage = context => [
  ...context.intent.interfaces.flatMap(iface => [
    ...gatewayAddresses(context, iface).map(address => question(iface, address)),
    ...([4, 6] as const).map(family =>
      flow({
        table: tables.arp_nd,
        priority: 50,
        owner: ownedBy(iface),
        match: [...registersAre([registers.ingressInterface, iface.index]), is('eth_dst', iface.mac), ethType(family)],
        next: tables.source,
      }),
    ),
  ]),
  drop(tables.arp_nd, 60, 'arp-not-for-gateway', [is('eth_type', etherTypes.arp)]),
  miss(tables.arp_nd, 'not-for-gateway'),
];

function question(iface: Interface, { ip, owner }: GatewayAddress) {
  const here = registersAre([registers.ingressInterface, iface.index]);
  if (ip.family === 4)
    return flow({
      table: tables.arp_nd,
      priority: 100,
      owner,
      match: [...here, is('eth_type', etherTypes.arp), is('arp_op', arpOps.request), is('arp_tpa', ip.value)],
      actions: [toAnswer],
    });
  return flow({
    table: tables.arp_nd,
    priority: 100,
    owner,
    match: [
      ...here,
      is('eth_type', etherTypes.ipv6),
      is('nw_proto', protocols.icmpv6),
      is('icmpv6_type', icmpv6Types.neighbourSolicitation),
      is('icmpv6_code', 0),
      is('nd_target', ip.value),
    ],
    actions: [punt],
  });
}

/** To pointsman, whole; the packet-in carries this flow's cookie, and so the interface. */
const punt: Action = { kind: 'output', port: reservedPorts.controller, maxLength: 65535 };
