// The Internet checksum (RFC 1071), and the pseudo-headers that transports count in (RFC 9293 section 3.1, RFC 8200 section 8.1).

/** The ends of an IP packet: 32-bit numbers or 128-bit bigints, both of one family. */
export interface IpEnds {
  readonly source: number | bigint;
  readonly destination: number | bigint;
}

/** Over `bytes`; `seed` is what was summed before. Of data that includes its own right checksum: 0. */
export function internetChecksum(bytes: Uint8Array, seed = 0): number {
  let sum = seed;
  for (let i = 0; i < bytes.length; i += 2) sum += ((bytes[i] as number) << 8) | (bytes[i + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 0x1_0000);
  return ~sum & 0xffff;
}

/** The seed that stands for the pseudo-header of a segment of `length` bytes. */
export function pseudoHeaderSum({ source, destination }: IpEnds, protocol: number, length: number): number {
  return halfWords(source) + halfWords(destination) + protocol + (length >>> 16) + (length & 0xffff);
}

function halfWords(address: number | bigint): number {
  if (typeof address === 'number') return (address >>> 16) + (address & 0xffff);
  let sum = 0;
  for (let rest = address; rest > 0n; rest >>= 16n) sum += Number(rest & 0xffffn);
  return sum;
}
