// Out by an interface or a port. In `retag` the packet gets the tag, or the VNI and the source VTEP, of its egress interface;
// what leaves by another node goes there over the overlay, and is tagged there. The infra VLAN of an ACI style VTEP comes
// later, when the encapsulated packet crosses the physical bridge. In `egress` the ingress port is cleared first: OpenFlow
// drops what would leave by the port it came in on, and VNI to VNI does just that.

import type { Action } from '../../../openflow/actions/all.ts';
import type { CookieParts } from '../../cookies.ts';
import type { Facts } from '../../engine/unit.ts';
import { portsHere } from '../../facts/derived.ts';
import { interfaceSites, type Leg, legs, ports, segments, wires } from '../../facts/objects.ts';
import { registers } from '../../registers.ts';
import { egressVni } from '../../transit.ts';
import { goingOver, leaseReads } from '../fence/lease.ts';
import { flow, flowUnit } from '../flow-unit.ts';
import { ownedBy, ownedByPort, portOf, portOfReads } from '../words/interfaces.ts';
import { pushVlan, registersAre, set } from '../words/match-and-action.ts';
import { setTunnel, toPeer } from '../words/overlay.ts';

export const leaveByInterface = flowUnit({
  name: 'wire/leave-by-interface',
  over: legs,
  reads: [interfaceSites, wires, segments, ...leaseReads, ...portOfReads],
  flows: (leg, facts) => {
    const actions = tag(facts, leg);
    const port = portOf(facts, leg.name);
    return [
      ...(actions ? [retag(leg.index, ownedBy(leg), actions)] : []),
      ...(port === undefined ? [] : [output(leg.index, ownedBy(leg), port)]),
    ];
  },
});

export const leaveByPort = flowUnit({
  name: 'wire/leave-by-port',
  over: portsHere,
  reads: [ports],
  flows: ({ port: name, ofport }, facts) => {
    const port = facts.get(ports, name);
    if (!port) return [];
    return [retag(port.index, ownedByPort(port), []), output(port.index, ownedByPort(port), ofport)];
  },
});

/** Undefined: the interface is nowhere. */
function tag(facts: Facts, { name, index }: Leg): Action[] | undefined {
  const site = facts.get(interfaceSites, name)?.site;
  if (site?.kind === 'peer') return [...toPeer(egressVni(index), site.transit), ...goingOver(facts)];
  const wire = site?.kind === 'here' ? facts.get(wires, name) : undefined;
  switch (wire?.kind) {
    case 'vlan':
      return pushVlan(wire.vlan);
    case 'vni': {
      const segment = facts.get(segments, wire.segment);
      return (
        segment && [set('tun_id', BigInt(segment.vni)), ...(segment.local ? setTunnel('source', segment.local) : [])]
      );
    }
    case 'representor':
      return [];
    case undefined:
      return undefined;
  }
}

function retag(index: number, owner: CookieParts, actions: readonly Action[]) {
  return flow({
    table: 'retag',
    priority: 100,
    owner,
    match: registersAre([registers.egressInterface, index]),
    actions,
    next: 'egress',
  });
}

function output(index: number, owner: CookieParts, port: number) {
  return flow({
    table: 'egress',
    priority: 100,
    owner,
    match: registersAre([registers.egressInterface, index]),
    actions: [set('in_port', 0), { kind: 'output', port }],
  });
}
