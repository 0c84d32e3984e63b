// OFPT_METER_MOD (OpenFlow 1.5.1 section 7.3.4.5).

import { OpenFlowDecodeError } from '../../errors.ts';
import type { MeterEntry } from '../../flow/meter.ts';
import type { MessageCodec } from '../message-codec.ts';
import { decodeMeter, encodeBands, meterFlags } from '../meters.ts';

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

/** OFPM_*: OVS's virtual meters limit what goes up to vswitchd and to controllers. */
export const meterNumber = { slowpath: 0xfffffffd, controller: 0xfffffffe, all: 0xffffffff } as const;

export const meterMod: MessageCodec<MeterMod> = {
  encodeBody({ command, meter, withBands }, writer) {
    writer.u16(commands.indexOf(command));
    writer.u16(meterFlags(meter));
    writer.u32(meter.meter);
    if (command !== 'delete' || withBands) encodeBands(writer, meter.bands);
  },
  decodeBody(reader) {
    const number = reader.u16();
    const command = commands[number];
    if (!command) throw new OpenFlowDecodeError('OF_BAD_VALUE', `meter mod command ${number}`);
    const flags = reader.u16();
    const meter = decodeMeter(reader.u32(), flags, reader);
    const withBands = command === 'delete' && meter.bands.length > 0;
    return { kind: 'meter_mod', command, meter, ...(withBands && { withBands }) };
  },
};
