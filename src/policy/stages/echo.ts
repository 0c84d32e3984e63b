// An echo request to a gateway address, as a match: RFC 792 and RFC 4443 section 4.1.

import type { Ip } from '../../lib/address.ts';
import type { Match } from '../../openflow/flow/match.ts';
import { icmpTypes, icmpv6Types, protocols } from '../constants.ts';
import { is, isAddress, registersAre } from '../flow-builder.ts';
import type { Interface } from '../model.ts';
import { registers } from '../registers.ts';

export const echo = {
  4: { protocol: protocols.icmp, field: 'icmp_type', request: icmpTypes.echoRequest, reply: icmpTypes.echoReply },
  6: {
    protocol: protocols.icmpv6,
    field: 'icmpv6_type',
    request: icmpv6Types.echoRequest,
    reply: icmpv6Types.echoReply,
  },
} as const;

export function toGateway(iface: Interface, ip: Ip): Match {
  return [...registersAre([registers.ingressInterface, iface.index]), ...isAddress('destination', ip)];
}

export function echoTo(iface: Interface, ip: Ip): Match {
  const { protocol, field, request } = echo[ip.family];
  return [...toGateway(iface, ip), is('nw_proto', protocol), is(field, request)];
}
