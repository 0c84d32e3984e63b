// OFPT_FEATURES_REPLY and OFPT_*_CONFIG* (OpenFlow 1.5.1 sections 7.3.1 and 7.3.2).

import type { MessageCodec } from '../message-codec.ts';

/** What a switch says of itself when asked (OpenFlow 1.5.1 section 7.3.1). */
export interface FeaturesReply {
  readonly kind: 'features_reply';
  /** The MAC in the low 48 bits, the implementer's number above. */
  readonly datapathId: bigint;
  readonly buffers: number;
  readonly tables: number;
  readonly auxiliaryId: number;
  /** Bits of ofp_capabilities. */
  readonly capabilities: number;
}

export interface SwitchConfig<Kind extends 'get_config_reply' | 'set_config'> {
  readonly kind: Kind;
  /** OFPC_FRAG_*. */
  readonly flags: number;
  /**
   * Bytes of a packet sent to the controller on a table miss. A "service" connection (a bridge's management socket)
   * gets asynchronous messages only when this is not 0 (OVS ofproto/connmgr.c).
   */
  readonly missSendLength: number;
}

export const featuresReply: MessageCodec<FeaturesReply> = {
  encodeBody(body, writer) {
    writer.u64(body.datapathId);
    writer.u32(body.buffers);
    writer.u8(body.tables);
    writer.u8(body.auxiliaryId);
    writer.zeros(2);
    writer.u32(body.capabilities);
    writer.u32(0);
  },
  decodeBody(reader) {
    const datapathId = reader.u64();
    const buffers = reader.u32();
    const tables = reader.u8();
    const auxiliaryId = reader.u8();
    reader.pad(2);
    const capabilities = reader.u32();
    reader.pad(4);
    return { kind: 'features_reply', datapathId, buffers, tables, auxiliaryId, capabilities };
  },
};

export function switchConfig<Kind extends 'get_config_reply' | 'set_config'>(
  kind: Kind,
): MessageCodec<SwitchConfig<Kind>> {
  return {
    encodeBody(body, writer) {
      writer.u16(body.flags);
      writer.u16(body.missSendLength);
    },
    decodeBody: reader => ({ kind, flags: reader.u16(), missSendLength: reader.u16() }),
  };
}
