// OFPMP_TABLE_STATS (OpenFlow 1.5.1 section 7.3.5; OVS lib/ofp-table.c).

import { type MultipartDefinition, noBody } from './shared/multipart-definition.ts';

export interface TableStatsRequest {
  readonly type: 'table_stats';
}

/** Counters of a table (OpenFlow 1.5.1 section 7.3.5). */
export interface TableStats {
  readonly table: number;
  /** Flows. */
  readonly activeCount: number;
  readonly lookupCount: bigint;
  readonly matchedCount: bigint;
}

function statsText({ activeCount, lookupCount, matchedCount }: TableStats): string {
  return `    active=${activeCount}, lookup=${lookupCount}, matched=${matchedCount}`;
}

/** Tables whose counters are those of the table before are not shown one by one. */
function sameAsBefore(entries: readonly TableStats[], i: number): boolean {
  const [before, now] = [entries[i - 1], entries[i]];
  if (!before || !now) return false;
  return statsText(before) === statsText(now);
}

export const tableStats: MultipartDefinition<TableStatsRequest, TableStats> = {
  type: 'table_stats',
  places: [{ type: 3 }],
  ...noBody,
  decodeRequest: () => ({ type: 'table_stats' }),
  encodeEntry(entry, writer) {
    writer.u8(entry.table);
    writer.zeros(3);
    writer.u32(entry.activeCount);
    writer.u64(entry.lookupCount);
    writer.u64(entry.matchedCount);
  },
  decodeEntry(reader) {
    const table = reader.u8();
    reader.pad(3);
    return { table, activeCount: reader.u32(), lookupCount: reader.u64(), matchedCount: reader.u64() };
  },
  name: 'OFPST_TABLE',
  printReply(entries) {
    const parts: string[] = [];
    for (let i = 0; i < entries.length; i++) {
      const { table } = entries[i] as TableStats;
      if (!sameAsBefore(entries, i)) {
        parts.push(`\n  table ${table}:\n${statsText(entries[i] as TableStats)}\n`);
        continue;
      }
      let last = i;
      while (sameAsBefore(entries, last + 1)) last++;
      const end = (entries[last] as TableStats).table;
      parts.push(last === i ? `\n  table ${table}: ditto\n` : `\n  tables ${table}...${end}: ditto\n`);
      i = last;
    }
    return parts.join('').trimEnd();
  },
};
