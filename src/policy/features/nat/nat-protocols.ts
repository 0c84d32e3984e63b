// What NAT can tell apart, and so translates: everything else stays where it is.

import { protocols } from '../../constants.ts';
import type { NatChunk } from '../../facts/objects.ts';

export const everyNatProtocol = ['tcp', 'udp', 'icmp'] as const;
export type NatProtocol = (typeof everyNatProtocol)[number];

/** The protocols that `chunk` serves. ICMP has no port, so it is the address owner's alone. */
export function natProtocols({ icmp }: Pick<NatChunk, 'icmp'>): readonly NatProtocol[] {
  return everyNatProtocol.filter(protocol => icmp || protocol !== 'icmp');
}

export function protocolNumber(protocol: NatProtocol): number {
  return protocols[protocol];
}
