// Addresses as they stand in a frame.

import type { Ip } from '../../lib/address.ts';

export function macBytes(mac: bigint): Uint8Array {
  return bytes(mac, 6);
}

export function addressBytes({ family, value }: Ip): Uint8Array {
  return bytes(BigInt(value), family === 4 ? 4 : 16);
}

/** Big-endian. */
export function numberOf(from: Uint8Array): bigint {
  return from.reduce((value, byte) => (value << 8n) | BigInt(byte), 0n);
}

function bytes(value: bigint, length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => Number((value >> BigInt(8 * (length - 1 - i))) & 0xffn));
}
