// Every kind of object. Whatever walks kinds walks this list.

import type { Unit } from '../engine/unit.ts';
import { interfaces, interfaceUnits } from './interfaces.ts';
import type { KindHome } from './kind.ts';
import { type Kind, kinds } from './names.ts';
import { natPools, natPoolUnits } from './nat-pools.ts';
import { natRules, natRuleUnits } from './nat-rules.ts';
import { portForwards, portForwardUnits } from './port-forwards.ts';
import { ports, portUnits } from './ports.ts';
import { routes, routeUnits } from './routes.ts';
import { staticNats, staticNatUnits } from './static-nats.ts';
import { tenants, tenantUnits } from './tenants.ts';
import { vnis, vniUnits } from './vnis.ts';

export const kindHomes = {
  tenants,
  vnis,
  interfaces,
  ports,
  routes,
  'nat-pools': natPools,
  'nat-rules': natRules,
  'static-nats': staticNats,
  'port-forwards': portForwards,
} as const satisfies Record<Kind, unknown>;

/** The same, where the kind is not known. */
export function homeOf<Document>(kind: Kind): KindHome<Document> {
  return kindHomes[kind] as unknown as KindHome<Document>;
}

const unitsOf: Readonly<Record<Kind, readonly Unit[]>> = {
  tenants: tenantUnits,
  vnis: vniUnits,
  interfaces: interfaceUnits,
  ports: portUnits,
  routes: routeUnits,
  'nat-pools': natPoolUnits,
  'nat-rules': natRuleUnits,
  'static-nats': staticNatUnits,
  'port-forwards': portForwardUnits,
};

export const kindUnits: readonly Unit[] = kinds.flatMap(kind => unitsOf[kind]);

/** An object in a sentence. */
export function called({ kind, name }: { readonly kind: Kind; readonly name: string }): string {
  return `${kindHomes[kind].noun} "${name}"`;
}
