// A disagreement, printed so that a person can see it and put it in a test.

import { describeSighting } from './run-case.ts';
import type { ChangesResult } from './run-changes.ts';
import type { Found } from './shrink.ts';

export function printFound(seed: number, { given, sightings, disagreement }: Found): string {
  const packets = sightings.map((sighting, i) => `  ${i}: ${describeSighting(sighting)}`);
  const at = disagreement.packet === undefined ? 'in the books at the end' : `at packet ${disagreement.packet}`;
  return [
    `model and switch disagree ${at} (seed ${seed})`,
    `  expected: ${disagreement.expected}`,
    `  seen:     ${disagreement.seen}`,
    'packets:',
    ...packets,
    'for a test:',
    JSON.stringify({ given, sightings }, (_, value: unknown) => plain(value)),
  ].join('\n');
}

export function printChanges(seed: number, { turns, found }: ChangesResult): string {
  if (!found) return '';
  const { disagreement, probe } = found;
  return [
    `model and switch disagree ${probe ? 'while a change is installed' : 'after a change'} (seed ${seed})`,
    `  expected: ${disagreement.expected}`,
    `  seen:     ${disagreement.seen}`,
    ...(probe ? [`  packet:   ${describeSighting(probe)}`] : []),
    ...turns.flatMap(({ what, sightings }) => [
      `${what}:`,
      ...sightings.map((sighting, i) => `  ${i}: ${describeSighting(sighting)}`),
    ]),
    'for a test:',
    JSON.stringify({ turns }, (_, value: unknown) => plain(value)),
  ].join('\n');
}

/** JSON knows neither bigints nor bytes: `{"n": "…"}` and `{"hex": "…"}`, which `revive` reads. */
function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return { n: value.toString() };
  if (value instanceof Uint8Array) return { hex: Buffer.from(value).toString('hex') };
  return value;
}

/** What stands behind `for a test`, read again. */
export function revive(text: string): Pick<Found, 'given' | 'sightings'> | Pick<ChangesResult, 'turns'> {
  return JSON.parse(text, (_, value: unknown) => {
    if (typeof value !== 'object' || value === null) return value;
    if ('n' in value && typeof value.n === 'string') return BigInt(value.n);
    if ('hex' in value && typeof value.hex === 'string') return Uint8Array.from(Buffer.from(value.hex, 'hex'));
    return value;
  }) as ReturnType<typeof revive>;
}
