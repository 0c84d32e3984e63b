// Table `route`: longest prefix match per tenant → egress interface and next hop. The interfaces' own prefixes are
// routes too, and win over a static route of the same length.

import { type Prefix, reservedAddresses } from '../../lib/address.ts';
import type { Action } from '../../openflow/flow/action.ts';
import type { CookieParts } from '../cookies.ts';
import {
  addressFields,
  drop,
  ethType,
  flow,
  inPrefix,
  is,
  isAddress,
  load,
  miss,
  move,
  registersAre,
  whole,
} from '../flow-builder.ts';
import type { Interface, Route, Tenant } from '../model.ts';
import { tables } from '../pipeline.ts';
import { registers } from '../registers.ts';
import { isLinkLocal } from '../special-addresses.ts';
import { interfacesOf, ownedBy, type Stage } from './context.ts';
import { specialDestinations } from './martians.ts';

const martianPriority = 2100;
const expiredPriority = 2000;

/** 128 bits of prefix, times two to leave room for the tie, fit below the priority of the TTL check. */
function priorityOf(length: number, connected: boolean): number {
  return 100 + 2 * length + (connected ? 1 : 0);
}

export const route: Stage = context => [
  ...specialDestinations.map(match => drop(tables.route, martianPriority, 'martian-destination', match)),
  ...expired(),
  ...context.intent.tenants.flatMap(tenant =>
    interfacesOf(context, tenant).flatMap(iface =>
      iface.addresses
        .filter(({ ip }) => !isLinkLocal(ip))
        .flatMap(prefix => [...broadcasts(tenant, prefix), connected(tenant, iface, prefix)]),
    ),
  ),
  ...context.intent.routes.map(via),
  miss(tables.route, 'no-route'),
];

/** A packet whose TTL would reach 0 is not forwarded (RFC 1812 section 5.3.1). */
function expired() {
  return ([4, 6] as const).flatMap(family =>
    [0, 1].map(ttl => drop(tables.route, expiredPriority, 'ttl-exceeded', [ethType(family), is('nw_ttl', ttl)])),
  );
}

/** What goes to all machines of an IPv4 subnet, or to none (RFC 2644). */
function broadcasts(tenant: Tenant, prefix: Prefix) {
  if (prefix.ip.family !== 4) return [];
  return Object.values(reservedAddresses(prefix)).map(ip =>
    drop(tables.route, martianPriority, 'martian-destination', [
      ...registersAre([registers.tenant, tenant.id]),
      ...isAddress('destination', ip),
    ]),
  );
}

function connected(tenant: Tenant, iface: Interface, prefix: Prefix) {
  const { family } = prefix.ip;
  const destination = whole(addressFields[family].destination, family === 4 ? 32 : 128);
  const nextHop = family === 4 ? registers.nextHop4 : registers.nextHop6;
  return entry(tenant, prefix, true, ownedBy(iface), iface, move(destination, nextHop));
}

function via({ tenant, destination, interface: iface, nextHop, id }: Route) {
  const register = nextHop.family === 4 ? registers.nextHop4 : registers.nextHop6;
  return entry(tenant, destination, false, { kind: 'routes', id }, iface, load(register, nextHop.value));
}

function entry(tenant: Tenant, to: Prefix, isConnected: boolean, owner: CookieParts, egress: Interface, hop: Action) {
  return flow({
    table: tables.route,
    priority: priorityOf(to.length, isConnected),
    owner,
    match: [...registersAre([registers.tenant, tenant.id]), ...inPrefix('destination', to)],
    actions: [load(registers.egressInterface, egress.index), hop],
    next: tables.inner_nat,
  });
}
