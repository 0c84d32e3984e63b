// Table `retag`: the packet gets the tag, or the VNI and the source VTEP, of its egress interface. What leaves by another
// node goes there over the overlay, and is tagged there. The infra VLAN of an ACI style VTEP comes later, when the
// encapsulated packet crosses the physical bridge.

import type { Action } from '../../openflow/flow/action.ts';
import type { CookieParts } from '../cookies.ts';
import { setTunnel, toPeer } from '../features/words/overlay.ts';
import { flow, miss, pushVlan, registersAre, set } from '../flow-builder.ts';
import type { Interface } from '../model.ts';
import { tables } from '../pipeline.ts';
import { registers } from '../registers.ts';
import { egressVni } from '../transit.ts';
import { ownedBy, ownedByPort, portsHere, type Stage, type StageContext } from './context.ts';
import { goingOver, legsThatMove, unlessLeased } from './fence.ts';

export const retag: Stage = context => [
  ...context.intent.interfaces
    .filter(iface => iface.site.kind !== 'nowhere')
    .map(iface => leave(iface.index, ownedBy(iface), tag(context, iface))),
  // The hosts of an inner VLAN know one gateway.
  ...legsThatMove(context)
    .filter(({ role, attachment }) => role === 'inner' && attachment.kind === 'vlan')
    .flatMap(iface => unlessLeased(context, tables.retag, 200, [[registers.egressInterface, iface.index]])),
  ...portsHere(context).map(({ port }) => leave(port.index, ownedByPort(port), [])),
  miss(tables.retag, 'no-egress'),
];

function leave(index: number, owner: CookieParts, actions: readonly Action[]) {
  return flow({
    table: tables.retag,
    priority: 100,
    owner,
    match: registersAre([registers.egressInterface, index]),
    actions,
    next: tables.egress,
  });
}

function tag(context: StageContext, { site, index, attachment }: Interface): Action[] {
  if (site.kind === 'peer') return [...toPeer(egressVni(index), site.transit), ...goingOver(context)];
  switch (attachment.kind) {
    case 'vlan':
      return pushVlan(attachment.vlan);
    case 'vni': {
      const { vni, vtep } = attachment.vni;
      return [set('tun_id', BigInt(vni)), ...(vtep ? setTunnel('source', vtep.address.ip) : [])];
    }
    case 'representor':
      return [];
  }
}
