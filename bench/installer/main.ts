// `npm run bench:installer [-- FLOWS [ROUNDS]]`: the installer beside ovs-ofctl, on a real ovs-vswitchd of its own.
// Prints medians and ratios; a ratio below 1 says that we are faster. Nothing is asserted: machines are noisy.

import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FlowInstaller } from '../../src/controller/flows/installer.ts';
import { silentLogger } from '../../src/lib/logger.ts';
import { parseFlow, type SealedFlow, SwitchConnection, sealFlow } from '../../src/openflow/index.ts';
import { PrivateOvs } from '../../test/ovs/openflow/private-ovs.ts';
import { type Cost, median, medianCost, ours, theirs } from '../measure.ts';
import { flowTexts } from '../openflow/flows.ts';

const count = Number(process.argv[2] ?? 100_000);
const rounds = Number(process.argv[3] ?? 5);

const print = (...cells: readonly string[]) =>
  process.stdout.write(`${cells.map((cell, i) => (i === 0 ? cell.padEnd(44) : cell.padStart(12))).join('')}\n`);

function compare(name: string, our: readonly Cost[], their: readonly Cost[]): void {
  const [a, b] = [medianCost(our), medianCost(their)];
  print(`${name}: wall`, `${a.wall.toFixed(3)} s`, `${b.wall.toFixed(3)} s`, (a.wall / b.wall).toFixed(2));
  print(`${name}: processor`, `${a.cpu.toFixed(3)} s`, `${b.cpu.toFixed(3)} s`, (a.cpu / b.cpu).toFixed(2));
}

function heapMegabytes(): number {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed / 1e6;
}

function residentMegabytes(): number {
  globalThis.gc?.();
  return process.memoryUsage.rss() / 1e6;
}

// The mark of pointsman, and an object for each ten flows.
const texts = flowTexts(count).map((text, i) =>
  text.replace(/^cookie=0x[0-9a-f]+/, `cookie=0x706d0400${((i / 10 + 1) >>> 0).toString(16).padStart(8, '0')}`),
);
const atStart = residentMegabytes();
const rows = new Map<string, SealedFlow>();
for (const text of texts) {
  const row = sealFlow(parseFlow(text).flow);
  rows.set(row.key, row);
}
const withRows = residentMegabytes();
const heapWithRows = heapMegabytes();
const none = { rows: () => [], get: () => undefined };
const all = { rows: () => rows.values(), get: (key: string) => rows.get(key) };
const some = { flows: all, groups: none, meters: none };
const nothing = { flows: none, groups: none, meters: none };

const ovs = await PrivateOvs.start();
try {
  const path = await ovs.addBridge('br0');
  const target = `unix:${path}`;
  const file = join(ovs.directory, 'flows');
  await writeFile(file, `${texts.join('\n')}\n`);
  const connection = new SwitchConnection({ endpoint: { kind: 'unix', path }, requestTimeout: 60_000 });
  const installer = new FlowInstaller({ bridge: 'br0', connection, logger: silentLogger });
  connection.start();
  await once(connection, 'connected');

  const cost: Record<'install' | 'ofctl' | 'read' | 'dump' | 'remove' | 'ofctlRemove', Cost[]> = {
    ...{ install: [], ofctl: [], read: [], dump: [], remove: [], ofctlRemove: [] },
  };
  const single: number[] = [];
  let peak = 0;
  for (let round = 1; round <= rounds; round++) {
    process.stderr.write(`round ${round} of ${rounds}\n`);
    cost.ofctl.push(await theirs('ovs-ofctl', ['-O', 'OpenFlow15', '--bundle', 'add-flows', target, file]));
    cost.ofctlRemove.push(await theirs('ovs-ofctl', ['-O', 'OpenFlow15', 'del-flows', target]));
    await installer.install(nothing);
    cost.install.push(
      await ours(async () => {
        const { sent } = await installer.install(some);
        if (sent !== rows.size) throw new Error(`${sent} of ${rows.size} flows were sent`);
      }),
    );
    peak = Math.max(peak, process.memoryUsage.rss() / 1e6);
    cost.dump.push(await theirs('ovs-ofctl', ['-O', 'OpenFlow15', '--no-names', 'dump-flows', target]));
    installer.forget();
    cost.read.push(
      await ours(async () => {
        const { sent } = await installer.install(some);
        if (sent !== 0) throw new Error(`${sent} flows differ`);
      }),
    );
    for (const [key, row] of [...rows].slice(0, 200)) {
      const start = performance.now();
      rows.delete(key);
      await installer.install(some, { flows: [{ key }] });
      rows.set(key, row);
      await installer.install(some, { flows: [{ key }] });
      single.push((performance.now() - start) / 2);
    }
    if (round === rounds) break;
    cost.remove.push(await ours(async () => void (await installer.install(nothing))));
  }
  const installed = residentMegabytes();
  const heapInstalled = heapMegabytes();

  print(`${rows.size} flows, ${rounds} rounds`, 'pointsman', 'ovs-ofctl', 'ratio');
  compare('install of sealed rows, cut', cost.install, cost.ofctl);
  compare('read back, nothing differs', cost.read, cost.dump);
  if (rounds > 1) compare('remove', cost.remove, cost.ofctlRemove);
  single.sort((a, b) => a - b);
  print(
    'one flow of them, to the barrier',
    `p50 ${median(single).toFixed(2)}`,
    `p99 ${single[Math.floor(single.length * 0.99)]?.toFixed(2)} ms`,
  );
  print('resident: start, with the rows', `${atStart.toFixed(0)} MB`, `${withRows.toFixed(0)} MB`);
  print('resident: installed, peak', `${installed.toFixed(0)} MB`, `${peak.toFixed(0)} MB`);
  print(
    'heap: the rows, and what the installer keeps',
    `${heapWithRows.toFixed(0)} MB`,
    `${(heapInstalled - heapWithRows).toFixed(0)} MB`,
  );
  await connection.close();
} finally {
  await ovs.stop();
}
