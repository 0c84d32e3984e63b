// What NAT can tell apart, and so translates: everything else stays where it is.

import { protocols } from '../../constants.ts';
import type { NatChunk } from '../../facts/objects.ts';

/** The protocols that `chunk` serves. ICMP has no port, so it is the address owner's alone. */
export function natProtocols(chunk: NatChunk): readonly ('tcp' | 'udp' | 'icmp')[] {
  return chunk.icmp ? ['tcp', 'udp', 'icmp'] : ['tcp', 'udp'];
}

export function protocolNumber(protocol: 'tcp' | 'udp' | 'icmp'): number {
  return protocols[protocol];
}
