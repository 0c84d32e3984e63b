// The machines behind ports: by the port itself when it is here, else by the segment to its node.

import type { Action } from '../../../openflow/actions/all.ts';
import type { Facts } from '../../engine/unit.ts';
import { gatewayMacs } from '../../facts/derived.ts';
import { legs, type Port, portSites, ports } from '../../facts/objects.ts';
import { registers } from '../../registers.ts';
import { goingOver, leaseReads } from '../fence/lease.ts';
import { flowUnit } from '../flow-unit.ts';
import { ownedByPort } from '../words/interfaces.ts';
import { load } from '../words/match-and-action.ts';
import { setTunnel } from '../words/overlay.ts';
import { reach } from './reach.ts';

export const reachPorts = flowUnit({
  name: 'neighbour/ports',
  over: ports,
  reads: [portSites, ...leaseReads, legs, gatewayMacs],
  flows: (port, facts) => {
    const way = wayTo(port, facts);
    const leg = facts.get(legs, port.interface);
    const gateway = facts.get(gatewayMacs, port.interface);
    if (!way || !leg || !gateway) return [];
    const to = { leg, source: gateway.mac, destination: port.mac, owner: ownedByPort(port), way };
    return port.addresses.map(ip => reach({ ...to, ip }));
  },
});

/** Undefined: there is none. */
function wayTo({ name, index }: Port, facts: Facts): Action[] | undefined {
  const site = facts.get(portSites, name)?.site;
  switch (site?.kind) {
    case 'here':
      return [load(registers.egressInterface, index)];
    case 'peer':
      return [...setTunnel('destination', site.transit.remote), ...goingOver(facts)];
    default:
      return undefined;
  }
}
