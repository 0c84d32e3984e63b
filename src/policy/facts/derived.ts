// Facts that units make of others, for whoever asks.

import { table } from '../engine/table.ts';

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
