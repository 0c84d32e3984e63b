// Table `l2_lookup`: what is addressed to the gateway's MAC, or to this node's own, is routed. On a segment with ports, what one machine sends to
// another goes there as it is. Nothing is flooded or learned, so that a frame of somebody else's ends here.

import type { Match } from '../../openflow/flow/match.ts';
import { alongSegment } from '../features/words/overlay.ts';
import { ethType, flow, is, load, miss, registersAre } from '../flow-builder.ts';
import type { Interface, Port } from '../model.ts';
import { tables } from '../pipeline.ts';
import { registers } from '../registers.ts';
import { legsHere, macOf, ownedBy, ownedByPort, type Stage, type StageContext } from './context.ts';
import { goingOver } from './fence.ts';

export const l2Lookup: Stage = context => [
  ...legsHere(context).flatMap(iface => [
    ...[...new Set([iface.mac, macOf(context, iface)])].flatMap(mac =>
      ([4, 6] as const).map(family =>
        flow({
          table: tables.l2_lookup,
          priority: 100,
          owner: ownedBy(iface),
          match: [...addressedTo(iface, mac), ethType(family)],
          next: tables.gateway,
        }),
      ),
    ),
    ...hostsBeyond(iface, context.intent.ports),
  ]),
  ...context.intent.ports.flatMap(port => toPort(context, port)),
  miss(tables.l2_lookup, 'not-for-gateway'),
];

function addressedTo(iface: Interface, mac: bigint): Match {
  return [...registersAre([registers.ingressInterface, iface.index]), is('eth_dst', mac)];
}

function toPort(context: StageContext, port: Port) {
  const { interface: iface, site } = port;
  const common = { table: tables.l2_lookup, owner: ownedByPort(port), next: tables.retag };
  switch (site.kind) {
    case 'here':
      return [
        flow({
          ...common,
          priority: 90,
          match: addressedTo(iface, port.mac),
          actions: [load(registers.egressInterface, port.index)],
        }),
      ];
    // Not what a node has sent here already (split horizon): two that disagree must not pass a frame back and forth.
    case 'peer':
      return [
        flow({
          ...common,
          priority: 90,
          match: [
            ...registersAre([registers.ingressInterface, iface.index], [registers.fromPeer, 0]),
            is('eth_dst', port.mac),
          ],
          actions: [...alongSegment(iface, site.transit.remote), ...goingOver(context)],
        }),
      ];
    case 'nowhere':
      return [];
  }
}

/** From a port of ours to a host behind a VTEP that is no node's. Of several hosts with one MAC address the first counts. */
function hostsBeyond(iface: Interface, ports: readonly Port[]) {
  if (!ports.some(port => port.interface === iface && port.site.kind === 'here')) return [];
  const taken = new Set(ports.filter(port => port.interface === iface).map(port => port.mac));
  return iface.hosts.flatMap(({ mac, vtep }) => {
    if (!vtep || taken.has(mac)) return [];
    taken.add(mac);
    return [
      flow({
        table: tables.l2_lookup,
        priority: 80,
        owner: ownedBy(iface),
        match: [
          ...registersAre([registers.ingressInterface, iface.index], [registers.fromPort, 1]),
          is('eth_dst', mac),
        ],
        actions: alongSegment(iface, vtep),
        next: tables.retag,
      }),
    ];
  });
}
