// Meters as `ovs-ofctl add-meter`, `mod-meter` and `del-meters` take them, and as `dump-meters` prints them
// (OVS lib/ofp-meter.c, parse_ofp_meter_mod_str__()).

import { type MeterCommand, type MeterMod, meterNumber } from '../../codec/messages/meter-mod.ts';
import type { MeterBand } from '../../flow/meter.ts';
import { cut, named, type Pair, type Piece, pairs, piece, unexpected } from './cursor.ts';
import { parseInteger, parseWithin } from './parse-number.ts';

/** The command that a meter is for. */
export interface ParseMeterOptions {
  /** `add` when absent. */
  readonly command?: MeterCommand;
}

const reserved: Readonly<Record<string, number>> = {
  slowpath: 0xfffffffd,
  controller: 0xfffffffe,
  all: meterNumber.all,
};
const mostMeter = 0xffff0000;

type Flags = Pick<MeterMod['meter'], 'unit' | 'burst' | 'stats'>;

interface Head {
  readonly meter?: number;
  readonly flags: Partial<Flags>;
}

function parseHead(text: Piece, command: MeterCommand): Head {
  let head: Head = { flags: {} };
  for (const { key, value } of pairs(text)) {
    const flag = command === 'delete' ? '' : key.text;
    if (flag === 'kbps' || flag === 'pktps') head = { ...head, flags: { ...head.flags, unit: flag } };
    else if (flag === 'burst' || flag === 'stats') head = { ...head, flags: { ...head.flags, [flag]: true } };
    else if (key.text === 'meter') {
      head = { ...head, meter: named(reserved, value.text) ?? parseWithin(value, 1, mostMeter, 'a meter') };
    } else throw unexpected(key, command === 'delete' ? 'meter' : 'meter, kbps, pktps, burst, stats or bands');
  }
  return head;
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

function parseBands(text: Piece, bursts: boolean): readonly MeterBand[] {
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

/**
 * A meter, as ovs-ofctl would send it.
 * @param text such as `meter=1,pktps,burst,bands=type=drop,rate=100,burst_size=10`
 * @throws OpenFlowTextError with the column, what was found, and what could stand there
 */
export function parseMeter(text: string, options: ParseMeterOptions = {}): MeterMod {
  const { command = 'add' } = options;
  const whole = piece(text);
  const found = command === 'delete' ? null : /bands?\s*=/.exec(text);
  const front = cut(whole, 0, found?.index ?? text.length);
  const { meter, flags } = parseHead(front, command);
  if (meter === undefined) throw unexpected(cut(front, front.text.length), 'meter=');
  if (command === 'delete') return { kind: 'meter_mod', command, meter: { meter, unit: 'kbps', flags: 0, bands: [] } };
  if (!found) throw unexpected(cut(whole, text.length), 'bands=');
  const bands = parseBands(cut(whole, found.index + found[0].length), flags.burst === true);
  const named = flags.unit !== undefined || flags.burst || flags.stats;
  if (!named) throw unexpected(cut(front, front.text.length), 'kbps or pktps');
  const { unit = 'kbps', ...others } = flags;
  const bits = flags.unit === undefined ? { flags: (flags.burst ? 4 : 0) | (flags.stats ? 8 : 0) } : {};
  return { kind: 'meter_mod', command, meter: { meter, unit, ...others, ...bits, bands } };
}
