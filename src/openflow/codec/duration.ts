// Lengths of time as OpenFlow counts them: 32 bits of seconds, 32 bits of nanoseconds.

import type { Stats } from '../flow/stats.ts';
import type { Reader } from '../wire/reader.ts';
import type { Writer } from '../wire/writer.ts';

const nano = 1_000_000_000;

/**
 * Seconds with their fraction; `nanoseconds` is present where one number cannot hold both exactly (a fraction of a
 * second or more, or of a very long time): then `seconds` is whole.
 */
export interface Duration {
  /** 0 to 0xffffffff. */
  readonly seconds: number;
  /** 0 to 0xffffffff. */
  readonly nanoseconds?: number;
}

export function writeDuration(writer: Writer, seconds: number, nanoseconds?: number): void {
  const whole = Math.floor(seconds);
  const rest = nanoseconds ?? Math.round((seconds - whole) * nano);
  const carry = nanoseconds === undefined && rest === nano;
  writer.u32(carry ? whole + 1 : whole);
  writer.u32(carry ? 0 : rest);
}

export function readDuration(reader: Reader): Duration {
  const whole = reader.u32();
  const nanoseconds = reader.u32();
  if (nanoseconds === 0) return { seconds: whole };
  // Rounding at the ninth decimal keeps 1.5 from becoming 1.5000000001.
  const seconds = Math.round((whole + nanoseconds / nano) * nano) / nano;
  const exact = nanoseconds < nano && Math.floor(seconds) === whole && rounded(seconds - whole) === nanoseconds;
  return exact ? { seconds } : { seconds: whole, nanoseconds };
}

/** A duration by the names that it has in statistics. */
export function readLasted(
  reader: Reader,
): Required<Pick<Stats, 'durationSeconds'>> & Pick<Stats, 'durationNanoseconds'> {
  const { seconds, nanoseconds } = readDuration(reader);
  return { durationSeconds: seconds, ...(nanoseconds !== undefined && { durationNanoseconds: nanoseconds }) };
}

function rounded(fraction: number): number {
  return Math.round(fraction * nano);
}
