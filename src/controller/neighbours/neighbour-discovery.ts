// Neighbour discovery on the wire: a solicitation in, its advertisement out (RFC 4861 sections 4.3, 4.4, 7.1.1 and 7.2.4).
// Pure bytes; who is there and where the answer goes is the responder's business.

import { type Prefix, prefixContains } from '../../lib/address.ts';
import { PointsmanError } from '../../lib/errors.ts';
import { buildFrame, parseFrame } from '../../openflow/packet/frame.ts';
import { buildNeighbour, parseNeighbour } from '../../openflow/packet/neighbour-discovery.ts';

/** Thrown when a frame is no neighbour solicitation that may be answered. */
export class SolicitationError extends PointsmanError<'BAD_SOLICITATION'> {
  constructor(why: string) {
    super('BAD_SOLICITATION', `no valid neighbour solicitation: ${why}`);
  }
}

export interface Solicitation {
  readonly sourceMac: bigint;
  readonly source: bigint;
  readonly target: bigint;
}

const hopLimit = 255;
const groupBit = 0x0100_0000_0000n;
const loopback = 1n;
/** Of the target's last three bytes (RFC 4291 section 2.7.1). */
const solicitedNode = 0xff02_0000_0000_0000_0000_0001_ff00_0000n;
const allNodes = 0xff02_0000_0000_0000_0000_0000_0000_0001n;
const allNodesMac = 0x3333_0000_0001n;

/** @throws SolicitationError */
export function parseSolicitation(bytes: Uint8Array): Solicitation {
  const frame = parseFrame(bytes);
  const ip = frame?.payload;
  if (!frame || ip?.kind !== 'ipv6' || frame.tags.length > 0) throw new SolicitationError('not IPv6, or truncated');
  const { payload: icmp } = ip;
  if (icmp.kind !== 'icmpv6') throw new SolicitationError('not ICMPv6');
  if (ip.hopLimit !== hopLimit) throw new SolicitationError('its hop limit is not 255, so it was forwarded');
  if (icmp.checksum !== undefined) throw new SolicitationError('bad checksum');
  const message = parseNeighbour(icmp);
  if (message?.kind !== 'solicitation')
    throw new SolicitationError('another ICMPv6 message, or an option that is cut or has no length');
  if (isMulticast(message.target)) throw new SolicitationError('it looks for a group');
  if ((frame.source & groupBit) !== 0n) throw new SolicitationError('its source MAC address is that of a group');
  if (isMulticast(ip.source) || ip.source === loopback) throw new SolicitationError('its source is no machine');
  // Who has no address yet asks the group, and has nothing to say of himself.
  if (ip.source === 0n && ip.destination !== (solicitedNode | (message.target & 0xff_ffffn)))
    throw new SolicitationError('without a source it goes to another than the solicited-node address');
  if (ip.source === 0n && message.linkAddress !== undefined)
    throw new SolicitationError('without a source it has a source link-layer address');
  return { sourceMac: frame.source, source: ip.source, target: message.target };
}

function isMulticast(ip: bigint): boolean {
  return ip >> 120n === 0xffn;
}

/** The link that a solicitation came by. */
export interface Link {
  /** The gateway's addresses, with their prefixes. */
  readonly subnets: readonly Prefix[];
  /** MAC addresses that this node sends with. */
  readonly macs: readonly bigint[];
  /** What is routed to machines on it, which may ask in its name. Undefined: anybody may be there. */
  readonly behind: readonly Prefix[] | undefined;
}

/** Whether a machine on the link can have asked. @throws SolicitationError */
export function checkAsker({ source, sourceMac }: Solicitation, { subnets, macs, behind }: Link): void {
  if (macs.includes(sourceMac)) throw new SolicitationError('it comes from a MAC address of ours');
  const ip = { family: 6, value: source } as const;
  if (subnets.some(own => own.ip.family === 6 && own.ip.value === source))
    throw new SolicitationError('it comes from an address of ours');
  const isOnLink = source === 0n || source >> 118n === 0x3fan;
  const there = behind && [...subnets, ...behind];
  if (!isOnLink && there && !there.some(prefix => prefixContains(prefix, ip)))
    throw new SolicitationError('its source is elsewhere');
}

/** Who has the target. */
export interface Advertiser {
  readonly mac: bigint;
  readonly router: boolean;
}

/** The advertisement frame that answers. A duplicate address probe is answered to all nodes. */
export function buildAdvertisement(
  { sourceMac, source, target }: Solicitation,
  { mac, router }: Advertiser,
): Uint8Array {
  const isProbe = source === 0n;
  return buildFrame({
    destination: isProbe ? allNodesMac : sourceMac,
    source: mac,
    tags: [],
    payload: {
      kind: 'ipv6',
      source: target,
      destination: isProbe ? allNodes : source,
      hopLimit,
      trafficClass: 0,
      flowLabel: 0,
      payload: buildNeighbour({
        kind: 'advertisement',
        target,
        router,
        solicited: !isProbe,
        override: true,
        linkAddress: mac,
      }),
    },
    trailer: new Uint8Array(),
  });
}
