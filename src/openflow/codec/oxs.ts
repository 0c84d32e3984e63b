// struct ofp_stats: OXS fields in a frame padded to 8 bytes (OpenFlow 1.5.1 section 7.2.4).

import { OpenFlowDecodeError } from '../errors.ts';
import type { Reader } from '../wire/reader.ts';
import type { Writer } from '../wire/writer.ts';

export interface Stats {
  readonly durationSeconds?: number;
  readonly idleSeconds?: number;
  readonly flowCount?: number;
  readonly packetCount?: bigint;
  readonly byteCount?: bigint;
}

const basicClass = 0x8002;
const nano = 1_000_000_000;

interface StatCodec {
  readonly number: number;
  readonly bytes: number;
  write(stats: Stats, writer: Writer): void;
  read(reader: Reader): Stats;
}

function writeSeconds(writer: Writer, value: number): void {
  const seconds = Math.floor(value);
  writer.u32(seconds);
  writer.u32(Math.round((value - seconds) * nano));
}

function readSeconds(reader: Reader): number {
  const seconds = reader.u32();
  // Rounding at the ninth decimal keeps 1.5 from becoming 1.5000000001.
  return Math.round((seconds + reader.u32() / nano) * nano) / nano;
}

/** In the order in which OVS writes them. */
const stats = {
  durationSeconds: {
    number: 0,
    bytes: 8,
    write: (s, w) => writeSeconds(w, s.durationSeconds ?? 0),
    read: r => ({ durationSeconds: readSeconds(r) }),
  },
  idleSeconds: {
    number: 1,
    bytes: 8,
    write: (s, w) => writeSeconds(w, s.idleSeconds ?? 0),
    read: r => ({ idleSeconds: readSeconds(r) }),
  },
  packetCount: {
    number: 4,
    bytes: 8,
    write: (s, w) => w.u64(s.packetCount ?? 0n),
    read: r => ({ packetCount: r.u64() }),
  },
  byteCount: {
    number: 5,
    bytes: 8,
    write: (s, w) => w.u64(s.byteCount ?? 0n),
    read: r => ({ byteCount: r.u64() }),
  },
  flowCount: {
    number: 3,
    bytes: 4,
    write: (s, w) => w.u32(s.flowCount ?? 0),
    read: r => ({ flowCount: r.u32() }),
  },
} satisfies Record<keyof Stats, StatCodec>;

const names = Object.keys(stats) as readonly (keyof Stats)[];
const byNumber = new Map<number, StatCodec>(Object.values(stats).map(stat => [stat.number, stat]));

export function encodeStats(writer: Writer, values: Stats): void {
  const start = writer.length;
  writer.u16(0);
  writer.u16(0);
  for (const name of names) {
    if (values[name] === undefined) continue;
    const stat: StatCodec = stats[name];
    writer.u16(basicClass);
    writer.u16((stat.number << 9) | stat.bytes);
    stat.write(values, writer);
  }
  writer.patchLength(start + 2, start, 'flow statistics');
  writer.align(start, 8);
}

/** Reads the frame. Statistics that are not in the table are dropped: they describe, they do not configure. */
export function decodeStats(outer: Reader): Stats {
  const start = outer.offset;
  outer.pad(2);
  const length = outer.u16();
  if (length < 4) throw new OpenFlowDecodeError('OF_BAD_LENGTH', `statistics of ${length} bytes`);
  const reader = outer.sub(length - 4);
  outer.align(start, 8);
  const found: { -readonly [K in keyof Stats]: Stats[K] } = {};
  while (reader.remaining > 0) {
    const oxsClass = reader.u16();
    const rest = reader.u16();
    const body = reader.sub(rest & 0xff);
    const stat = oxsClass === basicClass ? byNumber.get(rest >> 9) : undefined;
    if (stat && body.remaining === stat.bytes) Object.assign(found, stat.read(body));
  }
  return found;
}
