// OFPT_FEATURES_REQUEST and OFPT_FEATURES_REPLY (OpenFlow 1.5.1 section 7.3.1; OVS lib/ofp-switch.c).

import { bitNames } from '../text/bit-names.ts';
import { openflow14 } from '../wire/version.ts';
import { emptyMessage, type MessageDefinition } from './shared/message-definition.ts';

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

/** OFPC_*. */
const capabilities: readonly (readonly [bit: number, name: string])[] = [
  [1, 'FLOW_STATS'],
  [2, 'TABLE_STATS'],
  [4, 'PORT_STATS'],
  [8, 'GROUP_STATS'],
  [0x20, 'IP_REASM'],
  [0x40, 'QUEUE_STATS'],
  [0x100, 'PORT_BLOCKED'],
];

const capabilitiesOf14: typeof capabilities = [...capabilities, [0x200, 'BUNDLES'], [0x400, 'FLOW_MONITORING']];

export const featuresRequest = emptyMessage('features_request', [{ type: 5 }], 'OFPT_FEATURES_REQUEST');

export const featuresReply: MessageDefinition<FeaturesReply> = {
  kind: 'features_reply',
  places: [{ type: 6 }],
  encode(body, writer) {
    writer.u64(body.datapathId);
    writer.u32(body.buffers);
    writer.u8(body.tables);
    writer.u8(body.auxiliaryId);
    writer.zeros(2);
    writer.u32(body.capabilities);
    writer.u32(0);
  },
  decode(reader) {
    const datapathId = reader.u64();
    const buffers = reader.u32();
    const tables = reader.u8();
    const auxiliaryId = reader.u8();
    reader.pad(2);
    const capabilities = reader.u32();
    reader.pad(4);
    return { kind: 'features_reply', datapathId, buffers, tables, auxiliaryId, capabilities };
  },
  name: 'OFPT_FEATURES_REPLY',
  print({ datapathId, tables, buffers, auxiliaryId, capabilities: bits, version }) {
    const names = version >= openflow14 ? capabilitiesOf14 : capabilities;
    const known = names.reduce((all, [bit]) => all | bit, 0);
    const auxiliary = auxiliaryId ? `, auxiliary_id:${auxiliaryId}` : '';
    return [
      ` dpid:${datapathId.toString(16).padStart(16, '0')}`,
      `n_tables:${tables}, n_buffers:${buffers}${auxiliary}`,
      `capabilities: ${bitNames(bits & known, names, ' ')}`,
    ].join('\n');
  },
};
