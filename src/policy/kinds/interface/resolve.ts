// The rows of an interface that has no problem.

import type { Table } from '../../engine/table.ts';
import { type Unit, unit } from '../../engine/unit.ts';
import { bindings, numbers, objectKey, only, self } from '../../facts/base.ts';
import {
  type DraftWire,
  draftGateways,
  draftHosts,
  draftInterfaces,
  draftNewConnections,
  draftSubnets,
  draftWires,
} from '../../facts/drafts.ts';
import {
  gateways,
  hosts,
  interfaceSites,
  legs,
  newConnections,
  segments,
  subnets,
  tenants,
  type Wire,
  wires,
} from '../../facts/objects.ts';
import { faulty } from '../../facts/problems.ts';
import { canHave, canHaveReads, here, nowhere, siteOfNode, siteReads } from '../sites.ts';

export const interfaceRowUnits: readonly Unit[] = [
  unit({
    name: 'interfaces/resolve',
    over: draftInterfaces,
    reads: [faulty, numbers, tenants, segments],
    writes: [legs],
    emit: ({ name, role, tenant, vni }, facts, out) => {
      const key = objectKey('interfaces', name);
      const { id, index } = facts.get(numbers, key) ?? {};
      if (id === undefined || index === undefined || facts.get(faulty, key)) return;
      if (tenant !== undefined && !facts.get(tenants, tenant)) return;
      if (vni !== undefined && !facts.get(segments, vni)) return;
      out.put(legs, { name, id, index, role, tenant });
    },
  }),
  ofLeg('interfaces/gateway', draftGateways, gateways, gateway => gateway),
  ofLeg('interfaces/new-connections', draftNewConnections, newConnections, of => of),
  ofLeg('interfaces/subnets', draftSubnets, subnets, ({ interface: name, prefix }) => ({ interface: name, prefix })),
  unit({
    name: 'interfaces/hosts',
    over: draftHosts,
    reads: [legs, draftInterfaces, segments],
    writes: [hosts],
    emit: (host, facts, out) => {
      if (!facts.get(legs, host.interface)) return;
      // Another node may have an address of that family by the name of the VTEP; from here there is no way.
      const { local } = facts.get(segments, facts.get(draftInterfaces, host.interface)?.vni ?? '') ?? {};
      if (host.vtep && local && local.family !== host.vtep.family) return;
      out.put(hosts, host);
    },
  }),
  ofLeg('interfaces/wire', draftWires, wires, wireOf),
  unit({
    name: 'interfaces/site',
    over: legs,
    reads: [...canHaveReads, ...siteReads, segments, bindings, self],
    writes: [interfaceSites],
    emit: ({ name, role }, facts, out) => {
      const { attachment } = facts.get(draftWires, name) ?? {};
      const own = facts.get(self, only)?.name;
      if (!attachment || own === undefined) return;
      const bound = facts.get(bindings, objectKey('interfaces', name))?.node;
      const isOurs = bound === own;
      if (attachment.type === 'vni') {
        const isHere = facts.get(segments, attachment.vni)?.local !== undefined;
        out.put(interfaceSites, { interface: name, site: isHere ? here : nowhere, answers: isOurs && isHere });
        return;
      }
      const isPossible = canHave(facts, own, name);
      // To the outside each node has a way of its own; the hosts of an inner VLAN know one gateway.
      if (isPossible && role === 'outer' && attachment.type === 'vlan')
        out.put(interfaceSites, { interface: name, site: here, answers: isOurs });
      // The configuration may have changed since the interface was bound.
      else if (isOurs && !isPossible) out.put(interfaceSites, { interface: name, site: nowhere, answers: false });
      else out.put(interfaceSites, { interface: name, site: siteOfNode(facts, bound), answers: isOurs });
    },
  }),
];

/** What an interface has stands as long as the interface itself does. */
function ofLeg<Draft extends { readonly interface: string }, Row>(
  name: string,
  over: Table<Draft, never>,
  to: Table<Row, never>,
  rowOf: (draft: Draft) => Row,
): Unit {
  return unit({
    ...{ name, over, reads: [legs], writes: [to] },
    emit: (draft, facts, out) => {
      if (facts.get(legs, draft.interface)) out.put(to, rowOf(draft));
    },
  });
}

function wireOf({ interface: name, attachment, remoteVteps }: DraftWire): Wire {
  switch (attachment.type) {
    case 'vlan':
      return { interface: name, kind: 'vlan', port: attachment.port, vlan: attachment.vlan };
    case 'vni':
      return { interface: name, kind: 'vni', segment: attachment.vni, remoteVteps };
    case 'representor':
      return { interface: name, kind: 'representor', port: attachment.port };
  }
}
