// Table `neighbour`: next hop → MAC addresses, and on a VNI the remote VTEP; the TTL goes down here, once.

import type { Ip } from '../../lib/address.ts';
import type { Action } from '../../openflow/flow/action.ts';
import type { CookieParts } from '../cookies.ts';
import { setTunnel } from '../features/words/overlay.ts';
import { ethType, flow, load, miss, registersAre, set } from '../flow-builder.ts';
import type { Interface, Port } from '../model.ts';
import { tables } from '../pipeline.ts';
import { registers } from '../registers.ts';
import { macOf, ownedBy, ownedByPort, type Stage, type StageContext } from './context.ts';
import { goingOver } from './fence.ts';

export const neighbour: Stage = context => [
  ...context.intent.interfaces
    .filter(iface => iface.site.kind !== 'nowhere')
    .flatMap(iface =>
      iface.hosts.flatMap(({ mac, addresses, vtep }) => {
        const source = macOf(context, iface);
        const way = vtep ? setTunnel('destination', vtep) : [];
        return addresses.map(ip => reach(iface, ip, { source, destination: mac }, ownedBy(iface), way));
      }),
    ),
  ...context.intent.ports.flatMap(port => {
    const way = wayTo(context, port);
    const macs = { source: port.interface.mac, destination: port.mac };
    return way ? port.addresses.map(ip => reach(port.interface, ip, macs, ownedByPort(port), way)) : [];
  }),
  miss(tables.neighbour, 'no-neighbour'),
];

interface Macs {
  readonly source: bigint;
  readonly destination: bigint;
}

function reach(iface: Interface, ip: Ip, { source, destination }: Macs, owner: CookieParts, way: readonly Action[]) {
  const nextHop = ip.family === 4 ? registers.nextHop4 : registers.nextHop6;
  return flow({
    table: tables.neighbour,
    priority: 100,
    owner,
    match: [...registersAre([registers.egressInterface, iface.index], [nextHop, ip.value]), ethType(ip.family)],
    actions: [set('eth_src', source), set('eth_dst', destination), { kind: 'dec_ttl' }, ...way],
    next: tables.retag,
  });
}

/** By the port itself when it is here, else by the segment to its node. Undefined: there is none. */
function wayTo(context: StageContext, { site, index }: Port): Action[] | undefined {
  switch (site.kind) {
    case 'here':
      return [load(registers.egressInterface, index)];
    case 'peer':
      return [...setTunnel('destination', site.transit.remote), ...goingOver(context)];
    case 'nowhere':
      return undefined;
  }
}
