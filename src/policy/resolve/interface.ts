// An interface: how it is attached, which addresses are its own, who lives behind it.

import {
  formatPrefix,
  type Ip,
  type Prefix,
  parseIp,
  parseMac,
  parsePrefix,
  prefixContains,
  prefixesOverlap,
  reservedAddresses,
  sameIp,
} from '../../lib/address.ts';
import type { InterfaceDocument } from '../documents.ts';
import { canHold } from '../membership.ts';
import type { Attachment, Host, Interface, Tenant, Vni } from '../model.ts';
import { whyNoSubnet } from '../special-addresses.ts';
import { claimAddress, claimMac, claimSubnets, isForMachines, type Segment } from './addresses.ts';
import { claim, lacking, need, type Report, type Resolver, type Subject } from './resolver.ts';
import { siteOfInterface } from './site.ts';

export function resolveInterface(
  resolver: Resolver,
  tenants: ReadonlyMap<string, Tenant>,
  vnis: ReadonlyMap<string, Vni>,
  document: InterfaceDocument,
  subject: Subject,
): Interface | undefined {
  const { id, report } = subject;
  const tenant =
    document.tenant === undefined ? undefined : need(resolver, 'tenants', tenants, document.tenant, '/tenant', subject);
  if (document.role === 'inner' && document.tenant === undefined)
    report('/tenant', 'invalid', 'an inner interface belongs to a tenant');
  const attachment = resolveAttachment(resolver, vnis, document, subject);
  if (attachment?.kind === 'vni' && attachment.vni.tenant !== tenant)
    report('/attachment/vni', 'invalid', `VNI ${attachment.vni.name} belongs to tenant ${attachment.vni.tenant.name}`);
  const mac = parseMac(document.mac);
  if (!isUnicast(mac)) report('/mac', 'invalid', `${document.mac} is not a unicast MAC address`);
  const segment: Segment = { name: document.name, tenant: document.tenant };
  const addresses = resolveAddresses(resolver, document, segment, subject);
  // As it was asked for: a VNI with a problem of its own does not make its hosts wrong.
  const onVni = document.attachment.type === 'vni';
  const vni = attachment?.kind === 'vni' ? attachment.vni : undefined;
  const remoteVteps = document.remoteVteps.map(parseIp);
  if (remoteVteps.length > 0 && !onVni)
    report('/remoteVteps', 'invalid', 'only an interface on a VNI has remote VTEPs');
  remoteVteps.forEach((remote, i) => {
    const pointer = `/remoteVteps/${i}`;
    if (!isForMachines(subject, remote, pointer)) return;
    if (vni && !localVteps(vni).some(local => local.family === remote.family))
      report(pointer, 'invalid', 'a remote VTEP is of the same address family as the local one');
    if (vni?.vtep && sameIp(vni.vtep.address.ip, remote)) report(pointer, 'invalid', 'that is the VTEP of this node');
    if (remoteVteps.slice(0, i).some(earlier => sameIp(earlier, remote)))
      report(pointer, 'invalid', 'this remote VTEP is listed twice');
  });
  claimMacs(resolver, document, segment, subject);
  const hosts = document.hosts.map((host, i): Host => {
    const hostMac = parseMac(host.mac);
    if (!isUnicast(hostMac)) report(`/hosts/${i}/mac`, 'invalid', `${host.mac} is not a unicast MAC address`);
    const ips = host.addresses.map((text, j) => {
      const ip = parseIp(text);
      const pointer = `/hosts/${i}/addresses/${j}`;
      if (!isForMachines(subject, ip, pointer)) return ip;
      if (!addresses.some(address => prefixContains(address, ip)))
        report(pointer, 'invalid', `${text} is outside the interface's subnets`);
      claimAddress(resolver, subject, segment, ip, 'host', pointer);
      return ip;
    });
    const vtep = host.vtep === undefined ? undefined : parseIp(host.vtep);
    const pointer = `/hosts/${i}/vtep`;
    if (vtep && !onVni) report(pointer, 'invalid', 'only a host on a VNI lives behind a VTEP');
    if (!vtep && onVni) report(pointer, 'invalid', 'a host on a VNI needs the VTEP behind which it lives');
    if (vtep && isForMachines(subject, vtep, pointer) && vni) checkHostVtep(vtep, vni, remoteVteps, pointer, report);
    return { mac: hostMac, addresses: ips, vtep };
  });
  if (!attachment) return undefined;
  const { name, role, arpRate } = document;
  const index = resolver.allocations.indexes.get(`interfaces/${name}`) ?? 0;
  const place = siteOfInterface(resolver, name, attachment);
  const isPinned = document.attachment.type !== 'vni' && document.attachment.node !== undefined;
  return { name, id, index, role, tenant, attachment, isPinned, ...place, mac, addresses, hosts, remoteVteps, arpRate };
}

/** The gateway's addresses, the subnets behind them, and what no machine can have there. */
function resolveAddresses(
  resolver: Resolver,
  document: InterfaceDocument,
  on: Segment,
  subject: Subject,
): readonly Prefix[] {
  const { report } = subject;
  const addresses = document.addresses.map(parsePrefix);
  const usable = addresses.flatMap((prefix, i) => {
    const pointer = `/addresses/${i}`;
    const special = whyNoSubnet(prefix);
    if (special) {
      report(pointer, 'invalid', `${formatPrefix(prefix)} is no subnet for machines: some of it is ${special}`);
      return [];
    }
    addresses.slice(0, i).forEach((other, j) => {
      if (prefixesOverlap(prefix, other))
        report(pointer, 'invalid', `${document.addresses[i]} overlaps ${document.addresses[j]}`);
    });
    return [{ prefix, pointer }];
  });
  for (const { prefix, pointer } of claimSubnets(resolver, subject, on, usable)) {
    const { network, broadcast } = reservedAddresses(prefix);
    if (network) claimAddress(resolver, subject, on, network, 'network', pointer);
    if (broadcast) claimAddress(resolver, subject, on, broadcast, 'broadcast', pointer);
    claimAddress(resolver, subject, on, prefix.ip, 'gateway', pointer);
  }
  return addresses;
}

/** The MAC addresses of the segment that the interface knows of. A machine is behind one VTEP. */
function claimMacs(resolver: Resolver, { mac, hosts }: InterfaceDocument, on: Segment, subject: Subject): void {
  claimMac(resolver, subject, on, mac, 'gateway-mac', '/mac');
  const first = new Map<string, number>();
  hosts.forEach((host, i) => {
    const known = first.get(host.mac);
    if (known === undefined) {
      first.set(host.mac, i);
      claimMac(resolver, subject, on, host.mac, 'host-mac', `/hosts/${i}/mac`);
    } else if (hosts[known]?.vtep !== host.vtep)
      subject.report(`/hosts/${i}/mac`, 'invalid', `${host.mac} is behind another VTEP as host ${known}`);
  });
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
  { attachment }: InterfaceDocument,
  subject: Subject,
): Attachment | undefined {
  const { node } = resolver;
  const { report } = subject;
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
      claim(resolver, subject, { keys, what: `VLAN ${vlan} on port ${port}`, pointer: '/attachment/vlan' });
      return { kind: 'vlan', port, vlan };
    }
    case 'vni': {
      const vni = need(resolver, 'vnis', vnis, attachment.vni, '/attachment/vni', subject);
      const keys = [`attached vni ${attachment.vni}`];
      claim(resolver, subject, { keys, what: `VNI ${attachment.vni}`, pointer: '/attachment/vni' });
      return vni && { kind: 'vni', vni };
    }
    case 'representor': {
      const { port } = attachment;
      const holders = resolver.offers.filter(offer => canHold(offer, attachment, undefined));
      const keys = holders.map(holder => `representor ${holder.name} ${port}`);
      claim(resolver, subject, { keys, what: `representor ${port}`, pointer: '/attachment/port' });
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
