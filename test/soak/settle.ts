// Waits until a node has got over a step, and says what it has not got over.

import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { type Look, look } from './look.ts';
import type { SoakStage } from './stage.ts';

export interface Expected {
  /** By `kind/name`: whether it is there. What is not named may be either. */
  readonly objects: ReadonlyMap<string, boolean>;
  /** `in_port` of each foreign flow. */
  readonly foreign: ReadonlySet<string>;
  /** Whether nobody but pointsman has touched the switch: then what it says of it must be true at any time. */
  readonly isUntouched: boolean;
}

export interface Settled {
  readonly flows: number;
  /** How long it took, ms. */
  readonly time: number;
  /** Empty: all is well. */
  readonly found: readonly string[];
}

/** What the intent made by chance may bring about, and no fault of anybody's. */
const harmless = [/^routes\/\S+ \/nextHop: /, /^nat-pools\/\S+ has no chunk /, /^interfaces\/\S+ is at no node /];

const patience = 30_000;

interface Said {
  readonly isReady: boolean;
  readonly why: string;
  readonly installed: number;
  readonly complaints: readonly string[];
}

export async function settle(stage: SoakStage, expected: Expected): Promise<Settled> {
  const began = performance.now();
  for (;;) {
    const { found, flows } = await judge(stage, expected).catch((error: unknown) => ({
      found: [
        `the node cannot be looked at: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
      ],
      flows: 0,
    }));
    const time = performance.now() - began;
    const isHopeless = found.some(line => line.startsWith(lie));
    if (found.length === 0 || isHopeless || time > patience) return { found, flows, time };
    await sleep(100);
  }
}

const lie = 'it says that it is in sync, and is not';

async function judge(stage: SoakStage, expected: Expected): Promise<{ found: readonly string[]; flows: number }> {
  const before = await ask(stage);
  const seen = await look(stage);
  const after = await ask(stage);
  const isSaid = [before, after].every(({ isReady, installed }) => isReady && installed === seen.generation);
  if (expected.isUntouched && isSaid && seen.differences.length > 0)
    return { found: [`${lie}: generation ${seen.generation}`, ...seen.differences], flows: seen.flows };
  const found = [
    ...seen.differences,
    ...(after.isReady ? [] : [`not ready: ${after.why}`]),
    ...(after.installed === seen.generation
      ? []
      : [`generation ${after.installed} of ${seen.generation} is installed`]),
    ...after.complaints,
    ...ofObjects(seen, expected),
    ...ofForeign(seen, expected),
  ];
  return { found, flows: seen.flows };
}

async function ask({ pointsman }: SoakStage): Promise<Said> {
  const readiness = await pointsman.api('GET', '/readyz');
  const status = await pointsman.api('GET', '/v1/status');
  if (status.status !== 200) throw new Error(`GET /v1/status: ${status.status} ${JSON.stringify(status.body)}`);
  const { generation, program, warnings, lastError } = status.body as {
    readonly generation: { readonly installed: number };
    readonly program: {
      readonly faults: number;
      readonly collisions: number;
      readonly audit: { readonly mismatches: number };
    };
    readonly warnings: readonly string[];
    readonly lastError?: string;
  };
  return {
    isReady: readiness.status === 200,
    why: JSON.stringify(readiness.body),
    installed: generation.installed,
    complaints: [
      ...warnings.filter(warning => !harmless.some(pattern => pattern.test(warning))),
      ...(program.faults + program.collisions + program.audit.mismatches === 0
        ? []
        : [`the program: ${JSON.stringify(program)}`]),
      ...(lastError === undefined ? [] : [`last error: ${lastError}`]),
    ],
  };
}

function ofObjects({ objects }: Look, expected: Expected): string[] {
  return [...expected.objects]
    .filter(([key, isThere]) => objects.has(key) !== isThere)
    .map(([key, isThere]) => `${key} was acknowledged to be ${isThere ? 'there' : 'gone'}, and is not`);
}

function ofForeign({ foreign }: Look, expected: Expected): string[] {
  const numbers = foreign.map(flow => /in_port=(\d+)/.exec(flow)?.[1] ?? flow).sort();
  if (isDeepStrictEqual(numbers, [...expected.foreign].sort())) return [];
  return [`foreign flows are ${numbers.join(' ') || 'gone'}, and were ${[...expected.foreign].join(' ') || 'none'}`];
}
