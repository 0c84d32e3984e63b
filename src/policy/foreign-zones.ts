// Conntrack zones are the datapath's, and so of all its bridges: one that another bridge has is not used, whatever tenant of
// ours it was given to. What needs no connections goes on.

/** Zones that other bridges of the switch have, and who has each. */
export type ForeignZones = ReadonlyMap<number, string>;

/** Why nothing of a tenant is translated; undefined: its zone is its own. */
export function whyNoZone(tenant: string, zone: number | undefined, foreign: ForeignZones): string | undefined {
  const who = zone === undefined ? undefined : foreign.get(zone);
  if (who === undefined) return undefined;
  return `conntrack zone ${zone} of tenants/${tenant} is in use by ${who}: nothing of it is translated here until that has another one`;
}
