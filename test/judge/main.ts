// `npm run judge [-- --pairs N] [--changes N] [--seed N] [--stop-at-first] [--no-shrink]`: the long form of test/ovs/judge.
//
// Words here: a *case* is an intent and where its things are; the *stage* is the real switch that it is played on; a *sighting* is one
// packet seen at a device, coming or going; the model's *verdict* is what must become of it; a *court* holds many cases, one after
// the other. The dice make each case and packet from the seed.

import { parseArgs } from 'node:util';
import { withLab } from '../lab/lab.ts';
import { holdChangesCourt, holdCourt } from './hold-court.ts';
import { anySeed } from './judge-seed.ts';
import { printChanges, printFound } from './print-found.ts';
import { Stage } from './stage.ts';

const { values } = parseArgs({
  options: {
    pairs: { type: 'string', default: '100000' },
    changes: { type: 'string', default: '2000' },
    seed: { type: 'string' },
    'stop-at-first': { type: 'boolean', default: false },
    'no-shrink': { type: 'boolean', default: false },
  },
});
const seed = values.seed === undefined ? anySeed() : Number(values.seed);
const pairs = Number(values.pairs);
const changes = Number(values.changes);
console.log(`judge: seed ${seed}, ${pairs} pairs, ${changes} changes`);

/** Says how far it is, twenty times in all. */
function progress(what: string, all: number): (done: number) => void {
  const began = performance.now();
  let told = 0;
  return done => {
    if (done - told < all / 20) return;
    told = done;
    console.log(`judge: ${done} ${what}, ${((performance.now() - began) / 1000).toFixed(0)} s`);
  };
}

let disagreements = 0;
await withLab(async lab => {
  const stage = await Stage.open(lab);
  const began = performance.now();
  const options = { seed, pairs, stopAtFirst: values['stop-at-first'], noShrink: values['no-shrink'] };
  const still = await holdCourt(stage, {
    ...options,
    onProgress: progress('pairs', pairs),
    onFound: (at, found) => console.log(printFound(at, found)),
  });
  disagreements += still.found.length;
  const each = ((performance.now() - began) / still.pairs).toFixed(2);
  console.log(`judge: ${still.pairs} pairs of ${still.cases} intents, ${each} ms a pair`);
  if (changes === 0 || (disagreements > 0 && options.stopAtFirst)) return;
  const cut = await Stage.open(lab, 'sockets', true);
  for (const [how, on, count] of [
    ['whole', stage, changes - Math.floor(changes / 5)],
    ['in pieces', cut, Math.floor(changes / 5)],
  ] as const) {
    const start = performance.now();
    const moved = await holdChangesCourt(on, {
      ...options,
      changes: count,
      onProgress: progress(`changes ${how}`, count),
      onFound: (at, result) => console.log(printChanges(at, result)),
    });
    disagreements += moved.found.length;
    const eachChange = ((performance.now() - start) / moved.changes).toFixed(0);
    console.log(
      `judge: ${moved.changes} changes ${how}, ${moved.pairs} pairs between them, ${moved.probes} probes through them, ${eachChange} ms a change`,
    );
    if (disagreements > 0 && options.stopAtFirst) return;
  }
});
console.log(`judge: ${disagreements} disagreements`);
process.exitCode = disagreements > 0 ? 1 : 0;
