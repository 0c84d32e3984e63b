// Words for what an interface, or a port, is at this node. Beside each that asks for facts stands which tables it asks.

import type { CookieParts } from '../../cookies.ts';
import type { Table } from '../../engine/table.ts';
import type { Facts } from '../../engine/unit.ts';
import { ofportKey, ofports, only, self } from '../../facts/base.ts';
import { gateways, interfaceSites, type Leg, type Port, wires } from '../../facts/objects.ts';
import { patchPorts, vxlanPort } from '../../node.ts';

export function ownedBy({ id }: Pick<Leg, 'id'>): CookieParts {
  return { kind: 'interfaces', id };
}

export function ownedByPort({ id }: Pick<Port, 'id'>): CookieParts {
  return { kind: 'ports', id };
}

export const isHereReads: readonly Table[] = [interfaceSites];

/** Whether frames of the interface enter and leave at this node. */
export function isHere(facts: Facts, interfaceName: string): boolean {
  return facts.get(interfaceSites, interfaceName)?.site.kind === 'here';
}

export const overlayPortReads: readonly Table[] = [ofports];

/** The port of the integration bridge that carries the overlay; undefined while it does not exist. */
export function overlayPort(facts: Facts): number | undefined {
  return facts.get(ofports, ofportKey('integration', vxlanPort))?.ofport;
}

export const portOfReads: readonly Table[] = [interfaceSites, wires, ofports];

/** The port of the integration bridge through which an interface is reached; undefined: there is none, or not yet. */
export function portOf(facts: Facts, interfaceName: string): number | undefined {
  const kind = facts.get(interfaceSites, interfaceName)?.site.kind;
  if (kind !== 'here') return kind === 'peer' ? overlayPort(facts) : undefined;
  const wire = facts.get(wires, interfaceName);
  switch (wire?.kind) {
    case 'vlan':
      return facts.get(ofports, ofportKey('integration', patchPorts(wire.port).integration))?.ofport;
    case 'vni':
      return overlayPort(facts);
    case 'representor':
      return facts.get(ofports, ofportKey('integration', wire.port))?.ofport;
    case undefined:
      return undefined;
  }
}

export const macOfReads: readonly Table[] = [interfaceSites, gateways, self];

/** The MAC address with which this node sends by an interface. The gateway's own is at one node, or switches would see it move. */
export function macOf(facts: Facts, interfaceName: string): bigint | undefined {
  const at = facts.get(interfaceSites, interfaceName);
  const isOwn = at?.site.kind === 'here' && !at.answers;
  return isOwn ? facts.get(self, only)?.integrationMac : facts.get(gateways, interfaceName)?.mac;
}
