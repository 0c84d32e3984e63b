// The protocols that NAT translates, by number, and of a chunk.

import { protocols } from '../../constants.ts';
import type { NatChunk } from '../../facts/objects.ts';
import { everyNatProtocol, type NatProtocol } from '../../nat/selection.ts';

/** The protocols that `chunk` serves. ICMP has no port, so it is the address owner's alone. */
export function natProtocols({ icmp }: Pick<NatChunk, 'icmp'>): readonly NatProtocol[] {
  return everyNatProtocol.filter(protocol => icmp || protocol !== 'icmp');
}

export function protocolNumber(protocol: NatProtocol): number {
  return protocols[protocol];
}
