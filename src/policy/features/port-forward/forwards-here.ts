// The port forwards that work at this node: the one that answers for their outside address, if what the inside host answers comes
// to it, too. A connection is remembered by one node; a machine on another node would answer by that, which knows of none. On a
// VNI each node is a gateway, and so of a segment across nodes only the machines of this one are sure to come here.

import { table } from '../../engine/table.ts';
import { type Facts, unit } from '../../engine/unit.ts';
import { only } from '../../facts/base.ts';
import { peersThere } from '../../facts/derived.ts';
import {
  addressAt,
  interfaceSites,
  type PortForward,
  portForwards,
  portSites,
  ports,
  wires,
} from '../../facts/objects.ts';

export interface ForwardHere extends Pick<PortForward, 'tenant'> {
  readonly forward: string;
}

export const forwardsHere = table({
  name: 'forwards-here',
  key: ({ forward }: ForwardHere) => forward,
  indexes: { tenant: ({ tenant }) => [tenant] },
});

export const findForwardsHere = unit({
  name: 'port-forward/here',
  over: portForwards,
  reads: [interfaceSites, peersThere, wires, ports, portSites],
  writes: [forwardsHere],
  emit: (forward, facts, out) => {
    const { name, tenant, interface: outer } = forward;
    if (!facts.get(interfaceSites, outer)?.answers || !comesBack(facts, forward)) return;
    out.put(forwardsHere, { forward: name, tenant });
  },
});

function comesBack(facts: Facts, { via, inside }: PortForward): boolean {
  if (!facts.get(peersThere, only)) return true;
  const wire = facts.get(wires, via);
  if (wire?.kind !== 'vni') return facts.get(interfaceSites, via)?.site.kind === 'here';
  return facts
    .by(ports, 'address', addressAt(via, inside))
    .some(({ name }) => facts.get(portSites, name)?.site.kind === 'here');
}
