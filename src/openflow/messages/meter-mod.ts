// OFPT_METER_MOD (OpenFlow 1.5.1 section 7.3.4.5), and its text as `ovs-ofctl add-meter` takes it (OVS lib/ofp-meter.c).

import { OpenFlowDecodeError } from '../errors.ts';
import {
  decodeMeter,
  encodeBands,
  formatMeter,
  type MeterEntry,
  meterFlag,
  meterFlags,
  meterNumber,
  mostMeter,
  parseBands,
} from '../flow/meter.ts';
import { cut, named, type Piece, pairs, piece, unexpected } from '../text/parse/cursor.ts';
import { parseWithin } from '../text/parse/parse-number.ts';
import type { MessageDefinition } from './shared/message-definition.ts';

/** What a meter mod does (OFPMC_*). */
export type MeterCommand = (typeof commands)[number];

/** Adds, modifies or deletes a meter (OpenFlow 1.5.1 section 7.3.4.5). */
export interface MeterMod {
  readonly kind: 'meter_mod';
  readonly command: MeterCommand;
  /** For `delete`, 0xffffffff deletes all meters; bands are not sent. */
  readonly meter: MeterEntry;
  /** A delete that carries bands all the same: decoded so, and sent so. */
  readonly withBands?: true;
}

/** By OFPMC_* number. */
const commands = ['add', 'modify', 'delete'] as const;

const commandTexts: Readonly<Record<MeterCommand, string>> = { add: 'ADD', modify: 'MOD', delete: 'DEL' };

export const meterMod: MessageDefinition<MeterMod> = {
  kind: 'meter_mod',
  places: [{ type: 29 }],
  encode({ command, meter, withBands }, writer) {
    writer.u16(commands.indexOf(command));
    writer.u16(meterFlags(meter));
    writer.u32(meter.meter);
    if (command !== 'delete' || withBands) encodeBands(writer, meter.bands);
  },
  decode(reader) {
    const number = reader.u16();
    const command = commands[number];
    if (!command) throw new OpenFlowDecodeError('OF_BAD_VALUE', `meter mod command ${number}`);
    const flags = reader.u16();
    const meter = decodeMeter(reader.u32(), flags, reader);
    const withBands = command === 'delete' && meter.bands.length > 0;
    return { kind: 'meter_mod', command, meter, ...(withBands && { withBands }) };
  },
  name: 'OFPT_METER_MOD',
  print({ command, meter }) {
    // Of a delete, ovs-ofctl reads only which meter.
    const shown = command === 'delete' ? { ...meter, flags: 0, bands: [] } : meter;
    return ` ${commandTexts[command]} ${formatMeter(shown)}`;
  },
};

/** The command that a meter is for. */
export interface ParseMeterOptions {
  /** `add` when absent. */
  readonly command?: MeterCommand;
}

type Flags = Pick<MeterMod['meter'], 'unit' | 'burst' | 'stats'>;

interface ParsedHead {
  readonly meter?: number;
  readonly flags: Partial<Flags>;
}

function parseHead(text: Piece, command: MeterCommand): ParsedHead {
  let head: ParsedHead = { flags: {} };
  for (const { key, value } of pairs(text)) {
    const flag = command === 'delete' ? '' : key.text;
    if (flag === 'kbps' || flag === 'pktps') head = { ...head, flags: { ...head.flags, unit: flag } };
    else if (flag === 'burst' || flag === 'stats') head = { ...head, flags: { ...head.flags, [flag]: true } };
    else if (key.text === 'meter') {
      head = { ...head, meter: named<number>(meterNumber, value.text) ?? parseWithin(value, 1, mostMeter, 'a meter') };
    } else throw unexpected(key, command === 'delete' ? 'meter' : 'meter, kbps, pktps, burst, stats or bands');
  }
  return head;
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
  const bits =
    flags.unit === undefined
      ? { flags: (flags.burst ? meterFlag.burst : 0) | (flags.stats ? meterFlag.stats : 0) }
      : {};
  return { kind: 'meter_mod', command, meter: { meter, unit, ...others, ...bits, bands } };
}
