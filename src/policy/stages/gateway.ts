// Table `gateway`: a ping of the gateway's own address goes to be answered, through the interface's meter; anything else
// addressed to it from inside is dropped. Transit goes on: from inside to routing, from outside to NAT first.

import type { Ip } from '../../lib/address.ts';
import { drop, flow, registersAre } from '../flow-builder.ts';
import { meterId } from '../meters.ts';
import type { Interface } from '../model.ts';
import { tables } from '../pipeline.ts';
import { fromInner, fromOuter, registers } from '../registers.ts';
import { toAnswer } from './answer.ts';
import { legsHere, ownedBy, type Stage } from './context.ts';
import { echoTo, toGateway } from './echo.ts';
import { legsThatMove, unlessLeased } from './fence.ts';
import { linkLocalSources } from './martians.ts';

export const gateway: Stage = context => [
  ...legsThatMove(context).flatMap(iface =>
    unlessLeased(context, tables.gateway, 200, [
      [registers.ingressInterface, iface.index],
      [registers.fromPort, 0],
    ]),
  ),
  ...legsHere(context).flatMap(iface => iface.addresses.flatMap(({ ip }) => own(iface, ip))),
  flow({
    table: tables.gateway,
    priority: 50,
    match: registersAre([registers.direction, fromOuter]),
    next: tables.outer_nat,
  }),
  // What goes on is routed, and so leaves the link that its source means something on.
  ...linkLocalSources.map(match =>
    drop(tables.gateway, 40, 'martian-source', [...registersAre([registers.direction, fromInner]), ...match]),
  ),
  flow({ table: tables.gateway, priority: 0, next: tables.route }),
];

function own(iface: Interface, ip: Ip) {
  return [
    flow({
      table: tables.gateway,
      priority: 110,
      owner: ownedBy(iface),
      match: echoTo(iface, ip),
      actions: [{ kind: 'meter', meter: meterId(iface, 'gatewayEcho') }, toAnswer],
    }),
    // On an outer interface a pool may hold the gateway's own address: what is no echo is NAT's to judge.
    ...(iface.role === 'inner' ? [drop(tables.gateway, 100, 'gateway-closed', toGateway(iface, ip))] : []),
  ];
}
