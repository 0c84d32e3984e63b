// What has connections remembered needs the zone of its tenant, and cannot have it where somebody else does.

import type { Facts, Output } from '../engine/unit.ts';
import { foreignZones, numbers, objectKey } from '../facts/base.ts';
import { problems } from '../facts/problems.ts';
import { whyNoZone } from '../foreign-zones.ts';
import type { Kind } from './names.ts';

interface ZoneUser {
  readonly kind: Kind;
  readonly name: string;
  readonly tenant: string;
}

export function reportForeignZone({ kind, name, tenant }: ZoneUser, facts: Facts, out: Output): void {
  const zone = facts.get(numbers, objectKey('tenants', tenant))?.zone;
  const foreign = zone === undefined ? undefined : facts.get(foreignZones, String(zone));
  const detail = foreign && whyNoZone(tenant, foreign.zone, new Map([[foreign.zone, foreign.who]]));
  if (detail === undefined) return;
  out.put(problems, { kind, name, pointer: '/tenant', why: 'conflict', about: 'zone', detail, isOfSwitch: true });
}
