// `npm run fuzz [-- SECONDS [SEED]]`: wrong frames for the OpenFlow decoder and wrong texts for the parser, until the time
// is over or one does harm.

import { Dice } from '../test/fixtures/dice.ts';
import { complaint } from '../test/fuzz/openflow/check.ts';
import { corpus } from '../test/fuzz/openflow/corpus.ts';
import { cuts, flip, lengths, noise, splice } from '../test/fuzz/openflow/mutate.ts';
import { textComplaint, textCorpus, wrongTexts } from '../test/fuzz/openflow/texts.ts';

const seconds = Number(process.argv[2] ?? 60);
const seed = Number(process.argv[3] ?? Date.now() % 0x1_0000_0000);
const perReport = 5;
/** Memory that must do for any number of frames, bytes. */
const mostMemory = 1024 ** 3;

if (!(seconds > 0) || !Number.isInteger(seed)) {
  process.stderr.write('usage: npm run fuzz -- [SECONDS [SEED]]\n');
  process.exit(2);
}

const dice = new Dice(seed);
const frames = corpus();
const texts = textCorpus(seed);
process.stdout.write(`seed ${seed}: ${frames.length} frames and ${texts.length} texts to start from, ${seconds} s\n`);

function fail(what: string): never {
  process.stdout.write(`\nseed ${seed}: ${what}\n`);
  process.exit(1);
}

/** A few wrong frames of one kind. */
function* batch(): Generator<Uint8Array> {
  const frame = dice.pick(frames);
  switch (dice.below(12)) {
    case 0:
      yield* cuts(frame);
      break;
    case 1:
      yield* lengths(frame);
      break;
    case 2:
      for (let i = 0; i < 100; i++) yield noise(dice);
      break;
    case 3:
      for (let i = 0; i < 100; i++) yield splice(frame, dice.pick(frames), dice);
      break;
    default:
      for (let i = 0; i < 100; i++) yield flip(frame, dice);
  }
}

const end = Date.now() + seconds * 1000;
let nextReport = Date.now() + perReport * 1000;
let count = 0;
while (Date.now() < end) {
  for (const text of wrongTexts(dice, texts, 20)) {
    count++;
    const found = textComplaint(text);
    if (found) fail(found);
  }
  for (const frame of batch()) {
    count++;
    const found = complaint(frame);
    if (found) fail(found);
  }
  if (Date.now() < nextReport) continue;
  nextReport += perReport * 1000;
  const { rss } = process.memoryUsage();
  process.stdout.write(
    `${count} frames and texts, ${Math.round((end - Date.now()) / 1000)} s left, ${rss >> 20} MiB\n`,
  );
  if (rss > mostMemory) fail(`${rss} bytes of memory in use`);
}
process.stdout.write(`${count} frames and texts, none did harm\n`);
