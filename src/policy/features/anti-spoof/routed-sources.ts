// What a tenant routes to a router inside, the router sends from: by its interface, and where it is a machine with a port here
// by that.

import { type Prefix, prefixContains } from '../../../lib/address.ts';
import type { Facts } from '../../engine/unit.ts';
import { legsHere, machinesHere } from '../../facts/derived.ts';
import { addressAt, ports, type Route, routes, subnets } from '../../facts/objects.ts';
import { registers } from '../../registers.ts';
import { flow, flowUnit, type PipelineFlow } from '../flow-unit.ts';
import { ownedBy } from '../words/interfaces.ts';
import { inPrefix, registersAre } from '../words/match-and-action.ts';
import { fromPort } from './from-port.ts';

export const routedSources = flowUnit({
  name: 'anti-spoof/routed-sources',
  over: routes,
  reads: [legsHere, machinesHere, ports, subnets],
  flows: (route, facts) => [...behindInterface(route, facts), ...behindPort(route, facts)],
});

function behindInterface({ interface: name, destination }: Route, facts: Facts): PipelineFlow[] {
  const leg = facts.get(legsHere, name);
  if (leg?.role !== 'inner') return [];
  if (facts.by(subnets, 'interface', name).some(({ prefix }) => contains(prefix, destination))) return [];
  return [
    flow({
      ...{ table: 'source', priority: 100, owner: ownedBy(leg), next: 'l2_lookup' },
      match: [...registersAre([registers.ingressInterface, leg.index]), ...inPrefix('source', destination)],
    }),
  ];
}

function behindPort(route: Route, facts: Facts): PipelineFlow[] {
  return facts.by(ports, 'address', addressAt(route.interface, route.nextHop)).flatMap(({ name }) => {
    const machine = facts.get(machinesHere, name);
    return machine ? [fromPort(machine, route.destination)] : [];
  });
}

function contains(outer: Prefix, inner: Prefix): boolean {
  return outer.length <= inner.length && prefixContains(outer, inner.ip);
}
