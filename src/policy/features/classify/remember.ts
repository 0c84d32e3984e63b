// What a packet carries from table `interface` on: ingress interface, tenant, zone, direction, and what an answer goes back by.

import type { Action } from '../../../openflow/actions/all.ts';
import type { Table } from '../../engine/table.ts';
import type { Facts } from '../../engine/unit.ts';
import { type Leg, tenants } from '../../facts/objects.ts';
import { fromInner, fromOuter, registers } from '../../registers.ts';
import { load } from '../words/match-and-action.ts';

export const rememberReads: readonly Table[] = [tenants];

/** @param arrivedBy index of the port, or of the interface itself; undefined: the interface's tenant is not there */
export function remember(facts: Facts, leg: Leg, arrivedBy: number): Action[] | undefined {
  const common = [
    load(registers.ingressInterface, leg.index),
    load(registers.arrivedBy, arrivedBy),
    load(registers.direction, leg.role === 'inner' ? fromInner : fromOuter),
  ];
  if (leg.tenant === undefined) return common;
  const tenant = facts.get(tenants, leg.tenant);
  if (!tenant) return undefined;
  const { id, zone } = tenant;
  return [...common, load(registers.tenant, id), ...(zone === undefined ? [] : [load(registers.zone, zone)])];
}
