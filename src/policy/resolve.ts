// Documents and allocations in, one resolved intent out, with every rule that spans objects checked on the way.
// The same function judges a change before it is stored and feeds the compiler after.

import { type Ip, parseIp, parseMac, parsePrefix, prefixContains, prefixesOverlap } from '../lib/address.ts';
import type { Allocations } from './allocation.ts';
import type { DocumentSet, InterfaceDocument, Kind, VniDocument } from './documents.ts';
import type { Attachment, Host, Intent, Interface, NatChunk, NatPool, NatRule, Route, Tenant, Vni } from './model.ts';
import type { NodeConfig } from './node.ts';

/** Why an object cannot be what it says. */
export interface Problem {
  readonly kind: Kind;
  readonly name: string;
  /** JSON pointer (RFC 6901) into the object. */
  readonly pointer: string;
  readonly detail: string;
  /** `missing`: it refers to what does not exist; `conflict`: two objects want the same; `invalid`: it contradicts itself or the node. */
  readonly why: 'missing' | 'conflict' | 'invalid';
}

export interface Resolution {
  /** All objects without a problem, in order of name. */
  readonly intent: Intent;
  readonly problems: readonly Problem[];
}

type Report = (pointer: string, why: Problem['why'], detail: string) => void;

interface Resolver {
  readonly node: NodeConfig;
  readonly documents: DocumentSet;
  readonly allocations: Allocations;
  readonly problems: Problem[];
}

/** Objects that are not stored yet have no allocations; the numbers read as 0 then, and nobody compiles them. */
export function resolveIntent(node: NodeConfig, documents: DocumentSet, allocations: Allocations): Resolution {
  const resolver: Resolver = { node, documents, allocations, problems: [] };
  const tenants = resolveKind(resolver, 'tenants', (document, id) => ({
    name: document.name,
    id,
    zone: allocations.zones.get(document.name) ?? 0,
  }));
  const vnis = resolveKind(resolver, 'vnis', (document, id, report) =>
    resolveVni(resolver, tenants, document, id, report),
  );
  const interfaces = resolveKind(resolver, 'interfaces', (document, id, report) =>
    resolveInterface(resolver, tenants, vnis, document, id, report),
  );
  const routes = resolveKind(resolver, 'routes', (document, id, report): Route | undefined => {
    const tenant = need(tenants, document.tenant, '/tenant', 'tenant', report);
    const via = need(interfaces, document.interface, '/interface', 'interface', report);
    if (!tenant || !via) return undefined;
    const destination = parsePrefix(document.destination);
    const nextHop = parseIp(document.nextHop);
    if (!usableBy(via, tenant)) report('/interface', 'invalid', `interface ${via.name} belongs to another tenant`);
    if (nextHop.family !== destination.ip.family)
      report('/nextHop', 'invalid', 'the next hop is of another address family than the destination');
    else if (!via.addresses.some(address => prefixContains(address, nextHop)))
      report('/nextHop', 'invalid', `${document.nextHop} is outside the subnets of interface ${via.name}`);
    return { name: document.name, id, tenant, destination, interface: via, nextHop };
  });
  const natPools = resolveKind(resolver, 'nat-pools', (document, id, report): NatPool | undefined => {
    const outer = need(interfaces, document.interface, '/interface', 'interface', report);
    if (!outer) return undefined;
    if (outer.role !== 'outer') report('/interface', 'invalid', `interface ${outer.name} is not an outer one`);
    const addresses = document.addresses.map(parseIp);
    addresses.forEach((address, i) => {
      if (address.family !== 4) report(`/addresses/${i}`, 'invalid', 'NAT pools hold IPv4 addresses');
    });
    const { min, max } = document.ports;
    if (Math.ceil(min / document.chunkSize) * document.chunkSize + document.chunkSize - 1 > max)
      report('/ports', 'invalid', `ports ${min} to ${max} hold no aligned chunk of ${document.chunkSize}`);
    return { name: document.name, id, interface: outer, addresses };
  });
  const natRules = resolveKind(resolver, 'nat-rules', (document, id, report): NatRule | undefined => {
    const tenant = need(tenants, document.tenant, '/tenant', 'tenant', report);
    const pool = need(natPools, document.pool, '/pool', 'NAT pool', report);
    if (!tenant || !pool) return undefined;
    const source = parsePrefix(document.source);
    if (source.ip.family !== 4) report('/source', 'invalid', 'source NAT is for IPv4');
    if (!usableBy(pool.interface, tenant)) report('/pool', 'invalid', `the pool's interface belongs to another tenant`);
    return { name: document.name, id, tenant, source, pool };
  });
  checkDuplicates(resolver, vnis, interfaces, routes, natRules);
  const natChunks = allocations.chunks.flatMap((chunk): NatChunk[] => {
    const pool = natPools.get(chunk.pool);
    const tenant = tenants.get(chunk.tenant);
    const address = parseIp(chunk.address);
    if (!pool || !tenant || address.family !== 4) return [];
    return [{ pool, tenant, address: address.value, port: chunk.port, size: chunk.size, icmp: chunk.icmp }];
  });
  const intent: Intent = {
    tenants: [...tenants.values()],
    vnis: [...vnis.values()],
    interfaces: [...interfaces.values()],
    routes: [...routes.values()],
    natPools: [...natPools.values()],
    natRules: [...natRules.values()],
    natChunks,
  };
  return { intent, problems: resolver.problems };
}

function resolveKind<K extends Kind, T>(
  resolver: Resolver,
  kind: K,
  resolve: (
    document: DocumentSet[K] extends ReadonlyMap<string, infer D> ? D : never,
    id: number,
    report: Report,
  ) => T | undefined,
): Map<string, T> {
  const resolved = new Map<string, T>();
  const documents = resolver.documents[kind] as ReadonlyMap<string, Parameters<typeof resolve>[0]>;
  for (const name of [...documents.keys()].sort()) {
    const document = documents.get(name);
    if (document === undefined) continue;
    const before = resolver.problems.length;
    const report: Report = (pointer, why, detail) => resolver.problems.push({ kind, name, pointer, why, detail });
    const value = resolve(document, resolver.allocations.ids.get(`${kind}/${name}`) ?? 0, report);
    if (value !== undefined && resolver.problems.length === before) resolved.set(name, value);
  }
  return resolved;
}

function need<T>(
  from: ReadonlyMap<string, T>,
  name: string,
  pointer: string,
  noun: string,
  report: Report,
): T | undefined {
  const found = from.get(name);
  if (found === undefined) report(pointer, 'missing', `there is no ${noun} "${name}"`);
  return found;
}

function usableBy(iface: Interface, tenant: Tenant): boolean {
  return iface.tenant === undefined || iface.tenant === tenant;
}

function resolveVni(
  { node }: Resolver,
  tenants: ReadonlyMap<string, Tenant>,
  document: VniDocument,
  id: number,
  report: Report,
): Vni | undefined {
  const tenant = need(tenants, document.tenant, '/tenant', 'tenant', report);
  const vtep = node.vteps.find(candidate => candidate.name === document.vtep);
  if (!vtep) report('/vtep', 'invalid', `this node has no VTEP "${document.vtep}"; it has ${listed(node.vteps)}`);
  return tenant && vtep ? { name: document.name, id, tenant, vni: document.vni, vtep } : undefined;
}

function resolveInterface(
  resolver: Resolver,
  tenants: ReadonlyMap<string, Tenant>,
  vnis: ReadonlyMap<string, Vni>,
  document: InterfaceDocument,
  id: number,
  report: Report,
): Interface | undefined {
  const tenant =
    document.tenant === undefined ? undefined : need(tenants, document.tenant, '/tenant', 'tenant', report);
  if (document.role === 'inner' && document.tenant === undefined)
    report('/tenant', 'invalid', 'an inner interface belongs to a tenant');
  const attachment = resolveAttachment(resolver.node, vnis, document, report);
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
  const onVni = attachment?.kind === 'vni';
  const remoteVteps = document.remoteVteps.map(parseIp);
  if (remoteVteps.length > 0 && !onVni)
    report('/remoteVteps', 'invalid', 'only an interface on a VNI has remote VTEPs');
  remoteVteps.forEach((remote, i) => {
    if (onVni && remote.family !== attachment.vni.vtep.address.ip.family)
      report(`/remoteVteps/${i}`, 'invalid', 'a remote VTEP is of the same address family as the local one');
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
    if (vtep && onVni) checkHostVtep(vtep, attachment.vni, remoteVteps, `/hosts/${i}/vtep`, report);
    return { mac: hostMac, addresses: ips, vtep };
  });
  if (!attachment) return undefined;
  const { name, role, arpRate } = document;
  const index = resolver.allocations.indexes.get(name) ?? 0;
  return { name, id, index, role, tenant, attachment, mac, addresses, hosts, remoteVteps, arpRate };
}

function checkHostVtep(vtep: Ip, vni: Vni, remotes: readonly Ip[], pointer: string, report: Report): void {
  if (vtep.family !== vni.vtep.address.ip.family)
    report(pointer, 'invalid', 'a remote VTEP is of the same address family as the local one');
  else if (vtep.value === vni.vtep.address.ip.value) report(pointer, 'invalid', 'that is the VTEP of this node');
  else if (remotes.length > 0 && !remotes.some(remote => remote.value === vtep.value))
    report(pointer, 'invalid', 'the VTEP is not among the remoteVteps of the interface');
}

function resolveAttachment(
  node: NodeConfig,
  vnis: ReadonlyMap<string, Vni>,
  { attachment }: InterfaceDocument,
  report: Report,
): Attachment | undefined {
  switch (attachment.type) {
    case 'vlan': {
      const { port, vlan } = attachment;
      if (!node.physicalPorts.some(candidate => candidate.name === port)) {
        report(
          '/attachment/port',
          'invalid',
          `this node has no physical port "${port}"; it has ${listed(node.physicalPorts)}`,
        );
        return undefined;
      }
      const infra = node.vteps.find(vtep => vtep.port === port && vtep.infraVlan === vlan);
      if (infra)
        report('/attachment/vlan', 'conflict', `VLAN ${vlan} on ${port} is the infra VLAN of VTEP ${infra.name}`);
      return { kind: 'vlan', port, vlan };
    }
    case 'vni': {
      const vni = need(vnis, attachment.vni, '/attachment/vni', 'VNI', report);
      return vni && { kind: 'vni', vni };
    }
    case 'representor': {
      const { port } = attachment;
      if (node.representors.some(candidate => candidate.name === port)) return { kind: 'representor', port };
      report(
        '/attachment/port',
        'invalid',
        `this node has no representor "${port}"; it has ${listed(node.representors)}`,
      );
      return undefined;
    }
  }
}

/** Two objects that want the same thing: the later name is reported, at the field that clashes. */
function checkDuplicates(
  { problems }: Resolver,
  vnis: ReadonlyMap<string, Vni>,
  interfaces: ReadonlyMap<string, Interface>,
  routes: ReadonlyMap<string, Route>,
  natRules: ReadonlyMap<string, NatRule>,
): void {
  const claim = claims(problems);
  for (const { name, vni, vtep } of vnis.values())
    claim('vnis', name, `vni ${vni} ${vtep.name}`, '/vni', `VNI ${vni} on VTEP ${vtep.name}`);
  for (const iface of interfaces.values()) {
    const { attachment, name } = iface;
    switch (attachment.kind) {
      case 'vlan':
        claim(
          'interfaces',
          name,
          `vlan ${attachment.port} ${attachment.vlan}`,
          '/attachment/vlan',
          `VLAN ${attachment.vlan} on port ${attachment.port}`,
        );
        break;
      case 'vni':
        claim('interfaces', name, `vni ${attachment.vni.name}`, '/attachment/vni', `VNI ${attachment.vni.name}`);
        break;
      case 'representor':
        claim('interfaces', name, `rep ${attachment.port}`, '/attachment/port', `representor ${attachment.port}`);
        break;
    }
  }
  const earlier: Interface[] = [];
  for (const iface of interfaces.values()) {
    checkSubnets(iface, earlier, problems);
    earlier.push(iface);
  }
  for (const { name, tenant, destination } of routes.values())
    claim(
      'routes',
      name,
      `route ${tenant.name} ${destination.ip.value}/${destination.length}`,
      '/destination',
      `this destination of tenant ${tenant.name}`,
    );
  for (const { name, tenant, source, pool } of natRules.values())
    claim(
      'nat-rules',
      name,
      `rule ${tenant.name} ${pool.interface.name} ${source.ip.value}/${source.length}`,
      '/source',
      `this source of tenant ${tenant.name}`,
    );
}

function claims(problems: Problem[]) {
  const owners = new Map<string, string>();
  return (kind: Kind, name: string, key: string, pointer: string, what: string): void => {
    const owner = owners.get(key);
    if (owner === undefined) owners.set(key, name);
    else problems.push({ kind, name, pointer, why: 'conflict', detail: `${what} is already taken by "${owner}"` });
  };
}

/** Inside one tenant, and among the shared outer interfaces, an address is behind one interface. */
function checkSubnets(iface: Interface, earlier: readonly Interface[], problems: Problem[]): void {
  for (const other of earlier) {
    if (other.tenant !== iface.tenant) continue;
    iface.addresses.forEach((address, i) => {
      if (other.addresses.some(taken => prefixesOverlap(address, taken)))
        problems.push({
          kind: 'interfaces',
          name: iface.name,
          pointer: `/addresses/${i}`,
          why: 'conflict',
          detail: `overlaps a subnet of interface "${other.name}" of the same tenant`,
        });
    });
  }
}

function isUnicast(mac: bigint): boolean {
  return mac !== 0n && (mac & 0x010000000000n) === 0n;
}

function listed(items: readonly { readonly name: string }[]): string {
  return items.length === 0 ? 'none' : items.map(item => item.name).join(', ');
}
