// Small Nicira messages (OVS include/openflow/nicira-ext.h).

import type { MessageCodec } from '../message-codec.ts';

export interface SetPacketInFormat {
  readonly kind: 'set_packet_in_format';
  /** 0: OFPT_PACKET_IN, 1: NXT_PACKET_IN, 2: NXT_PACKET_IN2. */
  readonly format: number;
}

/** Forgets every tracked connection of a zone. */
export interface CtFlushZone {
  readonly kind: 'ct_flush_zone';
  readonly zone: number;
}

/** Gives the connection the number that `controller(id=N)` sends to. */
export interface SetControllerId {
  readonly kind: 'set_controller_id';
  readonly controllerId: number;
}

/** Of OpenFlow 1.0 connections: 0 its own matches, 2 NXM. */
export interface SetFlowFormat {
  readonly kind: 'set_flow_format';
  readonly format: number;
}

/** Whether flow mods of OpenFlow 1.0 name their table; later versions always do. */
export interface FlowModTableId {
  readonly kind: 'flow_mod_table_id';
  /** Enabled when it is not 0. */
  readonly set: number;
}

export const setFlowFormat: MessageCodec<SetFlowFormat> = {
  encodeBody: (body, writer) => writer.u32(body.format),
  decodeBody: reader => ({ kind: 'set_flow_format', format: reader.u32() }),
};

export const flowModTableId: MessageCodec<FlowModTableId> = {
  encodeBody(body, writer) {
    writer.u8(body.set);
    writer.zeros(7);
  },
  decodeBody(reader) {
    const set = reader.u8();
    reader.pad(7);
    return { kind: 'flow_mod_table_id', set };
  },
};

export const setPacketInFormat: MessageCodec<SetPacketInFormat> = {
  encodeBody: (body, writer) => writer.u32(body.format),
  decodeBody: reader => ({ kind: 'set_packet_in_format', format: reader.u32() }),
};

export const ctFlushZone: MessageCodec<CtFlushZone> = {
  encodeBody(body, writer) {
    writer.zeros(6);
    writer.u16(body.zone);
  },
  decodeBody(reader) {
    reader.pad(6);
    return { kind: 'ct_flush_zone', zone: reader.u16() };
  },
};

export const setControllerId: MessageCodec<SetControllerId> = {
  encodeBody(body, writer) {
    writer.zeros(6);
    writer.u16(body.controllerId);
  },
  decodeBody(reader) {
    reader.pad(6);
    return { kind: 'set_controller_id', controllerId: reader.u16() };
  },
};
