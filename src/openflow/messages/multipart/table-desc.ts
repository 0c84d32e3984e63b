// OFPMP_TABLE_DESC (OpenFlow 1.5.1 section 7.3.5; OVS lib/ofp-table.c).

import { openflow14 } from '../../wire/version.ts';
import { formatTableDesc, readTableDesc, type TableConfig, writeTableDesc } from '../shared/table-config.ts';
import { type MultipartDefinition, noBody } from './shared/multipart-definition.ts';

export interface TableDescRequest {
  readonly type: 'table_desc';
}

export const tableDesc: MultipartDefinition<TableDescRequest, TableConfig> = {
  type: 'table_desc',
  places: [{ type: 14, since: openflow14 }],
  ...noBody,
  decodeRequest: () => ({ type: 'table_desc' }),
  encodeEntry: (entry, writer) => writeTableDesc(writer, entry),
  decodeEntry: readTableDesc,
  name: 'OFPST_TABLE_DESC',
  printReply: (entries, _version, options) => entries.map(table => formatTableDesc(table, options)).join('\n'),
};
