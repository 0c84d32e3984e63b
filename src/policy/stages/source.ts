// Table `source`: a packet from inside must carry a source that lives behind its interface, or is its port's (strict
// reverse path, RFC 3704 section 2.2). NAT rules and shared zones rely on it.

import { type Prefix, prefixContains, sameIp, widthOf } from '../../lib/address.ts';
import { drop, flow, inPrefix, is, miss, registersAre } from '../flow-builder.ts';
import type { Interface, Port } from '../model.ts';
import { tables } from '../pipeline.ts';
import { fromOuter, registers } from '../registers.ts';
import { legsHere, ownedBy, ownedByPort, portsHere, type Stage, type StageContext } from './context.ts';

export const source: Stage = context => [
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

/** The interface's own subnets, and what the tenant routes through it. */
function behind({ intent }: StageContext, iface: Interface): Prefix[] {
  const routed = intent.routes
    .filter(route => route.interface === iface && !iface.addresses.some(own => contains(own, route.destination)))
    .map(route => route.destination);
  return [...iface.addresses, ...routed];
}

/** The machine's own addresses, and what the tenant routes through it. */
function behindPort({ intent }: StageContext, { interface: iface, addresses }: Port): Prefix[] {
  const routed = intent.routes
    .filter(route => route.interface === iface && addresses.some(ip => sameIp(ip, route.nextHop)))
    .map(route => route.destination);
  return [...addresses.map(ip => ({ ip, length: widthOf(ip.family) })), ...routed];
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
