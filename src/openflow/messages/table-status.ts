// OFPT_TABLE_STATUS (OpenFlow 1.5.1 section 7.4.5; OVS lib/ofp-table.c).

import { openflow14 } from '../wire/version.ts';
import type { MessageDefinition } from './shared/message-definition.ts';
import { formatTableDesc, readTableDesc, type TableConfig, writeTableDesc } from './shared/table-config.ts';

/** A table got emptier or fuller than it should (OpenFlow 1.5.1 section 7.4.5). */
export interface TableStatus {
  readonly kind: 'table_status';
  /** OFPTR_*: 3 less is free than should be, 4 more than that again. */
  readonly reason: number;
  readonly table: TableConfig;
}

/** By OFPTR_* number. */
export const tableReasons: readonly (string | undefined)[] = [
  undefined,
  undefined,
  undefined,
  'vacancy_down',
  'vacancy_up',
];

export const tableStatus: MessageDefinition<TableStatus> = {
  kind: 'table_status',
  places: [{ type: 31, since: openflow14 }],
  encode(body, writer) {
    writer.u8(body.reason);
    writer.zeros(7);
    writeTableDesc(writer, body.table);
  },
  decode(reader) {
    const reason = reader.u8();
    reader.pad(7);
    return { kind: 'table_status', reason, table: readTableDesc(reader) };
  },
  name: 'OFPT_TABLE_STATUS',
  print: ({ reason, table }, options) =>
    ` reason=${tableReasons[reason]?.toUpperCase() ?? reason}\ntable_desc:-${formatTableDesc(table, options)}`,
};
