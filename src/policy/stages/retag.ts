// Table `retag`: the packet gets the tag, or the VNI and the source VTEP, of its egress interface. The infra VLAN of an
// ACI style VTEP comes later, when the encapsulated packet crosses the physical bridge.

import type { Action } from '../../openflow/flow/action.ts';
import { flow, miss, pushVlan, registersAre, set } from '../flow-builder.ts';
import type { Attachment } from '../model.ts';
import { tables } from '../pipeline.ts';
import { registers } from '../registers.ts';
import { ownedBy, type Stage } from './context.ts';

export const retag: Stage = ({ intent }) => [
  ...intent.interfaces.map(iface =>
    flow({
      table: tables.retag,
      priority: 100,
      owner: ownedBy(iface),
      match: registersAre([registers.egressInterface, iface.index]),
      actions: tag(iface.attachment),
      next: tables.egress,
    }),
  ),
  miss(tables.retag, 'no-egress'),
];

function tag(attachment: Attachment): Action[] {
  switch (attachment.kind) {
    case 'vlan':
      return pushVlan(attachment.vlan);
    case 'vni': {
      const { vni, vtep } = attachment.vni;
      const { family, value } = vtep.address.ip;
      return [set('tun_id', BigInt(vni)), set(family === 4 ? 'tun_src' : 'tun_ipv6_src', value)];
    }
    case 'representor':
      return [];
  }
}
