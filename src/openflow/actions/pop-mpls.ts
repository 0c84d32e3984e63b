// OFPAT_POP_MPLS.

import { ethernetPacket, isMpls } from '../text/parse/packet.ts';
import { need } from './shared/action-check.ts';
import type { ActionDefinition } from './shared/action-definition.ts';
import { type EtherTypeAction, etherTypeForm, parseEtherType, printEtherType } from './shared/ether-type-action.ts';

/** Take the outermost MPLS label away. */
export type PopMplsAction = EtherTypeAction<'pop_mpls'>;

export const popMpls: ActionDefinition<PopMplsAction> = {
  kind: 'pop_mpls',
  forms: [etherTypeForm('pop_mpls', 20)],
  print: printEtherType,
  words: { pop_mpls: value => ({ kind: 'pop_mpls', etherType: parseEtherType(value) }) },
  check({ etherType }, packet, options) {
    need(packet.packetType === ethernetPacket && isMpls(packet), 'with pop_mpls also mpls', options);
    packet.etherType = etherType;
  },
};
