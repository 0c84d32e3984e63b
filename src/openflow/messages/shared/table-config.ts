// How a table is configured, in OFPT_TABLE_MOD, OFPT_TABLE_STATUS and OFPMP_TABLE_DESC (OpenFlow 1.5.1 sections 7.3.4.1,
// 7.4.5 and 7.3.5; OVS lib/ofp-table.c).

import { takeEntry } from '../../codec/entry.ts';
import { type PropertyTable, readNamed, writeNamed } from '../../codec/property-order.ts';
import type { PropertyOrder } from '../../flow/property.ts';
import { bitNames } from '../../text/bit-names.ts';
import { type FormatOptions, formatTable } from '../../text/names.ts';
import type { Reader } from '../../wire/reader.ts';
import type { Writer } from '../../wire/writer.ts';

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

type Found = { -readonly [K in 'evictionFlags' | 'vacancy']?: TableConfig[K] };

export const tableProperties: PropertyTable<Found, 'evictionFlags' | 'vacancy'> = {
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

export function readTableProperties(reader: Reader): Omit<TableConfig, 'table' | 'config'> {
  const found: Found = {};
  const propertyOrder = readNamed(reader, tableProperties, found);
  return { ...found, ...(propertyOrder && { propertyOrder }) };
}

const describedLength = 8;

export function writeTableDesc(writer: Writer, table: TableConfig): void {
  const start = writer.length;
  writer.u16(0);
  writer.u8(table.table);
  writer.zeros(1);
  writer.u32(table.config);
  writeNamed(writer, tableProperties, table, table.propertyOrder);
  writer.patchLength(start, start, 'the description of a table');
}

export function readTableDesc(outer: Reader): TableConfig {
  const reader = takeEntry(outer, describedLength, 'table');
  reader.skip(2);
  const table = reader.u8();
  reader.pad(1);
  const config = reader.u32();
  return { table, config, ...readTableProperties(reader) };
}

/** OFPTC_*. */
export const tableBit = { eviction: 4, vacancyEvents: 8 } as const;

const evictionNames: readonly (readonly [bit: number, name: string])[] = [
  [1, 'OTHER'],
  [2, 'IMPORTANCE'],
  [4, 'LIFETIME'],
];

function evictionText(flags: number | undefined): string {
  return flags === undefined ? '(default)' : bitNames(flags, evictionNames, '|');
}

export const onOff = (config: number, bit: number) => (config & bit ? 'on' : 'off');

export function formatTableDesc(
  { table, config, evictionFlags, vacancy }: TableConfig,
  options: FormatOptions,
): string {
  const isOn = (config & tableBit.vacancyEvents) !== 0;
  const numbers = isOn
    ? ` vacancy_down=${vacancy?.down ?? 0}% vacancy_up=${vacancy?.up ?? 0}% vacancy=${vacancy?.vacancy ?? 0}%`
    : '';
  return [
    `\n  table ${formatTable(table, options)}:`,
    `   eviction=${onOff(config, tableBit.eviction)} eviction_flags=${evictionText(evictionFlags)}`,
    `   vacancy=${isOn ? 'on' : 'off'}${numbers}`,
  ].join('\n');
}
