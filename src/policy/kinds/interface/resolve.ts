// The rows of an interface that has no problem.

import { type Unit, unit } from '../../engine/unit.ts';
import { bindings, numbers, objectKey, only, self } from '../../facts/base.ts';
import { draftGateways, draftHosts, draftInterfaces, draftSubnets, draftWires } from '../../facts/drafts.ts';
import { gateways, hosts, interfaceSites, legs, segments, subnets, tenants, wires } from '../../facts/objects.ts';
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
  unit({
    name: 'interfaces/gateway',
    over: draftGateways,
    reads: [legs],
    writes: [gateways],
    emit: (gateway, facts, out) => {
      if (facts.get(legs, gateway.interface)) out.put(gateways, gateway);
    },
  }),
  unit({
    name: 'interfaces/subnets',
    over: draftSubnets,
    reads: [legs],
    writes: [subnets],
    emit: ({ interface: name, prefix }, facts, out) => {
      if (facts.get(legs, name)) out.put(subnets, { interface: name, prefix });
    },
  }),
  unit({
    name: 'interfaces/hosts',
    over: draftHosts,
    reads: [legs],
    writes: [hosts],
    emit: (host, facts, out) => {
      if (facts.get(legs, host.interface)) out.put(hosts, host);
    },
  }),
  unit({
    name: 'interfaces/wire',
    over: draftWires,
    reads: [legs],
    writes: [wires],
    emit: ({ interface: name, attachment, remoteVteps }, facts, out) => {
      if (!facts.get(legs, name)) return;
      switch (attachment.type) {
        case 'vlan':
          out.put(wires, { interface: name, kind: 'vlan', port: attachment.port, vlan: attachment.vlan });
          break;
        case 'vni':
          out.put(wires, { interface: name, kind: 'vni', segment: attachment.vni, remoteVteps });
          break;
        case 'representor':
          out.put(wires, { interface: name, kind: 'representor', port: attachment.port });
      }
    },
  }),
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
