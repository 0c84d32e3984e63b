// `npm run bench:openflow [-- FLOWS [ROUNDS]]`: our client beside ovs-ofctl, on a real ovs-vswitchd of its own.
// Prints medians and ratios; a ratio below 1 says that we are faster. Nothing is asserted: machines are noisy.

import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  decode,
  encode,
  type FlowMod,
  formatFlow,
  type Message,
  openflow15,
  parseFlow,
  SwitchConnection,
} from 'pointsman/openflow-ts';
import { PrivateOvs } from '../../test/ovs/openflow/private-ovs.ts';
import { type Cost, median, medianCost, ours, theirs } from '../measure.ts';
import { flowTexts } from './flows.ts';

const count = Number(process.argv[2] ?? 100_000);
const rounds = Number(process.argv[3] ?? 5);

const progress = (text: string) => process.stderr.write(`${text}\n`);
const row = (cells: readonly string[]) =>
  process.stdout.write(`${cells.map((cell, i) => (i === 0 ? cell.padEnd(38) : cell.padStart(12))).join('')}\n`);

function compare(name: string, our: readonly Cost[], their: readonly Cost[]): void {
  const [a, b] = [medianCost(our), medianCost(their)];
  const seconds = (value: number) => `${value.toFixed(2)} s`;
  const ratio = (x: number, y: number) => (x / y).toFixed(2);
  row([`${name}: wall`, seconds(a.wall), seconds(b.wall), ratio(a.wall, b.wall)]);
  row([`${name}: processor`, seconds(a.cpu), seconds(b.cpu), ratio(a.cpu, b.cpu)]);
}

/** Bytes allocated by `act`, as long as nothing is collected meanwhile; else undefined. */
function allocated(act: () => void): number | undefined {
  globalThis.gc?.();
  const before = process.memoryUsage();
  act();
  const after = process.memoryUsage();
  const bytes = after.heapUsed - before.heapUsed + after.arrayBuffers - before.arrayBuffers;
  return globalThis.gc && bytes > 0 ? bytes : undefined;
}

/** Small enough for what it allocates to stay uncollected in a large young generation. */
const sample = 5000;

function codec(name: string, items: number, act: (from: number, to: number) => void): void {
  act(0, items);
  const perSecond = Array.from({ length: rounds }, () => {
    const start = performance.now();
    act(0, items);
    return items / ((performance.now() - start) / 1000);
  });
  const bytes = allocated(() => act(0, Math.min(sample, items)));
  const perFlow = bytes === undefined ? 'unknown' : `${Math.round(bytes / Math.min(sample, items))} B/flow`;
  row([name, `${(median(perSecond) / 1000).toFixed(0)}k flows/s`, perFlow]);
}

const texts = flowTexts(count);
progress(`parsing ${count} flows`);
const mods: readonly FlowMod[] = texts.map(text => parseFlow(text));
const messages: readonly Message[] = mods.map((mod, i) => ({ version: openflow15, xid: i, ...mod }));
const frames = messages.map(encode);

const ovs = await PrivateOvs.start();
try {
  const path = await ovs.addBridge('br0');
  const target = `unix:${path}`;
  const file = join(ovs.directory, 'flows');
  await writeFile(file, `${texts.join('\n')}\n`);
  const connection = new SwitchConnection({ endpoint: { kind: 'unix', path }, requestTimeout: 60_000 });
  connection.start();
  await once(connection, 'connected');
  const empty = () => ovs.ofctl('del-flows', target);

  const cost: Record<'install' | 'fromText' | 'ofctl' | 'dump' | 'dumpText' | 'ofctlDump', Cost[]> = {
    install: [],
    fromText: [],
    ofctl: [],
    dump: [],
    dumpText: [],
    ofctlDump: [],
  };
  for (let round = 1; round <= rounds; round++) {
    progress(`round ${round} of ${rounds}`);
    await empty();
    cost.ofctl.push(await theirs('ovs-ofctl', ['-O', 'OpenFlow15', '--bundle', 'add-flows', target, file]));
    await empty();
    cost.fromText.push(await ours(() => connection.bundle(texts.map(text => parseFlow(text)))));
    await empty();
    cost.install.push(await ours(() => connection.bundle(mods)));
    cost.ofctlDump.push(await theirs('ovs-ofctl', ['-O', 'OpenFlow15', '--no-names', 'dump-flows', target]));
    let seen = 0;
    cost.dump.push(
      await ours(async () => {
        for await (const _ of connection.dumpFlows()) seen++;
      }),
    );
    if (seen !== count) throw new Error(`${seen} of ${count} flows came back`);
    let length = 0;
    cost.dumpText.push(
      await ours(async () => {
        for await (const flow of connection.dumpFlows()) length += formatFlow(flow, { stats: true }).length;
      }),
    );
    if (length === 0) throw new Error('nothing was printed');
  }
  await connection.close();

  row([`${count} flows, ${rounds} rounds`, 'pointsman', 'ovs-ofctl', 'ratio']);
  compare('install by one bundle', cost.install, cost.ofctl);
  compare('the same, from text', cost.fromText, cost.ofctl);
  compare('dump', cost.dump, cost.ofctlDump);
  compare('dump as text', cost.dumpText, cost.ofctlDump);
} finally {
  await ovs.stop();
}

row(['', 'speed', 'allocated']);
codec('encode', count, (from, to) => {
  for (let i = from; i < to; i++) encode(messages[i] as Message);
});
codec('decode', count, (from, to) => {
  for (let i = from; i < to; i++) decode(frames[i] as Uint8Array);
});
