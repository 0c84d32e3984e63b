// OFPT_TABLE_MOD (OpenFlow 1.5.1 section 7.3.4.1; OVS lib/ofp-table.c).

import { writeNamed } from '../codec/property-order.ts';
import { allTables } from '../flow/flow.ts';
import { formatTable } from '../text/names.ts';
import { openflow13, openflow14 } from '../wire/version.ts';
import type { MessageDefinition } from './shared/message-definition.ts';
import { onOff, readTableProperties, type TableConfig, tableBit, tableProperties } from './shared/table-config.ts';

/** Changes the configuration of a table (OpenFlow 1.5.1 section 7.3.4.1). */
export interface TableMod {
  readonly kind: 'table_mod';
  readonly table: TableConfig;
}

/** OVS 3.1 reads the flags, where there are any, as if they said on or off (lib/ofp-table.c). */
function evictionOf(config: number, flags: number | undefined): readonly string[] {
  if (flags === undefined) return [`, eviction=${onOff(config, tableBit.eviction)}`];
  return flags === 0 ? [] : [`, eviction=${['', 'on', 'off'][flags] ?? '***error***'}`];
}

export const tableMod: MessageDefinition<TableMod> = {
  kind: 'table_mod',
  places: [{ type: 17 }],
  encode({ table }, writer) {
    writer.u8(table.table);
    writer.zeros(3);
    writer.u32(table.config);
    if (writer.version >= openflow14) writeNamed(writer, tableProperties, table, table.propertyOrder);
  },
  decode(reader) {
    const table = reader.u8();
    reader.pad(3);
    const config = reader.u32();
    const rest = reader.version >= openflow14 ? readTableProperties(reader) : {};
    return { kind: 'table_mod', table: { table, config, ...rest } };
  },
  name: 'OFPT_TABLE_MOD',
  print({ table: { table, config, evictionFlags, vacancy }, version }, options) {
    const which = table === allTables ? ' table_id: ALL_TABLES' : ` table_id=${formatTable(table, options)}`;
    // OpenFlow 1.3 has no bits in the configuration, whatever stands there.
    if (version === openflow13) return which;
    const isOn = (config & tableBit.vacancyEvents) !== 0;
    return [
      which,
      ...evictionOf(config, evictionFlags),
      `, vacancy=${isOn ? 'on' : 'off'}`,
      ...(isOn ? [` vacancy:${vacancy?.down ?? 0},${vacancy?.up ?? 0}`] : []),
    ].join('');
  },
};
