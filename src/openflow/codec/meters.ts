// Flags and bands of meters, the same in OFPT_METER_MOD and OFPMP_METER_DESC (OpenFlow 1.5.1 section 7.3.4.5).

import { OpenFlowDecodeError } from '../errors.ts';
import { type MeterBand, type MeterEntry, meterFlag } from '../flow/meter.ts';
import type { Reader } from '../wire/reader.ts';
import type { Writer } from '../wire/writer.ts';

/** OFPMBT_*. */
const bandType = { drop: 1, dscp_remark: 2, experimenter: 0xffff };
const headerLength = 12;
const knownLength = 16;

export function meterFlags(meter: MeterEntry): number {
  return meter.flags ?? impliedFlags(meter);
}

function impliedFlags({ unit, burst, stats }: Omit<MeterEntry, 'flags'>): number {
  return meterFlag[unit] | (burst ? meterFlag.burst : 0) | (stats ? meterFlag.stats : 0);
}

export function encodeBands(writer: Writer, bands: readonly MeterBand[]): void {
  for (const band of bands) {
    const start = writer.length;
    writer.u16(band.kind === 'unknown_band' ? band.type : bandType[band.kind]);
    writer.u16(0);
    writer.u32(band.rate);
    writer.u32(band.burst ?? 0);
    encodeBandBody(writer, band);
    writer.patchLength(start + 2, start, 'a meter band');
  }
}

function encodeBandBody(writer: Writer, band: MeterBand): void {
  switch (band.kind) {
    case 'drop':
      writer.zeros(4);
      return;
    case 'dscp_remark':
      writer.u8(band.precedence);
      writer.zeros(3);
      return;
    case 'experimenter':
      writer.u32(band.experimenter);
      writer.raw(band.data);
      return;
    case 'unknown_band':
      writer.raw(band.data);
  }
}

function decodeBand(outer: Reader): MeterBand {
  const type = outer.u16();
  const length = outer.u16();
  if (length < headerLength) throw new OpenFlowDecodeError('OF_BAD_LENGTH', `meter band of ${length} bytes`);
  const body = outer.sub(length - 4);
  const rate = body.u32();
  const burst = body.u32();
  const limits = { rate, ...(burst !== 0 && { burst }) };
  if (type === bandType.drop && length === knownLength) {
    body.pad(4);
    return { kind: 'drop', ...limits };
  }
  if (type === bandType.dscp_remark && length === knownLength) {
    const precedence = body.u8();
    body.pad(3);
    return { kind: 'dscp_remark', ...limits, precedence };
  }
  if (type === bandType.experimenter && length >= knownLength) {
    return { kind: 'experimenter', ...limits, experimenter: body.u32(), data: body.rest() };
  }
  return { kind: 'unknown_band', type, ...limits, data: body.rest() };
}

/** Reads flags and bands as one meter. */
export function decodeMeter(number: number, flags: number, reader: Reader): MeterEntry {
  const bands: MeterBand[] = [];
  while (reader.remaining > 0) bands.push(decodeBand(reader));
  const meter: MeterEntry = {
    meter: number,
    unit: flags & meterFlag.pktps ? 'pktps' : 'kbps',
    ...(flags & meterFlag.burst && { burst: true }),
    ...(flags & meterFlag.stats && { stats: true }),
    bands,
  };
  return impliedFlags(meter) === flags ? meter : { ...meter, flags };
}
