// Flags and bands of meters, the same in OFPT_METER_MOD and OFPMP_METER_DESC (OpenFlow 1.5.1 section 7.3.4.5).

import { OpenFlowDecodeError } from '../errors.ts';
import type { MeterBand, MeterEntry } from '../flow/meter.ts';
import type { Reader } from '../wire/reader.ts';
import type { Writer } from '../wire/writer.ts';

const flag = { kbps: 1, pktps: 2, burst: 4, stats: 8 };
const dropBand = 1;
const bandLength = 16;

export function meterFlags(meter: MeterEntry): number {
  return flag[meter.unit] | (meter.burst ? flag.burst : 0) | (meter.stats ? flag.stats : 0);
}

export function encodeBands(writer: Writer, bands: readonly MeterBand[]): void {
  for (const band of bands) {
    writer.u16(dropBand);
    writer.u16(bandLength);
    writer.u32(band.rate);
    writer.u32(band.burst ?? 0);
    writer.zeros(4);
  }
}

/** Reads flags and bands as one meter. Bands that are not drop bands are dropped here: OVS has no others. */
export function decodeMeter(number: number, flags: number, reader: Reader): MeterEntry {
  const bands: MeterBand[] = [];
  while (reader.remaining > 0) {
    const type = reader.u16();
    const length = reader.u16();
    if (length < 12) throw new OpenFlowDecodeError('OF_BAD_LENGTH', `meter band of ${length} bytes`);
    const body = reader.sub(length - 4);
    const rate = body.u32();
    const burst = body.u32();
    if (type === dropBand) bands.push({ kind: 'drop', rate, ...(burst !== 0 && { burst }) });
  }
  return {
    meter: number,
    unit: flags & flag.pktps ? 'pktps' : 'kbps',
    ...(flags & flag.burst && { burst: true }),
    ...(flags & flag.stats && { stats: true }),
    bands,
  };
}
