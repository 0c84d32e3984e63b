// Table `arp_nd`: who has the gateway's address is answered here and sent back where it came from: ARP by flows, a
// neighbour solicitation by pointsman (an nd_tll cannot be set once the ICMPv6 type has changed). What is addressed to
// the gateway's MAC goes on; nothing else does, so that a flooded frame is not routed a second time.

import type { Ip } from '../../lib/address.ts';
import type { Action } from '../../openflow/flow/action.ts';
import { arpOps, etherTypes, icmpv6Types, protocols } from '../constants.ts';
import { type CookieParts, encodeCookie } from '../cookies.ts';
import { drop, ethType, flow, is, miss, move, registersAre, set, whole } from '../flow-builder.ts';
import type { Interface, NatPool } from '../model.ts';
import { tables } from '../pipeline.ts';
import { registers } from '../registers.ts';
import { ownedBy, type Stage, type StageContext } from './context.ts';
import { sendBack } from './send-back.ts';

export const arpNd: Stage = context => [
  ...context.intent.interfaces.flatMap(iface => [
    ...answers(context, iface),
    ...([4, 6] as const).map(family =>
      flow({
        table: tables.arp_nd,
        priority: 50,
        owner: ownedBy(iface),
        match: [...registersAre([registers.ingressInterface, iface.index]), is('eth_dst', iface.mac), ethType(family)],
        next: tables.source,
      }),
    ),
  ]),
  drop(tables.arp_nd, 60, 'arp-not-for-gateway', [is('eth_type', etherTypes.arp)]),
  miss(tables.arp_nd, 'not-for-gateway'),
];

function answers(context: StageContext, iface: Interface) {
  const pools = context.intent.natPools.filter(pool => pool.interface === iface);
  return [
    ...iface.addresses.map(({ ip }) => answer(iface, ip, ownedBy(iface))),
    ...pools.flatMap(pool => poolAnswers(pool, iface)),
  ];
}

/** An address that two pools share is answered once. */
function poolAnswers(pool: NatPool, iface: Interface) {
  const own = new Set(iface.addresses.map(({ ip }) => ip.value));
  return pool.addresses
    .filter(ip => !own.has(ip.value))
    .map(ip => answer(iface, ip, { kind: 'nat-pools', id: pool.id }));
}

function answer(iface: Interface, ip: Ip, owner: CookieParts) {
  const here = registersAre([registers.ingressInterface, iface.index]);
  if (ip.family === 4)
    return flow({
      table: tables.arp_nd,
      priority: 100,
      owner,
      match: [...here, is('eth_type', etherTypes.arp), is('arp_op', arpOps.request), is('arp_tpa', ip.value)],
      actions: [...arpReply(iface, ip.value), ...sendBack(iface)],
      next: tables.retag,
    });
  return flow({
    table: tables.arp_nd,
    priority: 100,
    owner,
    match: [
      ...here,
      is('eth_type', etherTypes.ipv6),
      is('nw_proto', protocols.icmpv6),
      is('icmpv6_type', icmpv6Types.neighbourSolicitation),
      is('icmpv6_code', 0),
      is('nd_target', ip.value),
    ],
    actions: [punt(owner)],
  });
}

/** RFC 826: the question turned into its answer. */
function arpReply(iface: Interface, address: number): Action[] {
  return [
    set('arp_op', arpOps.reply),
    move(whole('arp_sha', 48), whole('arp_tha', 48)),
    move(whole('arp_spa', 32), whole('arp_tpa', 32)),
    set('arp_sha', iface.mac),
    set('arp_spa', address),
  ];
}

/** The packet-in carries the cookie, so that whoever gets it knows which object is asked for. */
function punt(owner: CookieParts): Action {
  const cookie = new Uint8Array(8);
  new DataView(cookie.buffer).setBigUint64(0, encodeCookie(owner));
  return { kind: 'controller', maxLength: 65535, userdata: cookie };
}
