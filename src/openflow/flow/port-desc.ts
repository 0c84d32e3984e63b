// One port of a switch (OpenFlow 1.5.1 section 7.2.1).

import type { PropertyOrder } from './property.ts';

/** A port: number, name, addresses and state. */
export interface PortDesc {
  readonly portNo: number;
  readonly name: string;
  /** 48 bits. */
  readonly hwAddr: bigint;
  /** OFPPC_*: 1 down, 4 no receive, 0x20 no forward, 0x40 no packet-in. */
  readonly config: number;
  /** OFPPS_*: 1 link down, 2 blocked, 4 live. */
  readonly state: number;
  /** Present when the switch sent the Ethernet property; always in OpenFlow 1.3. */
  readonly ethernet?: EthernetPort;
  /** Exactly which properties a decoded port has; absent: the Ethernet one, if any. */
  readonly propertyOrder?: PropertyOrder<'ethernet'>;
}

/** The Ethernet property of a port (OpenFlow 1.5.1 section 7.2.1.2). */
export interface EthernetPort {
  /** Bits of ofp_port_features. */
  readonly current: number;
  readonly advertised: number;
  readonly supported: number;
  readonly peer: number;
  /** kbit/s. */
  readonly currentSpeed: number;
  readonly maxSpeed: number;
}
