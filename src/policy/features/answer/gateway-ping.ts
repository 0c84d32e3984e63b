// Tables `gateway` and `answer`: a ping of the gateway's own address (RFC 792, RFC 4443 section 4.1) is answered, through the
// interface's meter; anything else that is addressed to it from inside is dropped. Transit goes on: from inside to routing,
// from outside to NAT first.

import type { Ip } from '../../../lib/address.ts';
import type { Match } from '../../../openflow/flow/match.ts';
import { icmpTypes, icmpv6Types, protocols } from '../../constants.ts';
import { self } from '../../facts/base.ts';
import { gatewayMacs, type LegHere, legsHere } from '../../facts/derived.ts';
import { subnets } from '../../facts/objects.ts';
import { meterId } from '../../meters.ts';
import { fromOuter, registers } from '../../registers.ts';
import { drop, flow, flowUnit, type PipelineFlow } from '../flow-unit.ts';
import { ownedBy } from '../words/interfaces.ts';
import { addressFields, is, isAddress, move, registersAre, set, whole } from '../words/match-and-action.ts';
import { toAnswer } from './answer-group.ts';
import { sendBack } from './send-back.ts';

const answerTtl = 64;

const echo = {
  4: { protocol: protocols.icmp, field: 'icmp_type', request: icmpTypes.echoRequest, reply: icmpTypes.echoReply },
  6: {
    protocol: protocols.icmpv6,
    field: 'icmpv6_type',
    request: icmpv6Types.echoRequest,
    reply: icmpv6Types.echoReply,
  },
} as const;

export const gatewayPing = flowUnit({
  name: 'answer/gateway-ping',
  over: subnets,
  reads: [legsHere, gatewayMacs],
  flows: ({ interface: name, prefix: { ip } }, facts) => {
    const leg = facts.get(legsHere, name);
    const gateway = facts.get(gatewayMacs, name);
    if (!leg || !gateway) return [];
    const toGateway = [...registersAre([registers.ingressInterface, leg.index]), ...isAddress('destination', ip)];
    const ping = [
      ...toGateway,
      is('nw_proto', echo[ip.family].protocol),
      is(echo[ip.family].field, echo[ip.family].request),
    ];
    return [
      flow({
        ...{ table: 'gateway', priority: 110, owner: ownedBy(leg), match: ping },
        actions: [{ kind: 'meter', meter: meterId(leg, 'gatewayEcho') }, toAnswer],
      }),
      // On an outer interface a pool may hold the gateway's own address: what is no echo is NAT's to judge.
      ...(leg.role === 'inner' ? [drop('gateway', 100, 'gateway-closed', toGateway)] : []),
      echoReply(leg, ip, gateway.mac, ping),
    ];
  },
});

function echoReply(leg: LegHere, ip: Ip, mac: bigint, match: Match): PipelineFlow {
  const { source, destination } = addressFields[ip.family];
  const bits = ip.family === 4 ? 32 : 128;
  const { field, reply } = echo[ip.family];
  return flow({
    ...{ table: 'answer', priority: 100, owner: ownedBy(leg), match, next: 'retag' },
    actions: [
      move(whole(source, bits), whole(destination, bits)),
      set(source, ip.value),
      set('nw_ttl', answerTtl),
      set(field, reply),
      ...sendBack(leg, mac),
    ],
  });
}

export const transit = flowUnit({
  name: 'answer/transit',
  over: self,
  reads: [],
  flows: () => [
    flow({
      ...{ table: 'gateway', priority: 50, next: 'outer_nat' },
      match: registersAre([registers.direction, fromOuter]),
    }),
  ],
});
