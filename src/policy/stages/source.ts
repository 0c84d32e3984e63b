// Table `source`: a packet from inside must carry a source that lives behind its interface (strict reverse path,
// RFC 3704 section 2.2). NAT rules and shared zones rely on it.

import { type Prefix, prefixContains } from '../../lib/address.ts';
import { flow, inPrefix, miss, registersAre } from '../flow-builder.ts';
import type { Interface } from '../model.ts';
import { tables } from '../pipeline.ts';
import { fromOuter, registers } from '../registers.ts';
import { ownedBy, type Stage, type StageContext } from './context.ts';

export const source: Stage = context => [
  ...context.intent.interfaces
    .filter(iface => iface.role === 'inner')
    .flatMap(iface =>
      behind(context, iface).map(prefix =>
        flow({
          table: tables.source,
          priority: 100,
          owner: ownedBy(iface),
          match: [...registersAre([registers.ingressInterface, iface.index]), ...inPrefix('source', prefix)],
          next: tables.gateway,
        }),
      ),
    ),
  flow({
    table: tables.source,
    priority: 50,
    match: registersAre([registers.direction, fromOuter]),
    next: tables.gateway,
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

function contains(outer: Prefix, inner: Prefix): boolean {
  return outer.length <= inner.length && prefixContains(outer, inner.ip);
}
