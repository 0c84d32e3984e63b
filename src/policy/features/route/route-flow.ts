// A line of table `route`: longest prefix match per tenant → egress interface and next hop.

import type { Prefix } from '../../../lib/address.ts';
import type { Action } from '../../../openflow/actions/all.ts';
import type { CookieParts } from '../../cookies.ts';
import type { Leg, Tenant } from '../../facts/objects.ts';
import { registers } from '../../registers.ts';
import { flow, type PipelineFlow } from '../flow-unit.ts';
import { inPrefix, load, registersAre } from '../words/match-and-action.ts';

/** Above those of all prefixes. */
export const routePriorities = { martian: 2100, expired: 2000 } as const;

export interface RouteText {
  readonly tenant: Tenant;
  readonly to: Prefix;
  /** Of an interface's own prefix, which wins over a static route of the same length. */
  readonly isConnected: boolean;
  readonly owner: CookieParts;
  readonly egress: Leg;
  /** Sets the next hop. */
  readonly hop: Action;
}

export function routeFlow({ tenant, to, isConnected, owner, egress, hop }: RouteText): PipelineFlow {
  return flow({
    table: 'route',
    // 128 bits of prefix, times two to leave room for the tie, fit below the priority of the TTL check.
    priority: 100 + 2 * to.length + (isConnected ? 1 : 0),
    owner,
    match: [...registersAre([registers.tenant, tenant.id]), ...inPrefix('destination', to)],
    actions: [load(registers.egressInterface, egress.index), hop],
    next: 'inner_nat',
  });
}
