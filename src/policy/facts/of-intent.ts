// Resolved objects as facts. It goes when kinds resolve into facts themselves.

import type { FactWriter } from '../engine/program.ts';
import type { Intent, Observed } from '../model.ts';
import type { NodeConfig } from '../node.ts';
import { attached, ofports, self } from './base.ts';
import * as facts from './objects.ts';

export function putIntent({ put }: FactWriter, node: NodeConfig, intent: Intent, observed: Observed): void {
  put(self, node);
  for (const [device, ofport] of observed.integrationPorts) put(ofports, { bridge: 'integration', device, ofport });
  for (const [device, ofport] of observed.physicalPorts) put(ofports, { bridge: 'physical', device, ofport });
  for (const [port, ofport] of observed.attached) put(attached, { port, ofport });
  for (const tenant of intent.tenants) put(facts.tenants, tenant);
  for (const { name, tenant, vni, vtep } of intent.vnis)
    put(facts.segments, { name, tenant: tenant.name, vni, vtep: vtep?.name ?? '', local: vtep?.address.ip });
  for (const iface of intent.interfaces) {
    const { name, id, index, role, tenant, attachment, mac, arpRate, isPinned, site, answers } = iface;
    put(facts.legs, { name, id, index, role, tenant: tenant?.name });
    put(facts.gateways, { interface: name, mac, arpRate, isPinned });
    put(facts.interfaceSites, { interface: name, site, answers });
    put(
      facts.wires,
      attachment.kind === 'vni'
        ? { interface: name, kind: 'vni', segment: attachment.vni.name, remoteVteps: iface.remoteVteps }
        : { interface: name, ...attachment },
    );
    for (const prefix of iface.addresses) put(facts.subnets, { interface: name, prefix });
    for (const host of iface.hosts) put(facts.hosts, { interface: name, ...host });
  }
  for (const { interface: iface, site, ...port } of intent.ports) {
    put(facts.ports, { ...port, interface: iface.name });
    put(facts.portSites, { port: port.name, site });
    if (site.kind === 'here') put(facts.segmentsHere, { interface: iface.name });
  }
  for (const { tenant, interface: iface, ...route } of intent.routes)
    put(facts.routes, { ...route, tenant: tenant.name, interface: iface.name });
  for (const { name, id, interface: iface, addresses, answered } of intent.natPools) {
    put(facts.natPools, { name, id, interface: iface.name });
    for (const ip of addresses)
      put(facts.poolAddresses, {
        pool: name,
        interface: iface.name,
        ip,
        answered: answered.some(own => own.family === ip.family && own.value === ip.value),
      });
  }
  for (const { tenant, pool, ...rule } of intent.natRules)
    put(facts.natRules, { ...rule, tenant: tenant.name, pool: pool.name });
  intent.natChunks.forEach(({ tenant, pool, ...chunk }, i) => {
    // Who has it is told apart by where it is.
    put(facts.natChunks, { ...chunk, tenant: tenant.name, pool: pool.name, node: String(i) });
  });
  for (const ip of intent.peers) put(facts.peerVteps, { ip });
}
