// OFPMP_AGGREGATE_STATS (OpenFlow 1.5.1 section 7.3.5; OVS lib/ofp-flow.c).

import { decodeStats, encodeStats } from '../../codec/oxs.ts';
import type { Stats } from '../../flow/stats.ts';
import { unknownCount } from '../../text/unknown.ts';
import { openflow15 } from '../../wire/version.ts';
import { decodeFilter, encodeFilter, type FlowFilter, filterText } from './shared/flow-filter.ts';
import type { MultipartDefinition } from './shared/multipart-definition.ts';

export interface AggregateRequest extends FlowFilter {
  readonly type: 'aggregate_stats';
}

const unknownFlowCount = 0xffffffff;

function aggregateText({ packetCount, byteCount, flowCount }: Stats): string {
  const counts = ` packet_count=${packetCount ?? unknownCount} byte_count=${byteCount ?? unknownCount}`;
  return `${counts} flow_count=${flowCount ?? unknownFlowCount}`;
}

export const aggregateStats: MultipartDefinition<AggregateRequest, Stats> = {
  type: 'aggregate_stats',
  places: [{ type: 2 }],
  encodeRequest: encodeFilter,
  decodeRequest: reader => ({ type: 'aggregate_stats', ...decodeFilter(reader) }),
  encodeEntry(entry, writer) {
    if (writer.version >= openflow15) {
      encodeStats(writer, entry);
      return;
    }
    writer.u64(entry.packetCount ?? 0n);
    writer.u64(entry.byteCount ?? 0n);
    writer.u32(entry.flowCount ?? 0);
    writer.zeros(4);
  },
  decodeEntry(reader) {
    if (reader.version >= openflow15) return decodeStats(reader);
    const packetCount = reader.u64();
    const byteCount = reader.u64();
    const flowCount = reader.u32();
    reader.pad(4);
    return { packetCount, byteCount, flowCount };
  },
  name: 'OFPST_AGGREGATE',
  printRequest: (request, _version, options) => filterText(request, options),
  printReply: entries => entries.map(aggregateText).join(''),
};
