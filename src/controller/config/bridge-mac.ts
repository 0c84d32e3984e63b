// The MAC of a bridge that the configuration gives none: the same at every start, and nobody else's.

import { createHash } from 'node:crypto';

/** A unicast, locally administered address (IEEE 802, bits 0 and 1 of the first octet) from 46 bits of a hash. */
export function deriveBridgeMac(nodeName: string, bridgeName: string): bigint {
  const hash = createHash('sha256').update(`${nodeName}\0${bridgeName}`).digest();
  return (BigInt(`0x${hash.subarray(0, 6).toString('hex')}`) & ~(1n << 40n)) | (1n << 41n);
}
