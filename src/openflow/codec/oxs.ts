// struct ofp_stats: OXS fields in a frame padded to 8 bytes (OpenFlow 1.5.1 section 7.2.4).

import type { Mutable } from '../../lib/mutable.ts';
import { OpenFlowDecodeError } from '../errors.ts';
import type { StatName, Stats, StatsOrder } from '../flow/stats.ts';
import type { Reader } from '../wire/reader.ts';
import type { Writer } from '../wire/writer.ts';
import { readDuration, writeDuration } from './duration.ts';

type Found = Mutable<Stats>;

interface StatCodec {
  readonly name: StatName;
  /** Class, field and length. */
  readonly header: number;
  write(stats: Stats, writer: Writer): void;
  read(found: Found, reader: Reader): void;
}

const basicClass = 0x8002;

function header(number: number, bytes: number): number {
  return basicClass * 0x10000 + ((number << 9) | bytes);
}

/** In the order in which OVS writes them. */
const codecs: readonly StatCodec[] = [
  {
    name: 'durationSeconds',
    header: header(0, 8),
    write: (stats, writer) => writeDuration(writer, stats.durationSeconds ?? 0, stats.durationNanoseconds),
    read(found, reader) {
      const { seconds, nanoseconds } = readDuration(reader);
      found.durationSeconds = seconds;
      if (nanoseconds !== undefined) found.durationNanoseconds = nanoseconds;
      else delete found.durationNanoseconds;
    },
  },
  {
    name: 'idleSeconds',
    header: header(1, 8),
    write: (stats, writer) => writeDuration(writer, stats.idleSeconds ?? 0, stats.idleNanoseconds),
    read(found, reader) {
      const { seconds, nanoseconds } = readDuration(reader);
      found.idleSeconds = seconds;
      if (nanoseconds !== undefined) found.idleNanoseconds = nanoseconds;
      else delete found.idleNanoseconds;
    },
  },
  {
    name: 'packetCount',
    header: header(4, 8),
    write: (stats, writer) => writer.u64(stats.packetCount ?? 0n),
    read(found, reader) {
      found.packetCount = reader.u64();
    },
  },
  {
    name: 'byteCount',
    header: header(5, 8),
    write: (stats, writer) => writer.u64(stats.byteCount ?? 0n),
    read(found, reader) {
      found.byteCount = reader.u64();
    },
  },
  {
    name: 'flowCount',
    header: header(3, 4),
    write: (stats, writer) => writer.u32(stats.flowCount ?? 0),
    read(found, reader) {
      found.flowCount = reader.u32();
    },
  },
];

const byName: ReadonlyMap<StatName, StatCodec> = new Map(codecs.map(codec => [codec.name, codec]));
const placeOf: ReadonlyMap<number, number> = new Map(codecs.map((codec, place) => [codec.header, place]));

function nextCodec(reader: Reader): StatCodec | undefined {
  return codecs[placeOf.get(reader.peekU32(0)) ?? -1];
}

function writeStat(writer: Writer, codec: StatCodec, stats: Stats): void {
  writer.u32(codec.header);
  codec.write(stats, writer);
}

/** Statistics that have a value, in the usual order. */
export function statsIn(stats: Stats): readonly StatName[] {
  return codecs.flatMap(({ name }) => (stats[name] === undefined ? [] : [name]));
}

export function encodeStats(writer: Writer, stats: Stats): void {
  const start = writer.length;
  writer.u16(0);
  writer.u16(0);
  if (stats.statsOrder) {
    for (const item of stats.statsOrder) {
      if (typeof item !== 'string') writer.raw(item);
      else writeStat(writer, byName.get(item) as StatCodec, stats);
    }
  } else {
    for (const codec of codecs) if (stats[codec.name] !== undefined) writeStat(writer, codec, stats);
  }
  writer.patchLength(start + 2, start, 'flow statistics');
  writer.align(start, 8);
}

/** Reads the frame. */
export function decodeStats(outer: Reader): Stats {
  outer.pad(2);
  const length = outer.u16();
  if (length < 4) throw new OpenFlowDecodeError('OF_BAD_LENGTH', `statistics of ${length} bytes`);
  const reader = outer.sub(length - 4);
  if (length % 8 !== 0) outer.pad(8 - (length % 8));
  const found: Found = {};
  const first = reader.offset;
  let last = -1;
  let usual = true;
  while (reader.remaining > 0) {
    const place = placeOf.get(reader.peekU32(0)) ?? -1;
    const codec = codecs[place];
    if (!codec) {
      reader.skip(4 + reader.peekU8(3));
      usual = false;
      continue;
    }
    reader.skip(4);
    codec.read(found, reader);
    if (place <= last) usual = false;
    last = place;
  }
  if (usual) return found;
  reader.offset = first;
  found.statsOrder = orderOf(reader);
  return found;
}

function orderOf(reader: Reader): StatsOrder {
  const order: (StatName | Uint8Array)[] = [];
  const raw = new Map<StatName, Uint8Array>();
  while (reader.remaining > 0) {
    const name = nextCodec(reader)?.name;
    const bytes = reader.copy(4 + reader.peekU8(3));
    const earlier = name && raw.get(name);
    if (name && earlier) order[order.indexOf(name)] = earlier;
    if (name) raw.set(name, bytes);
    order.push(name ?? bytes);
  }
  return order;
}
