// Which meter a request is about (OVS lib/ofp-meter.c).

import { meterIdText, meterNumber } from '../../../flow/meter.ts';
import type { Reader } from '../../../wire/reader.ts';
import type { Writer } from '../../../wire/writer.ts';

export function encodeMeterNumber(writer: Writer, meter = meterNumber.all as number): void {
  writer.u32(meter);
  writer.zeros(4);
}

export function decodeMeterNumber(reader: Reader): { readonly meter?: number } {
  const meter = reader.u32();
  reader.pad(4);
  return meter === meterNumber.all ? {} : { meter };
}

export function meterFilterText(meter = meterNumber.all as number): string {
  return ` meter=${meterIdText(meter)}`;
}
