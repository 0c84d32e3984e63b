// A router inside may send from all that the tenant routes to it, but not from what is elsewhere: the addresses that the
// interfaces which the tenant reaches have themselves, and those that its packets leave with.

import { distinctIps, formatIp, type Ip, type Prefix, prefixContains } from '../../../lib/address.ts';
import { table } from '../../engine/table.ts';
import { type Facts, unit } from '../../engine/unit.ts';
import { reaches } from '../../facts/derived.ts';
import { legs, poolAddresses, subnets, type Tenant, tenants } from '../../facts/objects.ts';
import { registers } from '../../registers.ts';
import { isLinkLocal } from '../../special-addresses.ts';
import { drop, flowUnit, type PipelineFlow } from '../flow-unit.ts';
import { isAddress, registersAre } from '../words/match-and-action.ts';
import { ownAddresses } from './own-addresses.ts';
import {
  hasRouters,
  isRoutedInside,
  isRoutedInsideReads,
  networkAt,
  routedByUsers,
  routedNetworks,
  routedNetworksReads,
} from './routers.ts';
import { fromInside } from './special-sources.ts';

export function elsewhere({ id }: Tenant, ip: Ip): PipelineFlow {
  return drop('source', 130, 'martian-source', [
    ...registersAre([registers.tenant, id], ...fromInside),
    ...isAddress('source', ip),
  ]);
}

export const reachedAddresses = flowUnit({
  name: 'anti-spoof/reached-addresses',
  over: reaches,
  reads: [...isRoutedInsideReads, tenants, subnets],
  flows: (reach, facts) => {
    const tenant = facts.get(tenants, reach.tenant);
    if (!tenant || !hasRouters(facts, reach.tenant)) return [];
    const own = facts.by(subnets, 'interface', reach.interface).flatMap(({ prefix }) => ownAddresses(prefix));
    return distinctIps(own)
      .filter(ip => !isLinkLocal(ip) && isRoutedInside(facts, reach.tenant, ip))
      .map(ip => elsewhere(tenant, ip));
  },
});

/** An address of a pool in a network of a length that its users route inside. */
interface PoolNetwork {
  readonly pool: string;
  readonly ip: Ip;
  readonly prefix: Prefix;
}

const poolNetworks = table({
  name: 'pool-networks',
  key: ({ pool, ip, prefix }: PoolNetwork) => `${pool} ${formatIp(ip)}/${prefix.length}`,
  indexes: { network: ({ pool, prefix }) => [networkAt(pool, prefix)] },
});

export const findPoolNetworks = unit({
  name: 'anti-spoof/pool-networks',
  over: poolAddresses,
  reads: routedNetworksReads,
  writes: [poolNetworks],
  emit: ({ pool, ip }, facts, out) => {
    for (const prefix of routedNetworks(facts, 'pool', pool, ip)) out.put(poolNetworks, { pool, ip, prefix });
  },
});

export const usedPoolAddresses = flowUnit({
  name: 'anti-spoof/used-pool-addresses',
  over: routedByUsers,
  reads: [poolNetworks, tenants, reaches, legs, subnets],
  flows: ({ tenant: name, pool, prefix }, facts) => {
    const tenant = facts.get(tenants, name);
    const pooled = facts.by(poolNetworks, 'network', networkAt(pool, prefix));
    if (!tenant || pooled.length === 0) return [];
    const inside = subnetsInside(facts, name);
    return pooled
      .filter(({ ip }) => !inside.some(subnet => prefixContains(subnet, ip)))
      .map(({ ip }) => elsewhere(tenant, ip));
  },
});

function subnetsInside(facts: Facts, tenant: string): Prefix[] {
  return facts
    .by(reaches, 'tenant', tenant)
    .filter(reach => facts.get(legs, reach.interface)?.role === 'inner')
    .flatMap(reach => facts.by(subnets, 'interface', reach.interface))
    .map(({ prefix }) => prefix);
}
