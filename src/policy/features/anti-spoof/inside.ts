// From outside nobody sends from what the tenant that he sends to has inside (RFC 3704 section 2.2): an error in the name of its
// own gateway would be believed. The tenant is known behind NAT, so it ends in `outer_state`, or in `outer_source`. Of the
// tenant's prefixes the longest counts, as in table `route`; a default route says nothing of where an address is.

import { type IpFamily, networkOf, type Prefix } from '../../../lib/address.ts';
import { table } from '../../engine/table.ts';
import { type Facts, type Output, unit } from '../../engine/unit.ts';
import { forwardingTenants, isTranslating, reaches, translatingTenants } from '../../facts/derived.ts';
import { legs, routes, subnets, type Tenant, tenants } from '../../facts/objects.ts';
import { registers } from '../../registers.ts';
import { isLinkLocal } from '../../special-addresses.ts';
import { drop, flow, flowUnit, type PipelineFlow } from '../flow-unit.ts';
import { isForwarded, isRelatedTranslatedBack } from '../nat/ct-state.ts';
import { inPrefix, registersAre } from '../words/match-and-action.ts';
import { networkAt } from './routers.ts';

/** A network of a tenant that has packets translated. */
interface Inside {
  readonly tenant: string;
  readonly prefix: Prefix;
  readonly isConnected: boolean;
}

const insideNetworks = table({
  name: 'inside-networks',
  key: ({ tenant, prefix, isConnected }: Inside) => `${networkAt(tenant, prefix)}${isConnected ? ' connected' : ''}`,
  indexes: { network: ({ tenant, prefix }) => [networkAt(tenant, prefix)] },
});

/** It has one of this length. */
const insideLengths = table({
  name: 'inside-lengths',
  key: ({ tenant, family, length }: { readonly tenant: string; readonly family: IpFamily; readonly length: number }) =>
    `${tenant} ${family}/${length}`,
  indexes: { tenant: ({ tenant, family }) => [`${tenant} ${family}`] },
});

function putInside(facts: Facts, out: Output, inside: Inside): void {
  const { tenant, prefix } = inside;
  if (!counts(prefix) || !(isTracked(facts, tenant, prefix) || isStateless(facts, tenant))) return;
  out.put(insideNetworks, { ...inside, prefix: networkOf(prefix) });
  out.put(insideLengths, { tenant, family: prefix.ip.family, length: prefix.length });
}

function counts({ ip, length }: Prefix): boolean {
  return length > 0 && !isLinkLocal(ip);
}

export const findInsideSubnets = unit({
  name: 'anti-spoof/inside-subnets',
  over: subnets,
  reads: [legs, translatingTenants],
  writes: [insideNetworks, insideLengths],
  emit: ({ interface: name, prefix }, facts, out) => {
    const leg = facts.get(legs, name);
    if (leg?.role !== 'inner' || leg.tenant === undefined) return;
    putInside(facts, out, { tenant: leg.tenant, prefix, isConnected: true });
  },
});

export const findInsideRoutes = unit({
  name: 'anti-spoof/inside-routes',
  over: routes,
  reads: [legs, translatingTenants],
  writes: [insideNetworks, insideLengths],
  emit: ({ tenant, interface: name, destination: prefix }, facts, out) => {
    if (facts.get(legs, name)?.role === 'inner') putInside(facts, out, { tenant, prefix, isConnected: false });
  },
});

export const insideSources = flowUnit({
  name: 'anti-spoof/inside-sources',
  over: insideNetworks,
  reads: [tenants, translatingTenants],
  flows: ({ tenant: name, prefix, isConnected }, facts) => {
    const tenant = facts.get(tenants, name);
    if (!tenant) return [];
    const match = from(tenant, prefix);
    return [
      ...(isTracked(facts, name, prefix)
        ? [drop('outer_state', trackedPriority(prefix, isConnected), 'martian-source', match)]
        : []),
      ...(isStateless(facts, name)
        ? [drop('outer_source', statelessPriority(prefix, isConnected), 'martian-source', match)]
        : []),
    ];
  },
});

/** What of it is outside all the same: an interface's subnet, or a longer route. */
export const outsideSubnets = flowUnit({
  name: 'anti-spoof/outside-subnets',
  over: reaches,
  reads: [tenants, legs, subnets, translatingTenants, forwardingTenants, insideLengths, insideNetworks],
  flows: ({ tenant, interface: name }, facts) =>
    facts.get(legs, name)?.role === 'outer'
      ? facts.by(subnets, 'interface', name).flatMap(({ prefix }) => outside(facts, tenant, prefix, true))
      : [],
});

export const outsideRoutes = flowUnit({
  name: 'anti-spoof/outside-routes',
  over: routes,
  reads: [tenants, legs, translatingTenants, forwardingTenants, insideLengths, insideNetworks],
  flows: ({ tenant, interface: name, destination }, facts) =>
    facts.get(legs, name)?.role === 'outer' ? outside(facts, tenant, destination, false) : [],
});

/** As if nothing were said of it: `connection-state.ts`. */
function outside(facts: Facts, name: string, prefix: Prefix, isConnected: boolean): PipelineFlow[] {
  const tenant = facts.get(tenants, name);
  if (!tenant || !counts(prefix) || !isInside(facts, name, prefix)) return [];
  const match = from(tenant, prefix);
  const priority = trackedPriority(prefix, isConnected);
  const related = [isRelatedTranslatedBack(), ...match];
  return [
    ...(isTracked(facts, name, prefix)
      ? [
          flow({ table: 'outer_state', priority: priority + 1, match: related, next: 'route' }),
          ...(facts.get(forwardingTenants, name)
            ? [
                flow({
                  table: 'outer_state',
                  priority: priority + 1,
                  match: [...isForwarded(), ...match],
                  next: 'route',
                }),
              ]
            : []),
          flow({ table: 'outer_state', priority, match, next: 'outer_new' }),
        ]
      : []),
    ...(isStateless(facts, name)
      ? [
          flow({
            ...{ table: 'outer_source', priority: statelessPriority(prefix, isConnected), next: 'stateless_in' },
            match,
          }),
        ]
      : []),
  ];
}

/** Whether connections are remembered of what the tenant gets from such an address; of IPv6 none are. */
function isTracked(facts: Facts, tenant: string, { ip }: Prefix): boolean {
  return ip.family === 4 && isTranslating(facts, tenant, 'connection');
}

function isStateless(facts: Facts, tenant: string): boolean {
  return isTranslating(facts, tenant, 'address');
}

/** Whether it lies in a network inside. */
function isInside(facts: Facts, tenant: string, { ip, length }: Prefix): boolean {
  return facts
    .by(insideLengths, 'tenant', `${tenant} ${ip.family}`)
    .filter(inside => inside.length <= length)
    .some(
      inside =>
        facts.by(insideNetworks, 'network', networkAt(tenant, networkOf({ ip, length: inside.length }))).length > 0,
    );
}

function from({ id }: Tenant, prefix: Prefix) {
  return [...registersAre([registers.tenant, id]), ...inPrefix('source', prefix)];
}

/** Of two prefixes of one length an interface's own counts. Below what `connection-state.ts` has first, above what it has last. */
function trackedPriority({ length }: Prefix, isConnected: boolean): number {
  return 110 + 2 * (2 * length + (isConnected ? 1 : 0));
}

function statelessPriority({ length }: Prefix, isConnected: boolean): number {
  return 100 + 2 * length + (isConnected ? 1 : 0);
}
