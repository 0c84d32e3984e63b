// Documents and allocations in, one resolved intent out, with every rule that spans objects checked on the way.
// The same function judges a change before it is stored and feeds the compiler after.

import { distinctIps, networkOf, parseIp, parsePrefix, prefixContains, sameIp } from '../../lib/address.ts';
import type { Allocations } from '../allocation.ts';
import type { DocumentSet, VniDocument } from '../documents.ts';
import { type Membership, offerOf } from '../membership.ts';
import type { Intent, Interface, NatChunk, NatPool, NatRule, Route, Tenant, Vni } from '../model.ts';
import type { NodeConfig } from '../node.ts';
import { whyNotRouted } from '../special-addresses.ts';
import { claimAddress, claimSubnets, isForMachines, isForPools } from './addresses.ts';
import { type Inside, insideOf, isOutside } from './inside.ts';
import { resolveInterface } from './interface.ts';
import { resolvePort } from './port.ts';
import { claim, lacking, need, type Problem, type Resolver, resolveKind, type Subject } from './resolver.ts';
import { answersFor, siteOfNode } from './site.ts';
import { type ForeignZones, whyNoZone } from './zones.ts';

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
  foreignZones: ForeignZones = new Map(),
): Resolution {
  const peers = membership?.peers ?? [];
  const offers = [offerOf(node), ...peers];
  const resolver: Resolver = {
    node,
    documents,
    allocations,
    membership,
    offers,
    problems: [],
    claims: new Map(),
    subnets: new Map(),
  };
  const tenants = resolveKind(resolver, 'tenants', ({ name }, { id }): Tenant => {
    const zone = allocations.zones.get(name) ?? 0;
    return { name, id, zone: foreignZones.has(zone) ? undefined : zone };
  });
  const vnis = resolveKind(resolver, 'vnis', (document, subject) => resolveVni(resolver, tenants, document, subject));
  const interfaces = resolveKind(resolver, 'interfaces', (document, subject) =>
    resolveInterface(resolver, tenants, vnis, document, subject),
  );
  const ports = resolveKind(resolver, 'ports', (document, subject) =>
    resolvePort(resolver, interfaces, document, subject),
  );
  const routes = resolveKind(resolver, 'routes', (document, subject): Route | undefined => {
    const { id, name, report } = subject;
    const tenant = need(resolver, 'tenants', tenants, document.tenant, '/tenant', subject);
    const via = need(resolver, 'interfaces', interfaces, document.interface, '/interface', subject);
    if (!tenant || !via) return undefined;
    const destination = parsePrefix(document.destination);
    const unrouted = whyNotRouted(destination);
    if (unrouted) report('/destination', 'invalid', `${document.destination} is ${unrouted}, and never routed`);
    const nextHop = parseIp(document.nextHop);
    checkUse(resolver, subject, tenant, via, '/interface');
    if (!isForMachines(subject, nextHop, '/nextHop')) return undefined;
    if (nextHop.family !== destination.ip.family)
      report('/nextHop', 'invalid', 'the next hop is of another address family than the destination');
    else if (!via.addresses.some(address => prefixContains(address, nextHop)))
      report('/nextHop', 'invalid', `${document.nextHop} is outside the subnets of interface ${via.name}`);
    const on = { name: via.name, tenant: via.tenant?.name };
    claimAddress(resolver, subject, on, nextHop, 'next-hop', '/nextHop');
    const { ip, length } = networkOf(destination);
    const keys = [`route ${tenant.name} ${ip.family} ${ip.value}/${length}`];
    claim(resolver, subject, { keys, what: `this destination of tenant ${tenant.name}`, pointer: '/destination' });
    return { name, id, tenant, destination, interface: via, nextHop };
  });
  const insides = new Map<Interface, Inside>();
  const natPools = resolveKind(resolver, 'nat-pools', (document, subject): NatPool | undefined => {
    const { id, name, report } = subject;
    const outer = need(resolver, 'interfaces', interfaces, document.interface, '/interface', subject);
    if (!outer) return undefined;
    if (outer.role !== 'outer') report('/interface', 'invalid', `interface ${outer.name} is not an outer one`);
    const on = { name: outer.name, tenant: outer.tenant?.name };
    const inside = insides.get(outer) ?? insideOf(resolver, interfaces.values(), [...routes.values()], outer);
    insides.set(outer, inside);
    const addresses = document.addresses.map(parseIp);
    addresses.forEach((ip, i) => {
      const pointer = `/addresses/${i}`;
      // A list of addresses is a set: what is in it twice is in it.
      const isFirst = !addresses.slice(0, i).some(earlier => sameIp(earlier, ip));
      if (ip.family !== 4) report(pointer, 'invalid', 'NAT pools hold IPv4 addresses');
      else if (isForPools(subject, ip, pointer) && isFirst && isOutside(inside, subject, outer, ip, pointer))
        if (claimAddress(resolver, subject, on, ip, 'pool', pointer))
          // On the link of another interface nobody would answer for it.
          claimSubnets(resolver, subject, on, [{ prefix: { ip, length: 32 }, pointer }]);
    });
    const { min, max } = document.ports;
    if (Math.ceil(min / document.chunkSize) * document.chunkSize + document.chunkSize - 1 > max)
      report('/ports', 'invalid', `ports ${min} to ${max} hold no aligned chunk of ${document.chunkSize}`);
    const answered = document.addresses.filter(address => answersFor(resolver, { pool: document, address }));
    return { name, id, interface: outer, addresses, answered: answered.map(parseIp) };
  });
  const natRules = resolveKind(resolver, 'nat-rules', (document, subject): NatRule | undefined => {
    const { id, name, report } = subject;
    const tenant = need(resolver, 'tenants', tenants, document.tenant, '/tenant', subject);
    const pool = need(resolver, 'nat-pools', natPools, document.pool, '/pool', subject);
    if (!tenant || !pool) return undefined;
    const source = parsePrefix(document.source);
    const unrouted = whyNotRouted(source);
    const noZone = whyNoZone(tenant.name, allocations.zones.get(tenant.name), foreignZones);
    if (noZone !== undefined) report('/tenant', 'conflict', noZone);
    if (source.ip.family !== 4) report('/source', 'invalid', 'source NAT is for IPv4');
    else if (unrouted) report('/source', 'invalid', `${document.source} is ${unrouted}, and never routed`);
    checkUse(resolver, subject, tenant, pool.interface, '/pool');
    const { ip, length } = networkOf(source);
    const keys = [`rule ${tenant.name} ${pool.interface.name} ${ip.value}/${length}`];
    claim(resolver, subject, { keys, what: `this source of tenant ${tenant.name}`, pointer: '/source' });
    return { name, id, tenant, source, pool };
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

/** Whether the tenant may send by the interface: it is its own, or all share it and none of its subnets is the tenant's own. */
function checkUse(resolver: Resolver, subject: Subject, tenant: Tenant, via: Interface, pointer: string): void {
  if (via.tenant === tenant) return;
  if (via.tenant !== undefined) {
    subject.report(pointer, 'invalid', `interface ${via.name} belongs to another tenant`);
    return;
  }
  const subnets = via.addresses.map(prefix => ({ prefix, pointer }));
  claimSubnets(resolver, subject, { name: via.name, tenant: undefined }, subnets, tenant.name);
}

function resolveVni(
  resolver: Resolver,
  tenants: ReadonlyMap<string, Tenant>,
  document: VniDocument,
  subject: Subject,
): Vni | undefined {
  const { id, report } = subject;
  const tenant = need(resolver, 'tenants', tenants, document.tenant, '/tenant', subject);
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
  const keys = [`vni ${vni} ${document.vtep}`];
  claim(resolver, subject, { keys, what: `VNI ${vni} on VTEP ${document.vtep}`, pointer: '/vni' });
  return tenant ? { name, id, tenant, vni, vtep, peers } : undefined;
}
