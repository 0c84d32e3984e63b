import { emptyMessage, type MessageDefinition, nicira } from './shared/message-definition.ts';
import { mappingTable, readMappings, type TlvMapping, writeMappings } from './shared/tlv-mapping.ts';

/** Which tunnel options the tun_metadata fields stand for (NXT_TLV_TABLE_REPLY). */
export interface TlvTableReply {
  readonly kind: 'tlv_table_reply';
  /** Bytes that all options together may take. */
  readonly maxOptionSpace: number;
  readonly maxFields: number;
  readonly mappings: readonly TlvMapping[];
}

export const tlvTableRequest = emptyMessage('tlv_table_request', [nicira(25)], 'NXT_TLV_TABLE_REQUEST');

export const tlvTableReply: MessageDefinition<TlvTableReply> = {
  kind: 'tlv_table_reply',
  places: [nicira(26)],
  encode({ maxOptionSpace, maxFields, mappings }, writer) {
    writer.u32(maxOptionSpace);
    writer.u16(maxFields);
    writer.zeros(10);
    writeMappings(writer, mappings);
  },
  decode(reader) {
    const maxOptionSpace = reader.u32();
    const maxFields = reader.u16();
    reader.pad(10);
    return { kind: 'tlv_table_reply', maxOptionSpace, maxFields, mappings: readMappings(reader) };
  },
  name: 'NXT_TLV_TABLE_REPLY',
  print({ maxOptionSpace, maxFields, mappings }) {
    const used = mappings.reduce((sum, { optionLength }) => sum + optionLength, 0);
    return `\n max option space=${maxOptionSpace} max fields=${maxFields}\n allocated option space=${used}\n\n${mappingTable(mappings)}`;
  },
};
