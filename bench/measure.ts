// Wall and CPU time of work in this process and in a child, and what work allocates.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { PerformanceObserver } from 'node:perf_hooks';
import { setImmediate as turn } from 'node:timers/promises';

/** Seconds. */
export interface Spent {
  readonly wall: number;
  /** User and system, all threads. */
  readonly cpu: number;
}

export async function measure(work: () => Promise<unknown>): Promise<Spent> {
  globalThis.gc?.();
  const cpuBefore = process.cpuUsage();
  const before = performance.now();
  await work();
  const wall = (performance.now() - before) / 1000;
  const { user, system } = process.cpuUsage(cpuBefore);
  return { wall, cpu: (user + system) / 1e6 };
}

/** Runs a program with its output thrown away. @throws Error when it fails */
export async function measureChild(program: string, args: readonly string[]): Promise<Spent> {
  const child = spawn('/usr/bin/time', ['-f', '%e %U %S', program, ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
  const before = performance.now();
  let text = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  const [code] = await once(child, 'close');
  const wall = (performance.now() - before) / 1000;
  if (code !== 0) throw new Error(`${program} ${args.join(' ')}: ${text}`);
  const [, user = 0, system = 0] = (text.trim().split('\n').at(-1) ?? '').split(' ').map(Number);
  return { wall, cpu: user + system };
}

/** The run in the middle, by wall time. */
export function median(runs: readonly Spent[]): Spent {
  const sorted = [...runs].sort((a, b) => a.wall - b.wall);
  return sorted[sorted.length >> 1] ?? { wall: Number.NaN, cpu: Number.NaN };
}

/**
 * Bytes that `work` allocates, on the heap and in array buffers. Undefined when the garbage collector ran in between:
 * then `work` is too big, or --expose-gc and --max-semi-space-size are missing.
 */
export async function allocated(work: () => void): Promise<number | undefined> {
  let collections = 0;
  const observer = new PerformanceObserver(list => {
    collections += list.getEntries().length;
  });
  globalThis.gc?.();
  await turn();
  observer.observe({ entryTypes: ['gc'] });
  const before = process.memoryUsage();
  work();
  const after = process.memoryUsage();
  await turn();
  await turn();
  observer.disconnect();
  if (collections > 0) return undefined;
  return after.heapUsed - before.heapUsed + after.arrayBuffers - before.arrayBuffers;
}
