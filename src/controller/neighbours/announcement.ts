// What tells the neighbours of a wire that an address is here now: bytes only. Who sends it, and where, is the
// announcer's business.

import type { Ip } from '../../lib/address.ts';
import { buildFrame } from '../../openflow/packet/frame.ts';
import { buildAdvertisement } from './neighbour-discovery.ts';

const broadcast = 0xffff_ffff_ffffn;
/** An ARP packet fills a frame up to the least there may be, 60 bytes (IEEE 802.3), with this many. */
const padding = 18;

/** An ARP announcement (RFC 5227 section 2.3), or an unsolicited advertisement (RFC 4861 section 7.2.6). */
export function buildAnnouncement(ip: Ip, mac: bigint): Uint8Array {
  // Answered as a duplicate address probe is: to all nodes, unsolicited.
  if (ip.family === 6) {
    return buildAdvertisement({ sourceMac: mac, source: 0n, target: ip.value }, { mac, router: true });
  }
  const { value: sender } = ip;
  return buildFrame({
    destination: broadcast,
    source: mac,
    tags: [],
    payload: { kind: 'arp', operation: 1, senderMac: mac, sender, targetMac: 0n, target: sender },
    trailer: new Uint8Array(padding),
  });
}
