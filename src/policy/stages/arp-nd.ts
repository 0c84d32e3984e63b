// Table `arp_nd`: who asks for the gateway's address, or on a segment with ports for that of another machine, gets an
// answer: to ARP from table `answer`, to a neighbour solicitation from pointsman (an nd_tll cannot be set once the
// ICMPv6 type has changed). No question is passed on; what is none goes on.

import type { Ip } from '../../lib/address.ts';
import type { Action } from '../../openflow/flow/action.ts';
import type { Match } from '../../openflow/flow/match.ts';
import { arpOps, etherTypes, icmpv6Types, protocols, reservedPorts } from '../constants.ts';
import { drop, ethType, flow, is, miss, registersAre } from '../flow-builder.ts';
import type { Interface } from '../model.ts';
import { tables } from '../pipeline.ts';
import { registers } from '../registers.ts';
import { toAnswer } from './answer.ts';
import { type AnsweredAddress, gatewayAddresses, legsHere, machinesOf, portsHere, type Stage } from './context.ts';
import { legsThatMove, unlessLeased } from './fence.ts';

/** The group bit: neither a broadcast nor a multicast is for a router to pass on. */
const groupAddress = 0x010000000000n;

export const arpNd: Stage = context => [
  ...legsHere(context).flatMap(iface => [
    ...[...gatewayAddresses(context, iface), ...machinesOf(context, iface)].map(address => question(iface, address)),
  ]),
  ...legsThatMove(context).flatMap(iface =>
    askers.flatMap(asks =>
      unlessLeased(
        context,
        tables.arp_nd,
        105,
        [
          [registers.ingressInterface, iface.index],
          [registers.fromPort, 0],
        ],
        asks,
      ),
    ),
  ),
  // A machine that asks for its own address looks for another that has it (RFC 5227, RFC 4862 section 5.4).
  ...portsHere(context).flatMap(({ port }) =>
    port.addresses.map(ip =>
      drop(tables.arp_nd, 110, 'arp-not-for-gateway', [
        ...registersAre([registers.arrivedBy, port.index]),
        ...whoHas(ip),
      ]),
    ),
  ),
  // Above the next: a question is a broadcast, and of two flows of one priority either may count it.
  drop(tables.arp_nd, 70, 'arp-not-for-gateway', [is('eth_type', etherTypes.arp)]),
  drop(tables.arp_nd, 60, 'not-for-gateway', [is('eth_dst', groupAddress, groupAddress)]),
  ...([4, 6] as const).map(family =>
    flow({ table: tables.arp_nd, priority: 50, match: [ethType(family)], next: tables.source }),
  ),
  miss(tables.arp_nd, 'not-for-gateway'),
];

function question(iface: Interface, { ip, owner, asker }: AnsweredAddress) {
  return flow({
    table: tables.arp_nd,
    priority: 100,
    owner,
    match: [
      ...registersAre(
        [registers.ingressInterface, iface.index],
        ...(asker === 'port' ? ([[registers.fromPort, 1]] as const) : []),
      ),
      ...whoHas(ip),
    ],
    actions: [ip.family === 4 ? toAnswer : punt],
  });
}

/** Of whatever is looked for: ARP, and neighbour solicitations. */
const askers: readonly Match[] = [
  [is('eth_type', etherTypes.arp)],
  [
    is('eth_type', etherTypes.ipv6),
    is('nw_proto', protocols.icmpv6),
    is('icmpv6_type', icmpv6Types.neighbourSolicitation),
  ],
];

/** ARP (RFC 826), or a neighbour solicitation (RFC 4861 section 4.3). */
function whoHas(ip: Ip): Match {
  return ip.family === 4
    ? [is('eth_type', etherTypes.arp), is('arp_op', arpOps.request), is('arp_tpa', ip.value)]
    : [
        is('eth_type', etherTypes.ipv6),
        is('nw_proto', protocols.icmpv6),
        is('icmpv6_type', icmpv6Types.neighbourSolicitation),
        is('icmpv6_code', 0),
        is('nd_target', ip.value),
      ];
}

/** To pointsman, whole; the packet-in carries this flow's cookie and the registers, and so who asks and for whom. */
const punt: Action = { kind: 'output', port: reservedPorts.controller, maxLength: 65535 };
