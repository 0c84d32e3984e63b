// NXT_FLOW_MOD_TABLE_ID (OVS include/openflow/nicira-ext.h).

import { type MessageDefinition, nicira } from './shared/message-definition.ts';

/** Whether flow mods of OpenFlow 1.0 name their table; later versions always do. */
export interface FlowModTableId {
  readonly kind: 'flow_mod_table_id';
  /** Enabled when it is not 0. */
  readonly set: number;
}

export const flowModTableId: MessageDefinition<FlowModTableId> = {
  kind: 'flow_mod_table_id',
  places: [nicira(15)],
  encode(body, writer) {
    writer.u8(body.set);
    writer.zeros(7);
  },
  decode(reader) {
    const set = reader.u8();
    reader.pad(7);
    return { kind: 'flow_mod_table_id', set };
  },
  name: 'NXT_FLOW_MOD_TABLE_ID',
  print: ({ set }) => (set ? ' enable' : ' disable'),
};
