// Whether the packet has, at the point of an action, what the action's fields need (OVS lib/ofp-actions.c,
// ofpacts_check()).

import type { Action } from '../../flow/action.ts';
import { type FieldName, fieldOf } from '../../flow/fields.ts';
import { type Piece, unexpected } from './cursor.ts';
import { lacking, meets } from './match-builder.ts';

/** What is known of the packet; actions change it. */
export type Packet = Map<string, bigint>;

const vlanPresent = 0x1000n;

/** The fields that an action reads or writes. */
function fieldsOf(action: Action): readonly FieldName[] {
  switch (action.kind) {
    case 'set_field':
      return [action.field];
    case 'load':
    case 'multipath':
    case 'check_pkt_larger':
      return [action.to.field];
    case 'bundle':
      return action.to ? [action.to.field] : [];
    case 'move':
      return [action.from.field, action.to.field];
    case 'push':
    case 'pop':
      return [action.subfield.field];
    case 'output_reg':
      return [action.from.field];
    default:
      return [];
  }
}

function change(packet: Packet, action: Action): void {
  switch (action.kind) {
    case 'push_vlan':
      packet.set('vlan_vid', vlanPresent);
      break;
    case 'pop_vlan':
      packet.delete('vlan_vid');
      break;
    case 'set_field':
      if (action.field === 'vlan_tci') packet.set('vlan_vid', BigInt(action.value));
      break;
    case 'load':
      if (action.to.field === 'vlan_tci') packet.set('vlan_vid', action.value << BigInt(action.to.offset));
      break;
    case 'push_mpls':
      packet.set('eth_type', BigInt(action.etherType));
      packet.delete('nw_proto');
      break;
    case 'pop_mpls':
      packet.set('eth_type', BigInt(action.etherType));
      break;
    case 'encap':
      if (action.packetType >>> 16 === 1) packet.set('eth_type', BigInt(action.packetType & 0xffff));
      break;
    case 'decap':
      packet.delete('eth_type');
      break;
    default:
      break;
  }
}

export function hasVlan(packet: Packet | undefined): boolean {
  return ((packet?.get('vlan_vid') ?? 0n) & vlanPresent) !== 0n;
}

/** Checks an action, and notes what it makes of the packet. @throws OpenFlowTextError */
export function checkAction(action: Action, packet: Packet, where: Piece): void {
  for (const name of fieldsOf(action)) {
    const tagged = name !== 'vlan_vid' || action.kind !== 'set_field' || hasVlan(packet);
    if (!tagged || !meets(fieldOf(name).prerequisite, packet)) {
      throw unexpected(where, tagged ? lacking(name) : `with ${name} also a VLAN tag in the packet`);
    }
  }
  change(packet, action);
}
