// `npm run soak [-- --minutes N] [--seed N] [--steps FILE] [--no-shrink]`: the long form of test/ovs/soak.
//
// A real node with traffic that goes on, and random steps on it: writes, kills, pauses, what people do by hand. After each, what is
// installed must be what a program made from nothing says, and no packet of an untouched stream lost.

import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { Dice } from '../fixtures/dice.ts';
import { runSoak, type SoakReport } from './run-soak.ts';
import { describeStep, makeStep, type Step } from './step.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 1e9)) },
    /** A list that a run has written, to be played again. */
    steps: { type: 'string' },
    /** Where the list goes when something is found. */
    out: { type: 'string', default: 'soak-steps.json' },
    'no-shrink': { type: 'boolean', default: false },
  },
});

function* chance(seed: number): Generator<Step> {
  const dice = new Dice(seed);
  for (;;) yield makeStep(dice);
}

const minutes = Number(values.minutes);
console.log(values.steps === undefined ? `soak: seed ${values.seed}, ${minutes} minutes` : `soak: ${values.steps}`);
const steps =
  values.steps === undefined
    ? chance(Number(values.seed))
    : (JSON.parse(readFileSync(values.steps, 'utf8')) as readonly Step[]);
const began = performance.now();
const report = await runSoak({ steps, time: minutes * 60_000, say: line => console.log(line) });
print(report);
if (report.found.length > 0) {
  const shortest = values['no-shrink'] ? report : await shrink(report);
  writeFileSync(values.out, JSON.stringify(shortest.taken, undefined, 1));
  console.log(`\n${shortest.taken.length} steps, in ${values.out}; --steps ${values.out} plays them:`);
  for (const step of shortest.taken) console.log(`  ${describeStep(step)}`);
  process.exitCode = 1;
}

/** The last few steps alone, if they will do: cheaper than leaving out one after the other. */
async function shrink(whole: SoakReport): Promise<SoakReport> {
  for (const count of [1, 2, 4, 8, 16]) {
    if (count >= whole.taken.length) break;
    console.log(`the last ${count} alone?`);
    const less = await runSoak({ steps: whole.taken.slice(-count), time: Number.POSITIVE_INFINITY, say: () => {} });
    if (less.found.length > 0) {
      for (const line of less.found.slice(0, 20)) console.log(`  ${line}`);
      return less;
    }
  }
  return whole;
}

function print({ taken, found, sent, excused, lost, answers, slowest, lives, log }: SoakReport): void {
  const spent = ((performance.now() - began) / 60_000).toFixed(1);
  console.log(`\n${taken.length} steps in ${spent} minutes`);
  console.log(
    `${sent} packets sent, ${lost} lost, and ${excused} where a step took the datapath, its flows or its routes away`,
  );
  console.log(
    `answers: ${[...answers]
      .sort()
      .map(([status, count]) => `${count} × ${status || 'none'}`)
      .join(', ')}`,
  );
  if (slowest) console.log(`slowest to settle: ${Math.round(slowest.time)} ms, ${slowest.step}`);
  for (const { pid, steps, first, last } of lives.filter(life => life.steps > 1))
    console.log(
      `pointsman ${pid}: ${steps} steps, ${first.rss} → ${last.rss} MB, ${first.handles} → ${last.handles} handles`,
    );
  if (found.length === 0) return;
  console.log(`\nFOUND after ${describeStep(taken.at(-1) ?? { do: 'restart' })}`);
  for (const line of found.slice(0, 40)) console.log(`  ${line}`);
  if (log !== undefined) {
    writeFileSync(`${values.out}.log`, log);
    console.log(`what pointsman logged: ${values.out}.log`);
  }
}
