// What tells the neighbours of a wire that an address is here now: bytes only. Who sends it, and where, is the
// announcer's business.

import type { Ip } from '../../lib/address.ts';
import { addressBytes, macBytes } from './bytes.ts';
import { buildAdvertisement } from './neighbour-discovery.ts';

const broadcast = new Uint8Array(6).fill(0xff);
const etherTypeArp = 0x0806;
const etherTypeIpv4 = 0x0800;
/** Without the frame check sequence (IEEE 802.3). */
const minFrame = 60;

/** An ARP announcement (RFC 5227 section 2.3), or an unsolicited advertisement (RFC 4861 section 7.2.6). */
export function buildAnnouncement(ip: Ip, mac: bigint): Uint8Array {
  const sourceMac = macBytes(mac);
  const address = addressBytes(ip);
  if (ip.family === 6) {
    // Answered as a duplicate address probe is: to all nodes, unsolicited.
    const probe = { sourceMac, source: new Uint8Array(16), target: address };
    return buildAdvertisement(probe, { mac: sourceMac, router: true });
  }
  const frame = new Uint8Array(minFrame);
  const view = new DataView(frame.buffer);
  frame.set(broadcast, 0);
  frame.set(sourceMac, 6);
  view.setUint16(12, etherTypeArp);
  // RFC 826: Ethernet and IPv4, their lengths, a request.
  view.setUint16(14, 1);
  view.setUint16(16, etherTypeIpv4);
  frame.set([6, 4, 0, 1], 18);
  frame.set(sourceMac, 22);
  frame.set(address, 28);
  frame.set(address, 38);
  return frame;
}
