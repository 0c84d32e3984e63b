// Facts that units make of others, for whoever asks.

import { table } from '../engine/table.ts';
import { only } from './base.ts';

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

/** A tenant reaches an interface: its own, and the shared ones its routes or NAT rules name. */
export interface Reach {
  readonly tenant: string;
  readonly interface: string;
}

export const reaches = table({
  name: 'reaches',
  key: (reach: Reach) => `${reach.tenant} ${reach.interface}`,
  indexes: { tenant: reach => [reach.tenant] },
});
