// Table `gateway`: a ping of the gateway's own address is answered (in vswitchd's slow path, hence the meter); anything
// else addressed to it is dropped. Transit goes on: from inside to routing, from outside to NAT first.

import type { Ip } from '../../lib/address.ts';
import { icmpTypes, icmpv6Types, protocols } from '../constants.ts';
import { addressFields, drop, flow, is, isAddress, move, registersAre, set, whole } from '../flow-builder.ts';
import { meterId } from '../meters.ts';
import type { Interface } from '../model.ts';
import { tables } from '../pipeline.ts';
import { fromOuter, registers } from '../registers.ts';
import { ownedBy, type Stage } from './context.ts';
import { sendBack } from './send-back.ts';

const echo = {
  4: { protocol: protocols.icmp, field: 'icmp_type', request: icmpTypes.echoRequest, reply: icmpTypes.echoReply },
  6: {
    protocol: protocols.icmpv6,
    field: 'icmpv6_type',
    request: icmpv6Types.echoRequest,
    reply: icmpv6Types.echoReply,
  },
} as const;

const answerTtl = 64;

export const gateway: Stage = ({ intent }) => [
  ...intent.interfaces.flatMap(iface => iface.addresses.flatMap(({ ip }) => own(iface, ip))),
  flow({
    table: tables.gateway,
    priority: 50,
    match: registersAre([registers.direction, fromOuter]),
    next: tables.outer_nat,
  }),
  flow({ table: tables.gateway, priority: 0, next: tables.route }),
];

function own(iface: Interface, ip: Ip) {
  const toGateway = [...registersAre([registers.ingressInterface, iface.index]), ...isAddress('destination', ip)];
  const { protocol, field, request, reply } = echo[ip.family];
  const { source, destination } = addressFields[ip.family];
  const bits = ip.family === 4 ? 32 : 128;
  return [
    flow({
      table: tables.gateway,
      priority: 110,
      owner: ownedBy(iface),
      match: [...toGateway, is('nw_proto', protocol), is(field, request)],
      actions: [
        { kind: 'meter', meter: meterId(iface, 'gatewayEcho') },
        move(whole(source, bits), whole(destination, bits)),
        set(source, ip.value),
        set('nw_ttl', answerTtl),
        set(field, reply),
        ...sendBack(iface),
      ],
      next: tables.retag,
    }),
    // On a shared outer interface a pool may hold the gateway's own address: replies to it are NAT's.
    ...(iface.role === 'inner' ? [drop(tables.gateway, 100, 'gateway-closed', toGateway)] : []),
  ];
}
