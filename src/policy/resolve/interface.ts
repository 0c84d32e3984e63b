// An interface: how it is attached, which addresses are its own, who lives behind it.

import {
  type Ip,
  type Prefix,
  parseIp,
  parseMac,
  parsePrefix,
  prefixContains,
  prefixesOverlap,
  sameIp,
} from '../../lib/address.ts';
import type { InterfaceDocument } from '../documents.ts';
import { canHold } from '../membership.ts';
import type { Attachment, Host, Interface, Tenant, Vni } from '../model.ts';
import { claim, lacking, need, type Report, type Resolver } from './resolver.ts';
import { siteOfInterface } from './site.ts';

export function resolveInterface(
  resolver: Resolver,
  tenants: ReadonlyMap<string, Tenant>,
  vnis: ReadonlyMap<string, Vni>,
  document: InterfaceDocument,
  id: number,
  report: Report,
  earlier: Iterable<Interface>,
): Interface | undefined {
  const tenant =
    document.tenant === undefined ? undefined : need(resolver, 'tenants', tenants, document.tenant, '/tenant', report);
  if (document.role === 'inner' && document.tenant === undefined)
    report('/tenant', 'invalid', 'an inner interface belongs to a tenant');
  const attachment = resolveAttachment(resolver, vnis, document, report);
  if (attachment?.kind === 'vni' && attachment.vni.tenant !== tenant)
    report('/attachment/vni', 'invalid', `VNI ${attachment.vni.name} belongs to tenant ${attachment.vni.tenant.name}`);
  const mac = parseMac(document.mac);
  if (!isUnicast(mac)) report('/mac', 'invalid', `${document.mac} is not a unicast MAC address`);
  const addresses = document.addresses.map(parsePrefix);
  addresses.forEach((address, i) => {
    for (let j = 0; j < i; j++) {
      const other = addresses[j];
      if (other && prefixesOverlap(address, other))
        report(`/addresses/${i}`, 'invalid', `${document.addresses[i]} overlaps ${document.addresses[j]}`);
    }
  });
  // As it was asked for: a VNI with a problem of its own does not make its hosts wrong.
  const onVni = document.attachment.type === 'vni';
  const vni = attachment?.kind === 'vni' ? attachment.vni : undefined;
  const remoteVteps = document.remoteVteps.map(parseIp);
  if (remoteVteps.length > 0 && !onVni)
    report('/remoteVteps', 'invalid', 'only an interface on a VNI has remote VTEPs');
  remoteVteps.forEach((remote, i) => {
    if (vni && !localVteps(vni).some(local => local.family === remote.family))
      report(`/remoteVteps/${i}`, 'invalid', 'a remote VTEP is of the same address family as the local one');
  });
  remoteVteps.forEach((remote, i) => {
    if (remoteVteps.slice(0, i).some(earlier => sameIp(earlier, remote)))
      report(`/remoteVteps/${i}`, 'conflict', 'this remote VTEP is listed twice');
  });
  const seen = new Map<string, number>();
  const hosts = document.hosts.map((host, i): Host => {
    const hostMac = parseMac(host.mac);
    if (!isUnicast(hostMac)) report(`/hosts/${i}/mac`, 'invalid', `${host.mac} is not a unicast MAC address`);
    const ips = host.addresses.map((text, j) => {
      const ip = parseIp(text);
      const pointer = `/hosts/${i}/addresses/${j}`;
      if (!addresses.some(address => prefixContains(address, ip)))
        report(pointer, 'invalid', `${text} is outside the interface's subnets`);
      if (addresses.some(address => address.ip.family === ip.family && address.ip.value === ip.value))
        report(pointer, 'conflict', `${text} is the gateway's own address`);
      const key = `${ip.family}/${ip.value}`;
      if (seen.has(key)) report(pointer, 'conflict', `${text} is also the address of host ${seen.get(key)}`);
      seen.set(key, i);
      return ip;
    });
    const vtep = host.vtep === undefined ? undefined : parseIp(host.vtep);
    if (vtep && !onVni) report(`/hosts/${i}/vtep`, 'invalid', 'only a host on a VNI lives behind a VTEP');
    if (!vtep && onVni) report(`/hosts/${i}/vtep`, 'invalid', 'a host on a VNI needs the VTEP behind which it lives');
    if (vtep && vni) checkHostVtep(vtep, vni, remoteVteps, `/hosts/${i}/vtep`, report);
    return { mac: hostMac, addresses: ips, vtep };
  });
  if (!attachment) return undefined;
  const { name, role, arpRate } = document;
  checkSubnets(addresses, tenant, earlier, report);
  const index = resolver.allocations.indexes.get(`interfaces/${name}`) ?? 0;
  const place = siteOfInterface(resolver, name, attachment);
  const isPinned = document.attachment.type !== 'vni' && document.attachment.node !== undefined;
  return { name, id, index, role, tenant, attachment, isPinned, ...place, mac, addresses, hosts, remoteVteps, arpRate };
}

/** Inside one tenant, and among the shared outer interfaces, an address is behind one interface. */
function checkSubnets(
  addresses: readonly Prefix[],
  tenant: Tenant | undefined,
  earlier: Iterable<Interface>,
  report: Report,
): void {
  for (const other of earlier) {
    if (other.tenant !== tenant) continue;
    addresses.forEach((address, i) => {
      if (other.addresses.some(taken => prefixesOverlap(address, taken)))
        report(`/addresses/${i}`, 'conflict', `overlaps a subnet of interface "${other.name}" of the same tenant`);
    });
  }
}

function checkHostVtep(vtep: Ip, vni: Vni, remotes: readonly Ip[], pointer: string, report: Report): void {
  const local = localVteps(vni);
  if (!local.some(own => own.family === vtep.family))
    report(pointer, 'invalid', 'a remote VTEP is of the same address family as the local one');
  else if (local.some(own => sameIp(own, vtep)))
    report(pointer, 'invalid', 'that is the VTEP of a node: what lives behind it is a port');
  else if (remotes.length > 0 && !remotes.some(remote => remote.value === vtep.value))
    report(pointer, 'invalid', 'the VTEP is not among the remoteVteps of the interface');
}

/** Of this node, and of the others. */
function localVteps({ vtep, peers }: Vni): Ip[] {
  return [...(vtep ? [vtep.address.ip] : []), ...peers.values()];
}

function resolveAttachment(
  resolver: Resolver,
  vnis: ReadonlyMap<string, Vni>,
  { name, attachment }: InterfaceDocument,
  report: Report,
): Attachment | undefined {
  const { node } = resolver;
  switch (attachment.type) {
    case 'vlan': {
      const { port, vlan } = attachment;
      const holders = resolver.offers.filter(offer => canHold(offer, attachment, undefined));
      if (holders.length === 0) {
        const detail = lacking(resolver, `physical port "${port}"`, offer => offer.physicalPorts);
        report('/attachment/port', 'invalid', pinned(attachment.node, detail));
        return undefined;
      }
      const infra = node.vteps.find(vtep => vtep.port === port && vtep.infraVlan === vlan);
      if (infra)
        report('/attachment/vlan', 'conflict', `VLAN ${vlan} on ${port} is the infra VLAN of VTEP ${infra.name}`);
      const keys = holders.map(holder => `vlan ${holder.name} ${port} ${vlan}`);
      claim(resolver, name, keys, `VLAN ${vlan} on port ${port}`, '/attachment/vlan', report);
      return { kind: 'vlan', port, vlan };
    }
    case 'vni': {
      const vni = need(resolver, 'vnis', vnis, attachment.vni, '/attachment/vni', report);
      claim(resolver, name, [`attached vni ${attachment.vni}`], `VNI ${attachment.vni}`, '/attachment/vni', report);
      return vni && { kind: 'vni', vni };
    }
    case 'representor': {
      const { port } = attachment;
      const holders = resolver.offers.filter(offer => canHold(offer, attachment, undefined));
      const keys = holders.map(holder => `representor ${holder.name} ${port}`);
      claim(resolver, name, keys, `representor ${port}`, '/attachment/port', report);
      if (holders.length > 0) return { kind: 'representor', port };
      const detail = lacking(resolver, `representor "${port}"`, offer => offer.representors);
      report('/attachment/port', 'invalid', pinned(attachment.node, detail));
      return undefined;
    }
  }
}

function pinned(node: string | undefined, lack: string): string {
  return node === undefined ? lack : `${lack}; the attachment is for node "${node}" alone`;
}

export function isUnicast(mac: bigint): boolean {
  return mac !== 0n && (mac & 0x010000000000n) === 0n;
}
