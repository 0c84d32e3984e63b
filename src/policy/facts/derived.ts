// Facts that units make of others, for whoever asks.

import type { IpFamily } from '../../lib/address.ts';
import { table } from '../engine/table.ts';
import type { Facts } from '../engine/unit.ts';
import type { VtepConfig } from '../node.ts';
import { only } from './base.ts';
import { type Host, hostKey, type Leg, macAt, type Port } from './objects.ts';

/** A machine's port that is bound to this node, and there. */
export interface PortHere {
  readonly port: string;
  /** Its OpenFlow port. */
  readonly ofport: number;
}

export const portsHere = table({ name: 'ports-here', key: ({ port }: PortHere) => port });

/** An interface that is here now, and that another node takes when this one is gone; where nodes are fenced. */
export interface MovingLeg {
  readonly interface: string;
}

export const movingLegs = table({ name: 'moving-legs', key: (leg: MovingLeg) => leg.interface });

/** There when there are other nodes; one row. */
export const peersThere = table({ name: 'peers-there', key: (_: { readonly peers: true }) => only });

/** By rows, a tenant reaches an interface: its own, and the shared ones its routes or NAT rules name. Of documents: `ways`. */
export interface Reach {
  readonly tenant: string;
  readonly interface: string;
}

export const reaches = table({
  name: 'reaches',
  key: (reach: Reach) => `${reach.tenant} ${reach.interface}`,
  indexes: { tenant: reach => [reach.tenant] },
});

/** A tenant has packets translated: by what conntrack remembers, or by their address alone. */
export interface Translating {
  readonly tenant: string;
  readonly by: 'connection' | 'address';
}

export const translatingTenants = table({
  name: 'translating-tenants',
  key: ({ tenant, by }: Translating) => `${tenant} ${by}`,
});

/** A tenant has ports forwarded, here: what is new from outside is looked at. */
export const forwardingTenants = table({
  name: 'forwarding-tenants',
  key: ({ tenant }: { readonly tenant: string }) => tenant,
});

export function isTranslating(facts: Facts, tenant: string, by: Translating['by']): boolean {
  return facts.get(translatingTenants, `${tenant} ${by}`) !== undefined;
}

/** An interface whose frames enter and leave at this node, as far as that is the same whoever answers on it. */
export interface LegHere extends Pick<Leg, 'id' | 'index' | 'role'> {
  readonly interface: string;
  /** Of the tunnel that its frames come by; undefined: they come by none. */
  readonly tunnel: IpFamily | undefined;
}

export const legsHere = table({ name: 'legs-here', key: (leg: LegHere) => leg.interface });

/** A port here, whatever its OpenFlow port. */
export interface MachineHere extends Pick<Port, 'id' | 'index'> {
  readonly port: string;
}

export const machinesHere = table({ name: 'machines-here', key: ({ port }: MachineHere) => port });

/** The hosts of segments that have ports here: most have none. */
export const hostsBesidePorts = table({
  name: 'hosts-beside-ports',
  key: (host: Host) => hostKey(host),
  indexes: {
    /** By `macAt`. */
    mac: host => [macAt(host.interface, host.mac)],
  },
});

/** A MAC address of an interface. */
export interface MacOfInterface {
  readonly interface: string;
  readonly mac: bigint;
}

/** The gateway's own, which machines know it by. */
export const gatewayMacs = table({ name: 'gateway-macs', key: (of: MacOfInterface) => of.interface });

/** With which this node sends; absent: it does not reach the interface. */
export const senderMacs = table({ name: 'sender-macs', key: (of: MacOfInterface) => of.interface });

/** A physical port of the node's own configuration, and the VTEPs behind it. */
export interface Uplink {
  readonly port: string;
  /** Of the physical bridge. */
  readonly bridge: string;
  readonly mac: bigint;
  readonly vteps: readonly VtepConfig[];
}

export const uplinks = table({ name: 'uplinks', key: ({ port }: Uplink) => port });
