// Neighbour discovery on the wire: a solicitation in, its advertisement out (RFC 4861 sections 4.3, 4.4 and 7.2.4).
// Pure bytes; who asks and where the answer goes is the responder's business.

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
  if (message?.kind !== 'solicitation') throw new SolicitationError('another ICMPv6 message');
  return { sourceMac: frame.source, source: ip.source, target: message.target };
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
