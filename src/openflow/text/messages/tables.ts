// Messages about tables (OVS lib/ofp-table.c).

import type { TableConfig, TableMod, TableStatus } from '../../codec/messages/table-mod.ts';
import type { DescRequest, SwitchDesc } from '../../codec/multipart/switch-desc.ts';
import type { TableDescRequest, TableStats, TableStatsRequest } from '../../codec/multipart/tables.ts';
import { allTables } from '../../flow/flow.ts';
import { openflow13 } from '../../wire/version.ts';
import { bitNames } from '../bit-names.ts';
import type { MessagePrinter } from '../message-printer.ts';
import { type FormatOptions, formatTable } from '../names.ts';
import type { MultipartPrinter } from './multipart-printer.ts';

export const desc: MultipartPrinter<DescRequest, SwitchDesc> = {
  name: 'OFPST_DESC',
  reply: entries =>
    entries
      .map(
        entry =>
          `\nManufacturer: ${entry.manufacturer}\nHardware: ${entry.hardware}\nSoftware: ${entry.software}\nSerial Num: ${entry.serial}\nDP Description: ${entry.datapath}`,
      )
      .join(''),
};

const configBit = { eviction: 4, vacancyEvents: 8 };

const evictionNames: readonly (readonly [bit: number, name: string])[] = [
  [1, 'OTHER'],
  [2, 'IMPORTANCE'],
  [4, 'LIFETIME'],
];

function evictionText(flags: number | undefined): string {
  return flags === undefined ? '(default)' : bitNames(flags, evictionNames, '|');
}

const onOff = (config: number, bit: number) => (config & bit ? 'on' : 'off');

/** OVS 3.1 reads the flags, where there are any, as if they said on or off (lib/ofp-table.c). */
function evictionOf(config: number, flags: number | undefined): readonly string[] {
  if (flags === undefined) return [`, eviction=${onOff(config, configBit.eviction)}`];
  return flags === 0 ? [] : [`, eviction=${['', 'on', 'off'][flags] ?? '***error***'}`];
}

export const tableMod: MessagePrinter<TableMod> = {
  name: 'OFPT_TABLE_MOD',
  print({ table: { table, config, evictionFlags, vacancy }, version }, options) {
    const which = table === allTables ? ' table_id: ALL_TABLES' : ` table_id=${formatTable(table, options)}`;
    // OpenFlow 1.3 has no bits in the configuration, whatever stands there.
    if (version === openflow13) return which;
    const isOn = (config & configBit.vacancyEvents) !== 0;
    return [
      which,
      ...evictionOf(config, evictionFlags),
      `, vacancy=${isOn ? 'on' : 'off'}`,
      ...(isOn ? [` vacancy:${vacancy?.down ?? 0},${vacancy?.up ?? 0}`] : []),
    ].join('');
  },
};

function describe({ table, config, evictionFlags, vacancy }: TableConfig, options: FormatOptions): string {
  const isOn = (config & configBit.vacancyEvents) !== 0;
  const numbers = isOn
    ? ` vacancy_down=${vacancy?.down ?? 0}% vacancy_up=${vacancy?.up ?? 0}% vacancy=${vacancy?.vacancy ?? 0}%`
    : '';
  return [
    `\n  table ${formatTable(table, options)}:`,
    `   eviction=${onOff(config, configBit.eviction)} eviction_flags=${evictionText(evictionFlags)}`,
    `   vacancy=${isOn ? 'on' : 'off'}${numbers}`,
  ].join('\n');
}

export const tableDesc: MultipartPrinter<TableDescRequest, TableConfig> = {
  name: 'OFPST_TABLE_DESC',
  reply: (entries, _version, options) => entries.map(table => describe(table, options)).join('\n'),
};

const statusReasons: Readonly<Record<number, string>> = { 3: 'VACANCY_DOWN', 4: 'VACANCY_UP' };

export const tableStatus: MessagePrinter<TableStatus> = {
  name: 'OFPT_TABLE_STATUS',
  print: ({ reason, table }, options) =>
    ` reason=${statusReasons[reason] ?? reason}\ntable_desc:-${describe(table, options)}`,
};

function statsText({ activeCount, lookupCount, matchedCount }: TableStats): string {
  return `    active=${activeCount}, lookup=${lookupCount}, matched=${matchedCount}`;
}

/** Tables whose counters are those of the table before are not shown one by one. */
function sameAsBefore(entries: readonly TableStats[], i: number): boolean {
  const [before, now] = [entries[i - 1], entries[i]];
  if (!before || !now) return false;
  return statsText(before) === statsText(now);
}

export const tableStats: MultipartPrinter<TableStatsRequest, TableStats> = {
  name: 'OFPST_TABLE',
  reply(entries) {
    const parts: string[] = [];
    for (let i = 0; i < entries.length; i++) {
      const { table } = entries[i] as TableStats;
      if (!sameAsBefore(entries, i)) {
        parts.push(`\n  table ${table}:\n${statsText(entries[i] as TableStats)}\n`);
        continue;
      }
      let last = i;
      while (sameAsBefore(entries, last + 1)) last++;
      const end = (entries[last] as TableStats).table;
      parts.push(last === i ? `\n  table ${table}: ditto\n` : `\n  tables ${table}...${end}: ditto\n`);
      i = last;
    }
    return parts.join('').trimEnd();
  },
};
