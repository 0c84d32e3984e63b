// Table `arp_nd`: who asks for an address that is answered for gets an answer. No question is passed on; what is none goes on.

import { netmask } from '../../../lib/address.ts';
import type { Action } from '../../../openflow/actions/all.ts';
import type { MatchField } from '../../../openflow/flow/match.ts';
import { arpOps, etherTypes, reservedPorts } from '../../constants.ts';
import type { DropReason } from '../../cookies.ts';
import { self } from '../../facts/base.ts';
import { type LegHere, legsHere, machinesHere } from '../../facts/derived.ts';
import { ports } from '../../facts/objects.ts';
import { registers } from '../../registers.ts';
import { neverUnicast } from '../../special-addresses.ts';
import { drop, flow, flowUnit, type PipelineFlow } from '../flow-unit.ts';
import { ethType, is, move, registersAre, set, whole } from '../words/match-and-action.ts';
import { toAnswer } from './answer-group.ts';
import { type Answered, answered } from './answered.ts';
import { sendBack } from './send-back.ts';
import { whoHas } from './who-has.ts';

export const answers = flowUnit({
  name: 'answer/answers',
  over: answered,
  reads: [legsHere],
  flows: (address, facts) => {
    const leg = facts.get(legsHere, address.interface);
    if (!leg) return [];
    const { ip } = address;
    return [question(leg, address), ...(ip.family === 4 ? [arpReply(leg, address, ip.value)] : [])];
  },
});

/** To pointsman, whole; the packet-in carries this flow's cookie and the registers, and so who asks and for whom. */
const punt: Action = { kind: 'output', port: reservedPorts.controller, maxLength: 65535 };

function question({ index }: LegHere, { ip, owner, asker }: Answered): PipelineFlow {
  return flow({
    ...{ table: 'arp_nd', priority: 100, owner },
    match: [
      ...registersAre(
        [registers.ingressInterface, index],
        ...(asker === 'port' ? ([[registers.fromPort, 1]] as const) : []),
      ),
      ...whoHas(ip),
    ],
    actions: [ip.family === 4 ? toAnswer : punt],
  });
}

/** RFC 826: the question turned into its answer. */
function arpReply(leg: LegHere, { mac, owner }: Answered, ip: number): PipelineFlow {
  return flow({
    ...{ table: 'answer', priority: 100, owner, next: 'retag' },
    match: [...registersAre([registers.ingressInterface, leg.index]), ...whoHas({ family: 4, value: ip })],
    actions: [
      set('arp_op', arpOps.reply),
      move(whole('arp_sha', 48), whole('arp_tha', 48)),
      move(whole('arp_spa', 32), whole('arp_tpa', 32)),
      set('arp_sha', mac),
      set('arp_spa', ip),
      ...sendBack(leg, mac),
    ],
  });
}

/** A machine that asks for its own address looks for another that has it (RFC 5227, RFC 4862 section 5.4). */
export const ownQuestions = flowUnit({
  name: 'answer/own-questions',
  over: machinesHere,
  reads: [ports],
  flows: ({ port, index }, facts) =>
    (facts.get(ports, port)?.addresses ?? []).map(ip =>
      drop('arp_nd', 110, 'arp-not-for-gateway', [...registersAre([registers.arrivedBy, index]), ...whoHas(ip)]),
    ),
});

/** The group bit: neither a broadcast nor a multicast is for a router to pass on. */
const groupAddress = 0x010000000000n;

/**
 * Nobody asks from a group's MAC address, or an address that no machine has; but from 0.0.0.0 who has none yet (RFC 5227). Who
 * asks from an address of ours is answered: he learns that it is taken.
 */
const impossibleAskers: readonly (readonly [priority: number, DropReason, MatchField])[] = [
  [109, 'bad-source-mac', is('arp_sha', groupAddress, groupAddress)],
  ...neverUnicast.flatMap(({ prefix: { ip, length } }) =>
    ip.family === 4 && ip.value !== 0
      ? [[108, 'martian-source', is('arp_spa', ip.value, netmask(4, length))] as const]
      : [],
  ),
];

export const noQuestions = flowUnit({
  name: 'answer/no-questions',
  over: self,
  reads: [],
  flows: () => [
    ...impossibleAskers.map(([priority, reason, asker]) =>
      drop('arp_nd', priority, reason, [is('eth_type', etherTypes.arp), asker]),
    ),
    // Above the next: a question is a broadcast, and of two flows of one priority either may count it.
    drop('arp_nd', 70, 'arp-not-for-gateway', [is('eth_type', etherTypes.arp)]),
    drop('arp_nd', 60, 'not-for-gateway', [is('eth_dst', groupAddress, groupAddress)]),
    ...([4, 6] as const).map(family =>
      flow({ table: 'arp_nd', priority: 50, match: [ethType(family)], next: 'source' }),
    ),
  ],
});
