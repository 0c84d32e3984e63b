// OFPT_TABLE_MOD, OFPT_TABLE_STATUS, and the description of a table that they share with OFPMP_TABLE_DESC (OpenFlow
// 1.5.1 sections 7.3.4.1, 7.4.5 and 7.3.5).

import type { PropertyOrder } from '../../flow/property.ts';
import type { Reader } from '../../wire/reader.ts';
import { openflow14 } from '../../wire/version.ts';
import type { Writer } from '../../wire/writer.ts';
import { takeEntry } from '../entry.ts';
import type { MessageCodec } from '../message-codec.ts';
import { type PropertyTable, readNamed, writeNamed } from '../property-order.ts';

/** When a table says that it is getting full or empty, in percent of it that are free. */
export interface TableVacancy {
  readonly down: number;
  readonly up: number;
  /** How much is free now; 0 in a table mod. */
  readonly vacancy: number;
}

/** How a table is configured. Properties since OpenFlow 1.4. */
export interface TableConfig {
  /** 0 to 254; 255 all, in a table mod. */
  readonly table: number;
  /** OFPTC_*: 4 eviction, 8 vacancy events. */
  readonly config: number;
  /** OFPTMPEF_*: 1 other, 2 importance, 4 lifetime: what is evicted first. */
  readonly evictionFlags?: number;
  readonly vacancy?: TableVacancy;
  /** Exactly which properties a decoded table has; absent: those with a value. */
  readonly propertyOrder?: PropertyOrder<'evictionFlags' | 'vacancy'>;
}

/** Changes the configuration of a table (OpenFlow 1.5.1 section 7.3.4.1). */
export interface TableMod {
  readonly kind: 'table_mod';
  readonly table: TableConfig;
}

/** A table got emptier or fuller than it should (OpenFlow 1.5.1 section 7.4.5). */
export interface TableStatus {
  readonly kind: 'table_status';
  /** OFPTR_*: 3 less is free than should be, 4 more than that again. */
  readonly reason: number;
  readonly table: TableConfig;
}

type Found = { -readonly [K in 'evictionFlags' | 'vacancy']?: TableConfig[K] };

const properties: PropertyTable<Found, 'evictionFlags' | 'vacancy'> = {
  evictionFlags: {
    type: 2,
    bytes: 4,
    isIn: ({ evictionFlags }) => evictionFlags !== undefined,
    write: ({ evictionFlags = 0 }, writer) => writer.u32(evictionFlags),
    read: value => ({ evictionFlags: value.u32() }),
  },
  vacancy: {
    type: 3,
    bytes: 4,
    isIn: ({ vacancy }) => vacancy !== undefined,
    write({ vacancy }, writer) {
      writer.u8(vacancy?.down ?? 0);
      writer.u8(vacancy?.up ?? 0);
      writer.u8(vacancy?.vacancy ?? 0);
      writer.zeros(1);
    },
    read(value) {
      const vacancy = { down: value.u8(), up: value.u8(), vacancy: value.u8() };
      value.pad(1);
      return { vacancy };
    },
  },
};

function readProperties(reader: Reader): Omit<TableConfig, 'table' | 'config'> {
  const found: Found = {};
  const propertyOrder = readNamed(reader, properties, found);
  return { ...found, ...(propertyOrder && { propertyOrder }) };
}

export const tableMod: MessageCodec<TableMod> = {
  encodeBody({ table }, writer) {
    writer.u8(table.table);
    writer.zeros(3);
    writer.u32(table.config);
    if (writer.version >= openflow14) writeNamed(writer, properties, table, table.propertyOrder);
  },
  decodeBody(reader) {
    const table = reader.u8();
    reader.pad(3);
    const config = reader.u32();
    const rest = reader.version >= openflow14 ? readProperties(reader) : {};
    return { kind: 'table_mod', table: { table, config, ...rest } };
  },
};

const describedLength = 8;

export function writeTableDesc(writer: Writer, table: TableConfig): void {
  const start = writer.length;
  writer.u16(0);
  writer.u8(table.table);
  writer.zeros(1);
  writer.u32(table.config);
  writeNamed(writer, properties, table, table.propertyOrder);
  writer.patchLength(start, start, 'the description of a table');
}

export function readTableDesc(outer: Reader): TableConfig {
  const reader = takeEntry(outer, describedLength, 'table');
  reader.skip(2);
  const table = reader.u8();
  reader.pad(1);
  const config = reader.u32();
  return { table, config, ...readProperties(reader) };
}

export const tableStatus: MessageCodec<TableStatus> = {
  encodeBody(body, writer) {
    writer.u8(body.reason);
    writer.zeros(7);
    writeTableDesc(writer, body.table);
  },
  decodeBody(reader) {
    const reason = reader.u8();
    reader.pad(7);
    return { kind: 'table_status', reason, table: readTableDesc(reader) };
  },
};
