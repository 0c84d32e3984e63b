// A meter: what it is, in bytes (the same in OFPT_METER_MOD and OFPMP_METER_DESC: OpenFlow 1.5.1 section 7.3.4.5), and in text
// (OVS lib/ofp-meter.c).

import { OpenFlowDecodeError } from '../errors.ts';
import { type Pair, type Piece, pairs, unexpected } from '../text/parse/cursor.ts';
import { parseInteger, parseWithin } from '../text/parse/parse-number.ts';
import type { Reader } from '../wire/reader.ts';
import type { Writer } from '../wire/writer.ts';

/** OFPM_*: OVS's virtual meters limit what goes up to vswitchd and to controllers. */
export const meterNumber = { slowpath: 0xfffffffd, controller: 0xfffffffe, all: 0xffffffff } as const;

/** OFPM_MAX. */
export const mostMeter = 0xffff0000;

/** Bits of ofp_meter_flags. */
export const meterFlag = { kbps: 1, pktps: 2, burst: 4, stats: 8 } as const;

/** A meter: its number, unit and bands. */
export interface MeterEntry {
  /** 1 to 0xffff0000; OVS's virtual meters have their own numbers. */
  readonly meter: number;
  /** What rates and bursts count. */
  readonly unit: 'kbps' | 'pktps';
  /** Bursts are given, not the switch's default. */
  readonly burst?: boolean;
  readonly stats?: boolean;
  /** Bits of ofp_meter_flags, where a decoded meter has others than `unit`, `burst` and `stats` make. */
  readonly flags?: number;
  readonly bands: readonly MeterBand[];
}

/** Rates and bursts in the meter's unit; a burst of 0 is absent (OpenFlow 1.5.1 section 7.3.4.5). */
export type MeterBand =
  | { readonly kind: 'drop'; readonly rate: number; readonly burst?: number }
  | {
      readonly kind: 'dscp_remark';
      readonly rate: number;
      readonly burst?: number;
      /** By how much the drop precedence in the DSCP goes up: 0 to 255. */
      readonly precedence: number;
    }
  | {
      readonly kind: 'experimenter';
      readonly rate: number;
      readonly burst?: number;
      readonly experimenter: number;
      readonly data: Uint8Array;
    }
  /** A band that is not known here; `data` is what stands behind rate and burst. */
  | {
      readonly kind: 'unknown_band';
      readonly type: number;
      readonly rate: number;
      readonly burst?: number;
      readonly data: Uint8Array;
    };

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

const reservedNames: ReadonlyMap<number, string> = new Map(
  Object.entries(meterNumber).map(([name, number]) => [number, name]),
);

/** A meter's number, or the name of a reserved one. */
export function meterIdText(meter: number): string {
  return meter <= mostMeter ? String(meter) : (reservedNames.get(meter) ?? 'unknown');
}

function flagsText(flags: number): string {
  const rest = Object.values(meterFlag).reduce((left, bit) => left & ~bit, flags);
  const names = Object.entries(meterFlag).flatMap(([name, bit]) => (flags & bit ? [`${name} `] : []));
  return [...names, ...(rest === 0 ? [] : [`flags:0x${rest.toString(16)} `])].join('');
}

function typeText(band: MeterBand): string {
  switch (band.kind) {
    case 'drop':
    case 'dscp_remark':
      return band.kind;
    case 'experimenter':
      return '65535';
    case 'unknown_band':
      return String(band.type);
  }
}

function bandText(band: MeterBand, withBurst: boolean): string {
  const burst = withBurst ? ` burst_size=${band.burst ?? 0}` : '';
  const precedence = band.kind === 'dscp_remark' ? ` prec_level=${band.precedence}` : '';
  return `\ntype=${typeText(band)} rate=${band.rate}${burst}${precedence}`;
}

/** The meter, each band on a line of its own. Bands that OVS does not know show type, rate and burst. */
export function formatMeter(meter: MeterEntry): string {
  const flags = meterFlags(meter);
  const bands = meter.bands.map(band => bandText(band, (flags & meterFlag.burst) !== 0));
  return `meter=${meterIdText(meter.meter)} ${flagsText(flags)}bands=${bands.join('')}`;
}

interface RawBand {
  readonly where: Piece;
  readonly kind: 'drop' | 'dscp_remark';
  readonly rate?: number;
  readonly burst?: number;
  readonly precedence?: number;
}

function startBand({ key, value }: Pair): RawBand {
  if (value.text !== 'drop' && value.text !== 'dscp_remark') throw unexpected(value, 'drop or dscp_remark');
  return { where: key, kind: value.text };
}

function continueBand({ key, value }: Pair): Partial<RawBand> {
  switch (key.text) {
    case 'rate':
      return { rate: parseWithin(value, 1, 0xffffffff, 'a rate') };
    case 'burst_size':
      return { burst: parseInteger(value, 32, 'a burst') };
    case 'prec_level':
      return { precedence: parseInteger(value, 8, 'a precedence') };
    default:
      throw unexpected(key, 'type, rate, burst_size or prec_level');
  }
}

function finishBand(band: RawBand, bursts: boolean): MeterBand {
  const { where, kind, rate, burst, precedence } = band;
  if (!rate) throw unexpected(where, 'a band with a rate');
  if (bursts !== Boolean(burst))
    throw unexpected(where, bursts ? 'burst_size in each band' : 'burst beside burst_size');
  const amounts = { rate, ...(burst && { burst }) };
  if (kind === 'drop') {
    if (precedence) throw unexpected(where, 'prec_level in dscp_remark only');
    return { kind, ...amounts };
  }
  if (!precedence) throw unexpected(where, 'prec_level in dscp_remark');
  return { kind, ...amounts, precedence };
}

/** What stands behind `bands=`. @throws OpenFlowTextError */
export function parseBands(text: Piece, bursts: boolean): readonly MeterBand[] {
  const bands: RawBand[] = [];
  for (const pair of pairs(text)) {
    if (pair.key.text === 'type') {
      bands.push(startBand(pair));
      continue;
    }
    const last = bands.pop();
    if (!last) throw unexpected(pair.key, 'type= at the start of a band');
    bands.push({ ...last, ...continueBand(pair) });
  }
  if (bands.length === 0) throw unexpected(text, 'type= at the start of a band');
  return bands.map(band => finishBand(band, bursts));
}
