// What an act costs: wall time, and processor time of the process that does it.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface Cost {
  /** Seconds. */
  readonly wall: number;
  /** User and system, seconds. */
  readonly cpu: number;
}

/** What it costs this process. */
export async function ours(act: () => Promise<void>): Promise<Cost> {
  const start = performance.now();
  const before = process.cpuUsage();
  await act();
  const { user, system } = process.cpuUsage(before);
  return { wall: (performance.now() - start) / 1000, cpu: (user + system) / 1e6 };
}

/** What it costs a command, by the shell's `time`; its output is thrown away. */
export async function theirs(command: string, args: readonly string[]): Promise<Cost> {
  const script = 'TIMEFORMAT="%R %U %S"; time "$0" "$@" >/dev/null';
  const { stderr } = await run('bash', ['-c', script, command, ...args]);
  const [wall = 0, user = 0, system = 0] = (stderr.trim().split('\n').at(-1) ?? '').split(' ').map(Number);
  return { wall, cpu: user + system };
}

export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? Number.NaN;
}

export function medianCost(costs: readonly Cost[]): Cost {
  return { wall: median(costs.map(({ wall }) => wall)), cpu: median(costs.map(({ cpu }) => cpu)) };
}
