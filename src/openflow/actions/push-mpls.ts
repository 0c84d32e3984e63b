// OFPAT_PUSH_MPLS.

import { ethernetPacket } from '../text/parse/packet.ts';
import { need } from './shared/action-check.ts';
import type { ActionDefinition } from './shared/action-definition.ts';
import { type EtherTypeAction, etherTypeForm, parseEtherType, printEtherType } from './shared/ether-type-action.ts';

/** Push an MPLS label. */
export type PushMplsAction = EtherTypeAction<'push_mpls'>;

export const pushMpls: ActionDefinition<PushMplsAction> = {
  kind: 'push_mpls',
  forms: [etherTypeForm('push_mpls', 19)],
  print: printEtherType,
  words: { push_mpls: value => ({ kind: 'push_mpls', etherType: parseEtherType(value) }) },
  check({ etherType }, packet, options) {
    need(packet.packetType === ethernetPacket, 'with push_mpls an Ethernet packet', options);
    packet.etherType = etherType;
    packet.protocol = 0;
  },
};
