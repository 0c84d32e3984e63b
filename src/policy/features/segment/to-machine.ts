// Table `l2_lookup`, on a segment with ports: what one machine sends to another goes there as it is, to its port, or in the VNI to
// the VTEP behind which it is.

import { hostsBesidePorts } from '../../facts/derived.ts';
import { legs, macAt, portSites, ports } from '../../facts/objects.ts';
import { registers } from '../../registers.ts';
import { goingOver, leaseReads } from '../fence/lease.ts';
import { flow, flowGroupUnit, flowUnit } from '../flow-unit.ts';
import { ownedBy, ownedByPort } from '../words/interfaces.ts';
import { load } from '../words/match-and-action.ts';
import { alongSegment } from '../words/overlay.ts';
import { addressedTo } from './addressed-to.ts';

export const toPort = flowUnit({
  name: 'segment/to-port',
  over: ports,
  reads: [portSites, legs, ...leaseReads],
  flows: (port, facts) => {
    const site = facts.get(portSites, port.name)?.site;
    const leg = facts.get(legs, port.interface);
    if (!site || !leg) return [];
    const common = { table: 'l2_lookup', priority: 90, owner: ownedByPort(port), next: 'retag' } as const;
    switch (site.kind) {
      case 'here':
        return [
          flow({
            ...common,
            match: addressedTo(leg, port.mac),
            actions: [load(registers.egressInterface, port.index)],
          }),
        ];
      // Not what a node has sent here already (split horizon): two that disagree must not pass a frame back and forth.
      case 'peer':
        return [
          flow({
            ...common,
            match: addressedTo(leg, port.mac, [registers.fromPeer, 0]),
            actions: [...alongSegment(leg, site.transit.remote), ...goingOver(facts)],
          }),
        ];
      case 'nowhere':
        return [];
    }
  },
});

/** From a port of ours to a host behind a VTEP that is no node's: one machine, whatever its addresses. */
export const toHost = flowGroupUnit({
  name: 'segment/to-host',
  over: hostsBesidePorts,
  group: 'mac',
  reads: [legs, ports],
  flows: (rows, facts) => {
    const host = rows.find(({ vtep }) => vtep !== undefined);
    if (!host?.vtep) return [];
    const leg = facts.get(legs, host.interface);
    if (!leg || facts.by(ports, 'mac', macAt(host.interface, host.mac)).length > 0) return [];
    return [
      flow({
        ...{ table: 'l2_lookup', priority: 80, owner: ownedBy(leg), next: 'retag' },
        match: addressedTo(leg, host.mac, [registers.fromPort, 1]),
        actions: alongSegment(leg, host.vtep),
      }),
    ];
  },
});
