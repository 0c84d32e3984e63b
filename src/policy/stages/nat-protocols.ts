// What NAT can tell apart, and so translates: everything else stays where it is.

import { protocols } from '../constants.ts';
import type { NatChunk } from '../model.ts';

export const everyNatProtocol = ['tcp', 'udp', 'icmp'] as const;
export type NatProtocol = (typeof everyNatProtocol)[number];

/** The protocols that `chunk` serves. ICMP has no port, so it is the address owner's alone. */
export function natProtocols(chunk: NatChunk): readonly NatProtocol[] {
  return everyNatProtocol.filter(protocol => chunk.icmp || protocol !== 'icmp');
}

export function protocolNumber(protocol: NatProtocol): number {
  return protocols[protocol];
}
