// OFPMP_DESC (OpenFlow 1.5.1 section 7.3.5).

import { type MultipartDefinition, noBody } from './shared/multipart-definition.ts';

export interface DescRequest {
  readonly type: 'desc';
}

/** Who made the switch, of what; each 256 bytes at most, the serial number 32 (OpenFlow 1.5.1 section 7.3.5). */
export interface SwitchDesc {
  readonly manufacturer: string;
  readonly hardware: string;
  readonly software: string;
  readonly serial: string;
  readonly datapath: string;
}

const descLength = 256;

const serialLength = 32;

export const desc: MultipartDefinition<DescRequest, SwitchDesc> = {
  type: 'desc',
  places: [{ type: 0 }],
  ...noBody,
  decodeRequest: () => ({ type: 'desc' }),
  encodeEntry(entry, writer) {
    writer.text(entry.manufacturer, descLength);
    writer.text(entry.hardware, descLength);
    writer.text(entry.software, descLength);
    writer.text(entry.serial, serialLength);
    writer.text(entry.datapath, descLength);
  },
  decodeEntry: reader => ({
    manufacturer: reader.text(descLength),
    hardware: reader.text(descLength),
    software: reader.text(descLength),
    serial: reader.text(serialLength),
    datapath: reader.text(descLength),
  }),
  name: 'OFPST_DESC',
  printReply: entries =>
    entries
      .map(
        entry =>
          `\nManufacturer: ${entry.manufacturer}\nHardware: ${entry.hardware}\nSoftware: ${entry.software}\nSerial Num: ${entry.serial}\nDP Description: ${entry.datapath}`,
      )
      .join(''),
};
