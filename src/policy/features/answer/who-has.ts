// Questions as matches: who has an address.

import type { Ip } from '../../../lib/address.ts';
import type { Match } from '../../../openflow/flow/match.ts';
import { arpOps, etherTypes, icmpv6Types, protocols } from '../../constants.ts';
import { is } from '../words/match-and-action.ts';

const solicitation: Match = [
  is('eth_type', etherTypes.ipv6),
  is('nw_proto', protocols.icmpv6),
  is('icmpv6_type', icmpv6Types.neighbourSolicitation),
];

/** ARP (RFC 826), or a neighbour solicitation (RFC 4861 section 4.3). */
export function whoHas(ip: Ip): Match {
  return ip.family === 4
    ? [is('eth_type', etherTypes.arp), is('arp_op', arpOps.request), is('arp_tpa', ip.value)]
    : [...solicitation, is('icmpv6_code', 0), is('nd_target', ip.value)];
}

/** Whatever is looked for: ARP, and neighbour solicitations. */
export const whoHasAny: readonly Match[] = [[is('eth_type', etherTypes.arp)], solicitation];
