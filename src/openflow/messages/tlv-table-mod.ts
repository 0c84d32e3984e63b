// NXT_TLV_TABLE_MOD: which tunnel options the tun_metadata fields stand for (OVS include/openflow/nicira-ext.h).

import { nameOf, numberOf } from '../codec/named.ts';
import { type MessageDefinition, nicira } from './shared/message-definition.ts';
import { mappingTable, readMappings, type TlvMapping, writeMappings } from './shared/tlv-mapping.ts';

/** Changes which tunnel options the tun_metadata fields stand for (NXT_TLV_TABLE_MOD). */
export interface TlvTableMod {
  readonly kind: 'tlv_table_mod';
  /** A number where it is none of NXTTMC_*. */
  readonly command: (typeof commands)[number] | number;
  readonly mappings: readonly TlvMapping[];
}

/** By NXTTMC_* number. */
const commands = ['add', 'delete', 'clear'] as const;

const commandNames: Readonly<Record<string, string>> = { add: 'ADD', delete: 'DEL', clear: 'CLEAR' };

export const tlvTableMod: MessageDefinition<TlvTableMod> = {
  kind: 'tlv_table_mod',
  places: [nicira(24)],
  encode({ command, mappings }, writer) {
    writer.u16(numberOf(commands, command));
    writer.zeros(6);
    writeMappings(writer, mappings);
  },
  decode(reader) {
    const command = reader.u16();
    reader.pad(6);
    return { kind: 'tlv_table_mod', command: nameOf(commands, command), mappings: readMappings(reader) };
  },
  name: 'NXT_TLV_TABLE_MOD',
  print: ({ command, mappings }) =>
    `\n ${commandNames[command] ?? ''}${command === 'clear' ? '' : mappingTable(mappings)}`,
};
