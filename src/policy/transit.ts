// Traffic between nodes: a packet that one node has routed and another has the wire for, or a reply that came in at one
// node and belongs to a connection of another. It crosses the overlay in VNIs that no tenant can have, one for each
// interface; the interface's index stands in the low 16 bits.

import type { Ip } from '../lib/address.ts';

/** The two ends of the overlay between this node and another. */
export interface Transit {
  readonly local: Ip;
  readonly remote: Ip;
}

const toEgress = 0xff0000;
const fromIngress = 0xfe0000;

/** The highest VNI that a tenant can have. */
export const lastTenantVni = fromIngress - 1;

/** Of what is to leave by the interface, its headers rewritten already. */
export function egressVni(interfaceIndex: number): number {
  return toEgress | interfaceIndex;
}

/** Of what came in from outside by the interface, for the node that has its NAT chunk. */
export function ingressVni(interfaceIndex: number): number {
  return fromIngress | interfaceIndex;
}
