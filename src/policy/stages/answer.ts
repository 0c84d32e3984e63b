// Table `answer`: the questions that flows answer themselves: who has the gateway's address, or that of another machine
// of the segment (ARP); is the gateway there (echo).
// vswitchd's slow path carries such answers out, and would swallow a meter that stands in the same pass; so the tables
// before send the packet here by a recirculation, after their meter.

import type { Ip } from '../../lib/address.ts';
import type { Action } from '../../openflow/flow/action.ts';
import type { GroupEntry } from '../../openflow/flow/group.ts';
import { arpOps, etherTypes } from '../constants.ts';
import type { CookieParts } from '../cookies.ts';
import { addressFields, drop, flow, is, miss, move, registersAre, set, whole } from '../flow-builder.ts';
import type { Interface } from '../model.ts';
import { tables } from '../pipeline.ts';
import { fromOuter, registers } from '../registers.ts';
import { gatewayAddresses, legsHere, machinesOf, ownedBy, type Stage } from './context.ts';
import { echo, echoTo } from './echo.ts';
import { outerSources } from './martians.ts';
import { sendBack } from './send-back.ts';

const answerTtl = 64;

/**
 * A metered packet's way to this table. Of the actions that recirculate, ct() refuses ARP; a select group hashes the
 * packet in the datapath (dp_hash, the default since OVS 2.10) and looks it up again, whatever it is.
 */
export const answerGroup: GroupEntry = {
  group: 1,
  type: 'select',
  buckets: [{ weight: 1, actions: [{ kind: 'resubmit', table: tables.answer }] }],
};

export const toAnswer: Action = { kind: 'group', group: answerGroup.group };

export const answer: Stage = context => [
  ...legsHere(context).flatMap(iface => [
    ...[...gatewayAddresses(context, iface), ...machinesOf(context, iface)].flatMap(({ ip, mac, owner }) =>
      ip.family === 4 ? [arpReply(iface, ip.value, mac, owner)] : [],
    ),
    ...iface.addresses.map(({ ip }) => echoReply(iface, ip)),
  ]),
  // From inside they did not get past `source`; a ping from outside is first looked at here.
  ...outerSources(context).map(match =>
    drop(tables.answer, 110, 'martian-source', [...registersAre([registers.direction, fromOuter]), ...match]),
  ),
  miss(tables.answer, 'not-for-gateway'),
];

/** RFC 826: the question turned into its answer. */
function arpReply(iface: Interface, address: number, mac: bigint, owner: CookieParts) {
  return flow({
    table: tables.answer,
    priority: 100,
    owner,
    match: [
      ...registersAre([registers.ingressInterface, iface.index]),
      is('eth_type', etherTypes.arp),
      is('arp_op', arpOps.request),
      is('arp_tpa', address),
    ],
    actions: [
      set('arp_op', arpOps.reply),
      move(whole('arp_sha', 48), whole('arp_tha', 48)),
      move(whole('arp_spa', 32), whole('arp_tpa', 32)),
      set('arp_sha', mac),
      set('arp_spa', address),
      ...sendBack(iface, mac),
    ],
    next: tables.retag,
  });
}

function echoReply(iface: Interface, ip: Ip) {
  const { source, destination } = addressFields[ip.family];
  const bits = ip.family === 4 ? 32 : 128;
  const { field, reply } = echo[ip.family];
  return flow({
    table: tables.answer,
    priority: 100,
    owner: ownedBy(iface),
    match: echoTo(iface, ip),
    actions: [
      move(whole(source, bits), whole(destination, bits)),
      set(source, ip.value),
      set('nw_ttl', answerTtl),
      set(field, reply),
      ...sendBack(iface, iface.mac),
    ],
    next: tables.retag,
  });
}
