// The Internet checksum (RFC 1071), the pseudo-headers that transports count in (RFC 9293 section 3.1, RFC 8200 section
// 8.1), and the CRC32c of SCTP (RFC 9260 appendix A).

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

const castagnoli = 0x82f6_3b78;

const crcTable = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ castagnoli : crc >>> 1;
  return crc;
});

/** CRC32c as a number; SCTP writes its bytes the least significant first. */
export function crc32c(bytes: Uint8Array): number {
  let crc = 0xffff_ffff;
  for (const byte of bytes) crc = (crc >>> 8) ^ (crcTable[(crc ^ byte) & 0xff] as number);
  return ~crc >>> 0;
}
