// OFPAT_PUSH_VLAN.

import { unexpected } from '../text/parse/cursor.ts';
import type { ActionDefinition } from './shared/action-definition.ts';
import { type EtherTypeAction, etherTypeForm, parseEtherType, printEtherType } from './shared/ether-type-action.ts';

/** Push a VLAN tag. */
export type PushVlanAction = EtherTypeAction<'push_vlan'>;

export const vlanEtherType = 0x8100;
const serviceVlanEtherType = 0x88a8;

export const pushVlan: ActionDefinition<PushVlanAction> = {
  kind: 'push_vlan',
  forms: [etherTypeForm('push_vlan', 17)],
  print: printEtherType,
  words: {
    push_vlan(value) {
      const etherType = parseEtherType(value);
      if (etherType !== vlanEtherType && etherType !== serviceVlanEtherType) {
        throw unexpected(value, '0x8100 or 0x88a8');
      }
      return { kind: 'push_vlan', etherType };
    },
  },
  check(_, packet, { where }) {
    if (packet.innerTag) throw unexpected(where, 'at most two VLAN tags');
    packet.innerTag = packet.tag;
    packet.tag = true;
  },
};
