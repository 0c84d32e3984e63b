// A sample of what the judge does by sockets, once more by real devices in namespaces, with tcpdump looking on.

import t from 'tap';
import { holdCourt } from '../../judge/hold-court.ts';
import { testSeed } from '../../judge/judge-seed.ts';
import { printFound } from '../../judge/print-found.ts';
import { Stage } from '../../judge/stage.ts';
import { capture } from '../../lab/capture.ts';
import { Lab } from '../../lab/lab.ts';

const pairs = 120;

t.test('real frames in and out of namespaces', async t => {
  const seed = testSeed();
  t.comment(`seed ${seed}: JUDGE_SEED=${seed} does the same again`);
  const lab = await Lab.open();
  t.teardown(() => lab.close());
  const stage = await Stage.open(lab, 'namespaces');
  const wires = ['p0', 'p1'];
  const captures = await Promise.all(
    wires.map(wire => capture(lab, `${lab.prefix}-world`, wire, 'not ether proto 0x88b5', { direction: 'in' })),
  );
  const seen = new Map<string, number>();
  stage.onSeen = ({ device }) => seen.set(device, (seen.get(device) ?? 0) + 1);
  const result = await holdCourt(stage, { seed, pairs, packetsPerCase: 30, stopAtFirst: true, noShrink: true });
  for (const { seed: at, found } of result.found) t.fail(printFound(at, found));
  t.ok(result.pairs >= pairs, `${result.pairs} pairs of ${result.cases} intents`);
  for (const [i, wire] of wires.entries())
    t.equal((await captures[i]?.stop())?.length, seen.get(wire) ?? 0, `tcpdump saw on ${wire} what the judge saw`);
  t.ok((seen.get('p0') ?? 0) + (seen.get('p1') ?? 0) > 10, 'there was something to see');
});
