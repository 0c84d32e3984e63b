// Table `source`: a packet from inside must carry a source that lives behind its interface, or is its port's (strict
// reverse path, RFC 3704 section 2.2). NAT rules and shared zones rely on it. What another node sends was looked at there.

import { distinctIps, type Prefix, prefixContains, sameIp, widthOf } from '../../lib/address.ts';
import type { Match } from '../../openflow/flow/match.ts';
import { drop, flow, inPrefix, is, isAddress, miss, registersAre } from '../flow-builder.ts';
import type { Interface, Port, Tenant } from '../model.ts';
import { tables } from '../pipeline.ts';
import { fromInner, fromOuter, registers } from '../registers.ts';
import { isLinkLocal } from '../special-addresses.ts';
import { interfacesOf, legsHere, ownedBy, ownedByPort, portsHere, type Stage, type StageContext } from './context.ts';
import { ownAddresses, specialSources } from './martians.ts';

const fromInside = [
  [registers.direction, fromInner],
  [registers.fromPeer, 0],
] as const;

export const source: Stage = context => [
  ...specialSources.map(match => martian([...registersAre(...fromInside), ...match])),
  ...legsHere(context)
    .filter(iface => iface.role === 'inner')
    .flatMap(iface =>
      ownAddresses(iface).map(ip =>
        martian([
          ...registersAre([registers.ingressInterface, iface.index], [registers.fromPeer, 0]),
          ...isAddress('source', ip),
        ]),
      ),
    ),
  ...context.intent.tenants.flatMap(tenant => elsewhere(context, tenant)),
  ...portsHere(context).flatMap(({ port }) => [
    ...behindPort(context, port).map(prefix =>
      flow({
        table: tables.source,
        priority: 120,
        owner: ownedByPort(port),
        match: [...registersAre([registers.arrivedBy, port.index]), ...inPrefix('source', prefix)],
        next: tables.l2_lookup,
      }),
    ),
    drop(tables.source, 110, 'spoofed-source', registersAre([registers.arrivedBy, port.index])),
  ]),
  ...legsHere(context)
    .filter(iface => iface.role === 'inner')
    .flatMap(iface => [
      ...behind(context, iface).map(prefix =>
        flow({
          table: tables.source,
          priority: 100,
          owner: ownedBy(iface),
          match: [...registersAre([registers.ingressInterface, iface.index]), ...inPrefix('source', prefix)],
          next: tables.l2_lookup,
        }),
      ),
      ...routedByPeer(context, iface),
    ]),
  flow({
    table: tables.source,
    priority: 50,
    match: registersAre([registers.direction, fromOuter]),
    next: tables.l2_lookup,
  }),
  miss(tables.source, 'spoofed-source'),
];

function martian(match: Match, priority = 140) {
  return drop(tables.source, priority, 'martian-source', match);
}

/**
 * Of what the tenant routes to routers inside, which may send from all of that: what the interfaces that it reaches have
 * themselves, and what its packets leave with.
 */
function elsewhere(context: StageContext, tenant: Tenant) {
  const { routes, natRules } = context.intent;
  const routed = routes
    .filter(route => route.tenant === tenant && route.interface.role === 'inner')
    .map(route => route.destination);
  if (routed.length === 0) return [];
  const reached = interfacesOf(context, tenant);
  const subnets = reached.flatMap(iface => (iface.role === 'inner' ? iface.addresses : []));
  const pooled = natRules
    .filter(rule => rule.tenant === tenant)
    .flatMap(rule => rule.pool.addresses)
    .filter(ip => !subnets.some(subnet => prefixContains(subnet, ip)));
  const own = reached.flatMap(ownAddresses).filter(ip => !isLinkLocal(ip));
  return distinctIps([...own, ...pooled])
    .filter(ip => routed.some(prefix => prefixContains(prefix, ip)))
    .map(ip =>
      martian([...registersAre([registers.tenant, tenant.id], ...fromInside), ...isAddress('source', ip)], 130),
    );
}

/** The interface's own subnets, and what the tenant routes through it. */
function behind({ intent }: StageContext, iface: Interface): Prefix[] {
  const routed = intent.routes
    .filter(route => route.interface === iface && !iface.addresses.some(own => contains(own, route.destination)))
    .map(route => route.destination);
  return [...iface.addresses, ...routed];
}

/** The machine's own addresses, and what the tenant routes through it. */
function behindPort({ intent }: StageContext, { interface: iface, addresses }: Port): Prefix[] {
  const own = addresses.map(ip => ({ ip, length: widthOf(ip.family) }));
  const routed = intent.routes
    .filter(route => route.interface === iface && addresses.some(ip => sameIp(ip, route.nextHop)))
    .map(route => route.destination)
    .filter(destination => !own.some(prefix => contains(prefix, destination)));
  return [...own, ...routed];
}

/** Another node has checked it where it came in, and routed it: it has the gateway's MAC, and any source. */
function routedByPeer({ intent }: StageContext, iface: Interface) {
  if (intent.peers.length === 0 || iface.attachment.kind !== 'vni') return [];
  return [
    flow({
      table: tables.source,
      priority: 90,
      owner: ownedBy(iface),
      match: [
        ...registersAre([registers.ingressInterface, iface.index], [registers.fromPeer, 1]),
        is('eth_src', iface.mac),
      ],
      next: tables.l2_lookup,
    }),
  ];
}

function contains(outer: Prefix, inner: Prefix): boolean {
  return outer.length <= inner.length && prefixContains(outer, inner.ip);
}
