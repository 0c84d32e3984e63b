// Documents and allocations in, one resolved intent out, with every rule that spans objects checked on the way.
// The same function judges a change before it is stored and feeds the compiler after.

import { distinctIps, networkOf, parseIp, parsePrefix, prefixContains } from '../../lib/address.ts';
import type { Allocations } from '../allocation.ts';
import type { DocumentSet, VniDocument } from '../documents.ts';
import { type Membership, offerOf } from '../membership.ts';
import type { Intent, Interface, NatChunk, NatPool, NatRule, Route, Tenant, Vni } from '../model.ts';
import type { NodeConfig } from '../node.ts';
import { resolveInterface } from './interface.ts';
import { resolvePort } from './port.ts';
import { claim, lacking, need, type Problem, type Report, type Resolver, resolveKind } from './resolver.ts';
import { answersFor, siteOfNode } from './site.ts';

export interface Resolution {
  /** All objects without a problem, in order of name. */
  readonly intent: Intent;
  readonly problems: readonly Problem[];
}

/** Objects that are not stored yet have no allocations; the numbers read as 0 then, and nobody compiles them. */
export function resolveIntent(
  node: NodeConfig,
  documents: DocumentSet,
  allocations: Allocations,
  membership?: Membership,
): Resolution {
  const peers = membership?.peers ?? [];
  const offers = [offerOf(node), ...peers];
  const resolver: Resolver = { node, documents, allocations, membership, offers, problems: [], claims: new Map() };
  const tenants = resolveKind(resolver, 'tenants', (document, id) => ({
    name: document.name,
    id,
    zone: allocations.zones.get(document.name) ?? 0,
  }));
  const vnis = resolveKind(resolver, 'vnis', (document, id, report) =>
    resolveVni(resolver, tenants, document, id, report),
  );
  const interfaces = resolveKind<'interfaces', Interface>(resolver, 'interfaces', (document, id, report, earlier) =>
    resolveInterface(resolver, tenants, vnis, document, id, report, earlier.values()),
  );
  const ports = resolveKind(resolver, 'ports', (document, id, report) =>
    resolvePort(resolver, interfaces, document, id, report),
  );
  const routes = resolveKind(resolver, 'routes', (document, id, report): Route | undefined => {
    const tenant = need(resolver, 'tenants', tenants, document.tenant, '/tenant', report);
    const via = need(resolver, 'interfaces', interfaces, document.interface, '/interface', report);
    if (!tenant || !via) return undefined;
    const destination = parsePrefix(document.destination);
    const nextHop = parseIp(document.nextHop);
    if (!usableBy(via, tenant)) report('/interface', 'invalid', `interface ${via.name} belongs to another tenant`);
    if (nextHop.family !== destination.ip.family)
      report('/nextHop', 'invalid', 'the next hop is of another address family than the destination');
    else if (!via.addresses.some(address => prefixContains(address, nextHop)))
      report('/nextHop', 'invalid', `${document.nextHop} is outside the subnets of interface ${via.name}`);
    const { ip, length } = networkOf(destination);
    const key = `route ${tenant.name} ${ip.family} ${ip.value}/${length}`;
    claim(resolver, document.name, [key], `this destination of tenant ${tenant.name}`, '/destination', report);
    return { name: document.name, id, tenant, destination, interface: via, nextHop };
  });
  const natPools = resolveKind(resolver, 'nat-pools', (document, id, report): NatPool | undefined => {
    const outer = need(resolver, 'interfaces', interfaces, document.interface, '/interface', report);
    if (!outer) return undefined;
    if (outer.role !== 'outer') report('/interface', 'invalid', `interface ${outer.name} is not an outer one`);
    const addresses = document.addresses.map(parseIp);
    addresses.forEach((address, i) => {
      if (address.family !== 4) report(`/addresses/${i}`, 'invalid', 'NAT pools hold IPv4 addresses');
    });
    const { min, max } = document.ports;
    if (Math.ceil(min / document.chunkSize) * document.chunkSize + document.chunkSize - 1 > max)
      report('/ports', 'invalid', `ports ${min} to ${max} hold no aligned chunk of ${document.chunkSize}`);
    const answered = document.addresses.filter(address => answersFor(resolver, { pool: document, address }));
    return { name: document.name, id, interface: outer, addresses, answered: answered.map(parseIp) };
  });
  const natRules = resolveKind(resolver, 'nat-rules', (document, id, report): NatRule | undefined => {
    const tenant = need(resolver, 'tenants', tenants, document.tenant, '/tenant', report);
    const pool = need(resolver, 'nat-pools', natPools, document.pool, '/pool', report);
    if (!tenant || !pool) return undefined;
    const source = parsePrefix(document.source);
    if (source.ip.family !== 4) report('/source', 'invalid', 'source NAT is for IPv4');
    if (!usableBy(pool.interface, tenant)) report('/pool', 'invalid', `the pool's interface belongs to another tenant`);
    const { ip, length } = networkOf(source);
    const key = `rule ${tenant.name} ${pool.interface.name} ${ip.value}/${length}`;
    claim(resolver, document.name, [key], `this source of tenant ${tenant.name}`, '/source', report);
    return { name: document.name, id, tenant, source, pool };
  });
  const natChunks = allocations.chunks.flatMap((chunk): NatChunk[] => {
    const pool = natPools.get(chunk.pool);
    const tenant = tenants.get(chunk.tenant);
    const address = parseIp(chunk.address);
    if (!pool || !tenant || address.family !== 4) return [];
    const { port, size, icmp } = chunk;
    return [{ pool, tenant, address: address.value, port, size, icmp, site: siteOfNode(resolver, chunk.node) }];
  });
  const intent: Intent = {
    tenants: [...tenants.values()],
    vnis: [...vnis.values()],
    interfaces: [...interfaces.values()],
    ports: [...ports.values()],
    routes: [...routes.values()],
    natPools: [...natPools.values()],
    natRules: [...natRules.values()],
    natChunks,
    // Two fabrics may number their VTEPs alike.
    peers: distinctIps(peers.flatMap(peer => [...peer.vteps.values()])),
  };
  return { intent, problems: resolver.problems };
}

function usableBy(iface: Interface, tenant: Tenant): boolean {
  return iface.tenant === undefined || iface.tenant === tenant;
}

function resolveVni(
  resolver: Resolver,
  tenants: ReadonlyMap<string, Tenant>,
  document: VniDocument,
  id: number,
  report: Report,
): Vni | undefined {
  const tenant = need(resolver, 'tenants', tenants, document.tenant, '/tenant', report);
  const vtep = resolver.node.vteps.find(candidate => candidate.name === document.vtep);
  const peers = new Map(
    (resolver.membership?.peers ?? []).flatMap(peer => {
      const address = peer.vteps.get(document.vtep);
      return address ? [[peer.name, address] as const] : [];
    }),
  );
  if (!vtep && peers.size === 0)
    report(
      '/vtep',
      'invalid',
      lacking(resolver, `VTEP "${document.vtep}"`, offer => offer.vteps.keys()),
    );
  const { name, vni } = document;
  claim(resolver, name, [`vni ${vni} ${document.vtep}`], `VNI ${vni} on VTEP ${document.vtep}`, '/vni', report);
  return tenant ? { name, id, tenant, vni, vtep, peers } : undefined;
}
