// OFPMP_METER_DESC (OpenFlow 1.5.1 section 7.3.5; OVS lib/ofp-meter.c).

import { takeEntry } from '../../codec/entry.ts';
import { decodeMeter, encodeBands, formatMeter, type MeterEntry, meterFlags } from '../../flow/meter.ts';
import { decodeMeterNumber, encodeMeterNumber, meterFilterText } from './shared/meter-filter.ts';
import type { MultipartDefinition } from './shared/multipart-definition.ts';

export interface MeterDescRequest {
  readonly type: 'meter_desc';
  /** Absent: all meters. */
  readonly meter?: number;
}

const descLength = 8;

export const meterDesc: MultipartDefinition<MeterDescRequest, MeterEntry> = {
  type: 'meter_desc',
  places: [{ type: 10 }],
  encodeRequest: (request, writer) => encodeMeterNumber(writer, request.meter),
  decodeRequest: reader => ({ type: 'meter_desc', ...decodeMeterNumber(reader) }),
  encodeEntry(entry, writer) {
    const start = writer.length;
    writer.u16(0);
    writer.u16(meterFlags(entry));
    writer.u32(entry.meter);
    encodeBands(writer, entry.bands);
    writer.patchLength(start, start, 'a meter');
  },
  decodeEntry(outer) {
    const reader = takeEntry(outer, descLength, 'meter');
    reader.skip(2);
    const flags = reader.u16();
    return decodeMeter(reader.u32(), flags, reader);
  },
  name: 'OFPST_METER_CONFIG',
  printRequest: ({ meter }) => meterFilterText(meter),
  printReply: meters => meters.map(meter => `\n${formatMeter(meter)}`).join('\n'),
};
