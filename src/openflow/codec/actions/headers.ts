// Pushing, popping and ageing headers (OpenFlow 1.5.1 section 7.2.6; OVS lib/ofp-actions.c).

import type { EtherTypeAction } from '../../flow/action.ts';
import { type ActionForm, type ActionOf, nicira, nothing } from './action-codec.ts';

function etherType<K extends string>(kind: K, type: number): ActionForm<EtherTypeAction<K>> {
  return {
    place: { type },
    encode(action, writer) {
      writer.u16(action.etherType);
      writer.zeros(2);
    },
    decode(reader) {
      const number = reader.u16();
      reader.pad(2);
      return { kind, etherType: number };
    },
  };
}

function setsTtl<K extends string>(kind: K, type: number): ActionForm<{ readonly kind: K; readonly ttl: number }> {
  return {
    place: { type },
    encode(action, writer) {
      writer.u8(action.ttl);
      writer.zeros(3);
    },
    decode(reader) {
      const ttl = reader.u8();
      reader.pad(3);
      return { kind, ttl };
    },
  };
}

export const pushVlan = etherType('push_vlan', 17);
export const popVlan = nothing({ type: 18 }, { kind: 'pop_vlan' });
export const pushMpls = etherType('push_mpls', 19);
export const popMpls = etherType('pop_mpls', 20);
export const pushPbb = etherType('push_pbb', 26);
export const popPbb = nothing({ type: 27 }, { kind: 'pop_pbb' });

export const copyTtlOut = nothing({ type: 11 }, { kind: 'copy_ttl_out' });
export const copyTtlIn = nothing({ type: 12 }, { kind: 'copy_ttl_in' });
export const decMplsTtl = nothing({ type: 16 }, { kind: 'dec_mpls_ttl' });
export const decNshTtl = nothing(nicira(48), { kind: 'dec_nsh_ttl' });

export const setMplsTtl = setsTtl('set_mpls_ttl', 15);
export const setTtl = setsTtl('set_ttl', 23);

type DecTtl = ActionOf<'dec_ttl'>;

export const decTtl: readonly ActionForm<DecTtl>[] = [
  { ...nothing({ type: 24 }, { kind: 'dec_ttl' }), fits: action => action.controllerIds === undefined },
  {
    // NXAST_DEC_TTL_CNT_IDS.
    place: nicira(21),
    encode({ controllerIds = [] }, writer) {
      writer.u16(controllerIds.length);
      writer.zeros(4);
      for (const id of controllerIds) writer.u16(id);
    },
    decode(reader) {
      const count = reader.u16();
      reader.pad(4);
      const controllerIds = Array.from({ length: Math.min(count, reader.remaining / 2) }, () => reader.u16());
      if (controllerIds.length !== count || reader.remaining > 6) return undefined;
      reader.pad(reader.remaining);
      return { kind: 'dec_ttl', controllerIds };
    },
  },
];
