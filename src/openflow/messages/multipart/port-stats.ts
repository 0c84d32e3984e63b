// OFPMP_PORT_STATS (OpenFlow 1.5.1 section 7.3.5; OVS lib/ofp-port.c).

import { readLasted, writeDuration } from '../../codec/duration.ts';
import { takeEntry } from '../../codec/entry.ts';
import { type PropertyTable, readNamed, writeNamed } from '../../codec/property-order.ts';
import { port as portNumber } from '../../flow/ports.ts';
import type { PropertyOrder } from '../../flow/property.ts';
import { durationText } from '../../text/format-duration.ts';
import { type FormatOptions, formatPort } from '../../text/names.ts';
import { unknownCount, unknownSeconds } from '../../text/unknown.ts';
import type { Reader } from '../../wire/reader.ts';
import { openflow14 } from '../../wire/version.ts';
import type { Writer } from '../../wire/writer.ts';
import { counterText } from './shared/counter-text.ts';
import type { MultipartDefinition } from './shared/multipart-definition.ts';

export interface PortStatsRequest {
  readonly type: 'port_stats';
  /** Absent: all ports. */
  readonly port?: number;
}

/** Errors that only Ethernet has (OpenFlow 1.5.1 section 7.3.5). */
export interface EthernetStats {
  readonly rxFrameErrors: bigint;
  readonly rxOverErrors: bigint;
  readonly rxCrcErrors: bigint;
  readonly collisions: bigint;
}

/** Counters of a port (OpenFlow 1.5.1 section 7.3.5). All ones: the switch does not count. */
export interface PortStats {
  readonly portNo: number;
  readonly rxPackets: bigint;
  readonly txPackets: bigint;
  readonly rxBytes: bigint;
  readonly txBytes: bigint;
  readonly rxDropped: bigint;
  readonly txDropped: bigint;
  readonly rxErrors: bigint;
  readonly txErrors: bigint;
  readonly durationSeconds: number;
  /** Where `durationSeconds` cannot say it exactly: see Duration. */
  readonly durationNanoseconds?: number;
  readonly ethernet?: EthernetStats;
  /** By `rfc2819Counters`; all ones: not counted. */
  readonly rfc2819?: readonly bigint[];
  /** The switch's own. */
  readonly custom?: readonly CustomCounter[];
  /** Exactly which properties decoded counters have; absent: those with a value. */
  readonly propertyOrder?: PropertyOrder<'ethernet' | 'rfc2819' | 'custom'>;
}

/** A counter that only this switch has, by its own name (OVS include/openflow/intel-ext.h). */
export interface CustomCounter {
  /** At most 255 bytes. */
  readonly name: string;
  readonly value: bigint;
}

/** What the counters of `rfc2819` count, in their order. */
export const rfc2819Counters = [
  'rx_1_to_64_packets',
  'rx_65_to_127_packets',
  'rx_128_to_255_packets',
  'rx_256_to_511_packets',
  'rx_512_to_1023_packets',
  'rx_1024_to_1522_packets',
  'rx_1523_to_max_packets',
  'tx_1_to_64_packets',
  'tx_65_to_127_packets',
  'tx_128_to_255_packets',
  'tx_256_to_511_packets',
  'tx_512_to_1023_packets',
  'tx_1024_to_1522_packets',
  'tx_1523_to_max_packets',
  'tx_multicast_packets',
  'rx_broadcast_packets',
  'tx_broadcast_packets',
  'rx_undersized_errors',
  'rx_oversize_errors',
  'rx_fragmented_errors',
  'rx_jabber_errors',
] as const;

const intelVendor = 0x0000aa01;

const rfc2819Type = 1;

const customType = 2;

const experimenterProperty = 0xffff;

const noEthernet: EthernetStats = { rxFrameErrors: 0n, rxOverErrors: 0n, rxCrcErrors: 0n, collisions: 0n };

function writeEthernet(writer: Writer, ethernet: EthernetStats): void {
  writer.u64(ethernet.rxFrameErrors);
  writer.u64(ethernet.rxOverErrors);
  writer.u64(ethernet.rxCrcErrors);
  writer.u64(ethernet.collisions);
}

function readEthernet(reader: Reader): EthernetStats {
  return {
    rxFrameErrors: reader.u64(),
    rxOverErrors: reader.u64(),
    rxCrcErrors: reader.u64(),
    collisions: reader.u64(),
  };
}

function isIntel(value: Reader, type: number): boolean {
  return value.remaining >= 12 && value.u32() === intelVendor && value.u32() === type;
}

function writeCustom(writer: Writer, counters: readonly CustomCounter[]): void {
  for (const { name, value } of counters) {
    const bytes = Buffer.from(name, 'utf8');
    writer.u8(bytes.length);
    writer.raw(bytes);
    writer.u64(value);
  }
}

/** The counters; undefined when they do not fill the property. */
function readCustom(reader: Reader, count: number): readonly CustomCounter[] | undefined {
  const counters: CustomCounter[] = [];
  for (let i = 0; i < count; i++) {
    const length = reader.remaining > 0 ? reader.u8() : Number.NaN;
    if (!(length + 8 <= reader.remaining)) return undefined;
    const bytes = reader.copy(length);
    const name = Buffer.from(bytes).toString('utf8');
    if (!Buffer.from(name).equals(bytes)) return undefined;
    counters.push({ name, value: reader.u64() });
  }
  return counters;
}

type Properties = { -readonly [K in 'ethernet' | 'rfc2819' | 'custom']?: PortStats[K] };

const properties: PropertyTable<Properties, 'ethernet' | 'rfc2819' | 'custom'> = {
  ethernet: {
    type: 0,
    bytes: 36,
    isIn: ({ ethernet }) => ethernet !== undefined,
    write({ ethernet = noEthernet }, writer) {
      writer.zeros(4);
      writeEthernet(writer, ethernet);
    },
    read(value) {
      value.pad(4);
      return { ethernet: readEthernet(value) };
    },
  },
  rfc2819: {
    type: experimenterProperty,
    bytes: 12 + 8 * rfc2819Counters.length,
    isIn: ({ rfc2819 }) => rfc2819 !== undefined,
    write({ rfc2819 = [] }, writer) {
      writer.u32(intelVendor);
      writer.u32(rfc2819Type);
      writer.zeros(4);
      for (const index of rfc2819Counters.keys()) writer.u64(rfc2819[index] ?? 0n);
    },
    read(value) {
      if (!isIntel(value, rfc2819Type)) return undefined;
      value.pad(4);
      return { rfc2819: rfc2819Counters.map(() => value.u64()) };
    },
  },
  custom: {
    type: experimenterProperty,
    isIn: ({ custom }) => custom !== undefined,
    write({ custom = [] }, writer) {
      writer.u32(intelVendor);
      writer.u32(customType);
      writer.zeros(2);
      writer.u16(custom.length);
      writeCustom(writer, custom);
    },
    read(value) {
      if (!isIntel(value, customType)) return undefined;
      value.pad(2);
      const custom = readCustom(value, value.u16());
      return custom && { custom };
    },
  },
};

function writeCounters(writer: Writer, stats: PortStats): void {
  writer.u64(stats.rxPackets);
  writer.u64(stats.txPackets);
  writer.u64(stats.rxBytes);
  writer.u64(stats.txBytes);
  writer.u64(stats.rxDropped);
  writer.u64(stats.txDropped);
  writer.u64(stats.rxErrors);
  writer.u64(stats.txErrors);
}

type Counters = Omit<PortStats, 'portNo' | 'durationSeconds' | keyof Properties>;

function readCounters(reader: Reader): Counters {
  return {
    rxPackets: reader.u64(),
    txPackets: reader.u64(),
    rxBytes: reader.u64(),
    txBytes: reader.u64(),
    rxDropped: reader.u64(),
    txDropped: reader.u64(),
    rxErrors: reader.u64(),
    txErrors: reader.u64(),
  };
}

const statsLength = 80;

function rfc2819Lines(counters: readonly bigint[]): readonly string[] {
  const side = (prefix: 'rx_' | 'tx_') =>
    rfc2819Counters
      .map((name, i) => ({ name, value: counters[i] ?? unknownCount }))
      .filter(({ name, value }) => name.startsWith(prefix) && value !== unknownCount)
      // Two of the errors are printed with their side, the others without.
      .map(({ name, value }) => {
        const short = /fragmented|jabber/.test(name) ? name : name.slice(prefix.length);
        return `${short}=${value}, `;
      });
  const line = (prefix: 'rx_' | 'tx_') => {
    const texts = side(prefix);
    return texts.length === 0 ? [] : [`           ${prefix.slice(0, 2)} rfc2819 ${texts.join('')}`];
  };
  return [...line('rx_'), ...line('tx_')];
}

function customLines({ custom = [] }: PortStats): readonly string[] {
  if (custom.length === 0) return [];
  const rows: string[] = [];
  for (const [i, { name, value }] of custom.entries()) {
    if (name === '') continue;
    if (i % 3 === 0) rows.push(`                      ${name}=${value},`);
    else rows.push(`${rows.pop() ?? ''} ${name}=${value},`);
  }
  return ['           CUSTOM Statistics', ...rows];
}

function statsLines(stats: PortStats, options: FormatOptions): string {
  const { ethernet } = stats;
  const name = formatPort(stats.portNo, options);
  const more = (value: bigint | undefined) => counterText(value ?? unknownCount);
  return [
    `  port ${stats.portNo < 10 ? ' ' : ''}${name}: rx pkts=${more(stats.rxPackets)}, bytes=${more(stats.rxBytes)}, drop=${more(stats.rxDropped)}, errs=${more(stats.rxErrors)}, frame=${more(ethernet?.rxFrameErrors)}, over=${more(ethernet?.rxOverErrors)}, crc=${more(ethernet?.rxCrcErrors)}`,
    `           tx pkts=${more(stats.txPackets)}, bytes=${more(stats.txBytes)}, drop=${more(stats.txDropped)}, errs=${more(stats.txErrors)}, coll=${more(ethernet?.collisions)}`,
    ...(stats.durationSeconds === unknownSeconds
      ? []
      : [`           duration=${durationText(stats.durationSeconds, stats.durationNanoseconds)}`]),
    ...(stats.rfc2819 ? rfc2819Lines(stats.rfc2819) : []),
    ...customLines(stats),
  ].join('\n');
}

export const portStats: MultipartDefinition<PortStatsRequest, PortStats> = {
  type: 'port_stats',
  places: [{ type: 4 }],
  encodeRequest(request, writer) {
    writer.u32(request.port ?? portNumber.any);
    writer.zeros(4);
  },
  decodeRequest(reader) {
    const port = reader.u32();
    reader.pad(4);
    return { type: 'port_stats', ...(port !== portNumber.any && { port }) };
  },
  encodeEntry(entry, writer) {
    const start = writer.length;
    if (writer.version < openflow14) {
      writer.u32(entry.portNo);
      writer.zeros(4);
      writeCounters(writer, entry);
      writeEthernet(writer, entry.ethernet ?? noEthernet);
      writeDuration(writer, entry.durationSeconds, entry.durationNanoseconds);
      return;
    }
    writer.u16(0);
    writer.zeros(2);
    writer.u32(entry.portNo);
    writeDuration(writer, entry.durationSeconds, entry.durationNanoseconds);
    writeCounters(writer, entry);
    writeNamed(writer, properties, entry, entry.propertyOrder);
    writer.patchLength(start, start, 'the statistics of a port');
  },
  decodeEntry(outer) {
    if (outer.version < openflow14) {
      const portNo = outer.u32();
      outer.pad(4);
      return { portNo, ...readCounters(outer), ethernet: readEthernet(outer), ...readLasted(outer) };
    }
    const reader = takeEntry(outer, statsLength, 'port statistics');
    reader.skip(2);
    reader.pad(2);
    const portNo = reader.u32();
    const lasted = readLasted(reader);
    const counters = readCounters(reader);
    const found: Properties = {};
    const propertyOrder = readNamed(reader, properties, found);
    return { portNo, ...counters, ...lasted, ...found, ...(propertyOrder && { propertyOrder }) };
  },
  name: 'OFPST_PORT',
  printRequest: ({ port }, _version, options) => ` port_no=${formatPort(port ?? portNumber.any, options)}`,
  printReply: (entries, _version, options) =>
    ` ${entries.length} ports${entries.map(stats => `\n${statsLines(stats, options)}`).join('')}`,
};
