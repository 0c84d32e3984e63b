// What must not come in by an outer interface (RFC 2827): its own addresses, and those that packets leave with. The gateway's
// own may be in a pool: it is one address then.

import type { Ip } from '../../../lib/address.ts';
import { table } from '../../engine/table.ts';
import { unit } from '../../engine/unit.ts';
import { addressAt, legs, poolAddresses, subnets } from '../../facts/objects.ts';
import { registers } from '../../registers.ts';
import { flowUnit } from '../flow-unit.ts';
import { isAddress, registersAre } from '../words/match-and-action.ts';
import { ownAddresses } from './own-addresses.ts';
import { outerMartian } from './special-sources.ts';

export const outerAddresses = table({
  name: 'outer-addresses',
  key: (at: { readonly interface: string; readonly ip: Ip }) => addressAt(at.interface, at.ip),
});

export const outerSubnetAddresses = unit({
  name: 'anti-spoof/outer-subnet-addresses',
  over: subnets,
  reads: [legs],
  writes: [outerAddresses],
  emit: (subnet, facts, out) => {
    if (facts.get(legs, subnet.interface)?.role !== 'outer') return;
    for (const ip of ownAddresses(subnet.prefix)) out.put(outerAddresses, { interface: subnet.interface, ip });
  },
});

export const outerPoolAddresses = unit({
  name: 'anti-spoof/outer-pool-addresses',
  over: poolAddresses,
  reads: [],
  writes: [outerAddresses],
  emit: (at, _, out) => out.put(outerAddresses, { interface: at.interface, ip: at.ip }),
});

export const outerSources = flowUnit({
  name: 'anti-spoof/outer-sources',
  over: outerAddresses,
  reads: [legs],
  flows: (at, facts) => {
    const leg = facts.get(legs, at.interface);
    if (!leg) return [];
    return outerMartian([...registersAre([registers.ingressInterface, leg.index]), ...isAddress('source', at.ip)]);
  },
});
