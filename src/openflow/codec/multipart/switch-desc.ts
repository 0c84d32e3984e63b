// OFPMP_DESC, OFPMP_PORT_DESC and OFPMP_TABLE_STATS (OpenFlow 1.5.1 section 7.3.5).

import type { PortDesc } from '../../flow/port-desc.ts';
import { port as portNumber } from '../../flow/ports.ts';
import { decodePort, encodePort } from '../ports.ts';
import { type MultipartCodec, noBody } from './multipart-codec.ts';

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

export interface PortDescRequest {
  readonly type: 'port_desc';
  /** Absent: all ports. */
  readonly port?: number;
}

export interface TableStatsRequest {
  readonly type: 'table_stats';
}

/** Counters of a table (OpenFlow 1.5.1 section 7.3.5). */
export interface TableStats {
  readonly table: number;
  readonly activeCount: number;
  readonly lookupCount: bigint;
  readonly matchedCount: bigint;
}

const descLength = 256;
const serialLength = 32;

export const desc: MultipartCodec<DescRequest, SwitchDesc> = {
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
};

export const portDesc: MultipartCodec<PortDescRequest, PortDesc> = {
  places: [{ type: 13 }],
  encodeRequest(request, writer) {
    writer.u32(request.port ?? portNumber.any);
    writer.zeros(4);
  },
  decodeRequest(reader) {
    const number = reader.u32();
    return { type: 'port_desc', ...(number !== portNumber.any && { port: number }) };
  },
  encodeEntry: (entry, writer) => encodePort(writer, entry),
  decodeEntry: decodePort,
};

export const tableStats: MultipartCodec<TableStatsRequest, TableStats> = {
  places: [{ type: 3 }],
  ...noBody,
  decodeRequest: () => ({ type: 'table_stats' }),
  encodeEntry(entry, writer) {
    writer.u8(entry.table);
    writer.zeros(3);
    writer.u32(entry.activeCount);
    writer.u64(entry.lookupCount);
    writer.u64(entry.matchedCount);
  },
  decodeEntry(reader) {
    const table = reader.u8();
    reader.pad(3);
    return { table, activeCount: reader.u32(), lookupCount: reader.u64(), matchedCount: reader.u64() };
  },
};
