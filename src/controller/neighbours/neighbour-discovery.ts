// Neighbour discovery on the wire: a solicitation in, its advertisement out (RFC 4861 sections 4.3, 4.4 and 7.2.4).
// Pure bytes; who asks and where the answer goes is the responder's business.

import { PointsmanError } from '../../lib/errors.ts';

/** Thrown when a frame is no neighbour solicitation that may be answered. */
export class SolicitationError extends PointsmanError<'BAD_SOLICITATION'> {
  constructor(why: string) {
    super('BAD_SOLICITATION', `no valid neighbour solicitation: ${why}`);
  }
}

export interface Solicitation {
  readonly sourceMac: Uint8Array;
  readonly source: Uint8Array;
  readonly target: Uint8Array;
}

const ethernetLength = 14;
const ipv6Length = 40;
const icmpOffset = ethernetLength + ipv6Length;
const solicitationLength = 24;
const nextHeaderIcmpv6 = 58;
const hopLimit = 255;
const typeSolicitation = 135;
const typeAdvertisement = 136;
const flagRouter = 0x80;
const flagSolicited = 0x40;
const flagOverride = 0x20;
const allNodes = Uint8Array.of(0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1);
const allNodesMac = Uint8Array.of(0x33, 0x33, 0, 0, 0, 1);

/** @throws SolicitationError */
export function parseSolicitation(frame: Uint8Array): Solicitation {
  if (frame.length < icmpOffset + solicitationLength) throw new SolicitationError(`${frame.length} bytes are too few`);
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  if (view.getUint16(12) !== 0x86dd) throw new SolicitationError('not IPv6');
  const ip = ethernetLength;
  const payload = view.getUint16(ip + 4);
  if (view.getUint8(ip + 6) !== nextHeaderIcmpv6) throw new SolicitationError('not ICMPv6');
  if (view.getUint8(ip + 7) !== hopLimit) throw new SolicitationError('its hop limit is not 255, so it was forwarded');
  if (payload < solicitationLength || icmpOffset + payload > frame.length) throw new SolicitationError('truncated');
  if (view.getUint8(icmpOffset) !== typeSolicitation || view.getUint8(icmpOffset + 1) !== 0)
    throw new SolicitationError('another ICMPv6 type');
  const source = frame.subarray(ip + 8, ip + 24);
  const destination = frame.subarray(ip + 24, ip + 40);
  const icmp = frame.subarray(icmpOffset, icmpOffset + payload);
  // A sum over data that includes its own checksum comes out as zero.
  if (checksum(source, destination, icmp) !== 0) throw new SolicitationError('bad checksum');
  return {
    sourceMac: frame.slice(6, 12),
    source: source.slice(),
    target: frame.slice(icmpOffset + 8, icmpOffset + 24),
  };
}

/** Who has the target. */
export interface Advertiser {
  readonly mac: Uint8Array;
  readonly router: boolean;
}

/** The advertisement frame that answers. A duplicate address probe is answered to all nodes. */
export function buildAdvertisement(
  { sourceMac, source, target }: Solicitation,
  { mac, router }: Advertiser,
): Uint8Array {
  const probe = source.every(byte => byte === 0);
  const frame = new Uint8Array(icmpOffset + solicitationLength + 8);
  const view = new DataView(frame.buffer);
  frame.set(probe ? allNodesMac : sourceMac, 0);
  frame.set(mac, 6);
  view.setUint16(12, 0x86dd);
  view.setUint32(ethernetLength, 0x60000000);
  view.setUint16(ethernetLength + 4, frame.length - icmpOffset);
  frame[ethernetLength + 6] = nextHeaderIcmpv6;
  frame[ethernetLength + 7] = hopLimit;
  const destination = probe ? allNodes : source;
  frame.set(target, ethernetLength + 8);
  frame.set(destination, ethernetLength + 24);
  frame[icmpOffset] = typeAdvertisement;
  frame[icmpOffset + 4] = (router ? flagRouter : 0) | flagOverride | (probe ? 0 : flagSolicited);
  frame.set(target, icmpOffset + 8);
  // Target link-layer address option, RFC 4861 section 4.6.1: type 2, length 1 (8 bytes).
  frame.set([2, 1, ...mac], icmpOffset + solicitationLength);
  view.setUint16(icmpOffset + 2, checksum(target, destination, frame.subarray(icmpOffset)));
  return frame;
}

/** RFC 8200 section 8.1: over the pseudo-header and the ICMPv6 message. */
function checksum(source: Uint8Array, destination: Uint8Array, icmp: Uint8Array): number {
  let sum = icmp.length + nextHeaderIcmpv6;
  for (const bytes of [source, destination, icmp])
    for (let i = 0; i < bytes.length; i += 2) sum += ((bytes[i] ?? 0) << 8) | (bytes[i + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}
