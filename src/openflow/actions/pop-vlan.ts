// OFPAT_POP_VLAN.

import { need } from './shared/action-check.ts';
import { type ActionDefinition, type BareAction, bare } from './shared/action-definition.ts';

/** Take the outermost VLAN tag away. */
export type PopVlanAction = BareAction<'pop_vlan'>;

export const popVlan: ActionDefinition<PopVlanAction> = bare(
  { type: 18 },
  { kind: 'pop_vlan' },
  {
    words: ['pop_vlan', 'strip_vlan'],
    check(_, packet, options) {
      need(packet.tag, 'with pop_vlan also a VLAN tag in the packet', options);
      if (packet.innerTag) packet.innerTag = false;
      else packet.tag = false;
    },
  },
);
