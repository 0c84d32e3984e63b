// `npm run bench:scale -- [--tenants 10,100,1000] [--samples 100] [--writers 16]`: what pointsman costs as the intent grows,
// from REST to the switch, on a real ovs-vswitchd of its own. Prints a table with a column for each number of tenants, and
// the growth from the first to the last. With PROFILE_DIR set it leaves a CPU profile of each measure there.

import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Writer } from './client.ts';
import { type Put, route, sharedPuts, tenantPuts } from './intent.ts';
import { BenchNode } from './node.ts';

const { values } = parseArgs({
  options: {
    tenants: { type: 'string', default: '10,100,1000' },
    samples: { type: 'string', default: '100' },
    writers: { type: 'string', default: '16' },
  },
});
const sizes = values.tenants.split(',').map(Number);
const samples = Number(values.samples);
const writerCount = Number(values.writers);
/** Writes in the burst, at most. */
const maxBurst = 10_000;

/** `apply` of all objects by one command, on a node that has none. */
async function measureApply(tenants: number): Promise<number> {
  const node = await BenchNode.open();
  try {
    await node.start();
    return await node.apply([
      ...sharedPuts(tenants),
      ...Array.from({ length: tenants }, (_, i) => tenantPuts(i + 1)).flat(),
    ]);
  } finally {
    await node.close();
  }
}

/** By the name of the measure, in the order in which they were taken. */
type Measured = Map<string, number>;

function percentile(numbers: readonly number[], part: number): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
}

function spread(measured: Measured, name: string, times: readonly number[]): void {
  measured.set(`${name}: p50, ms`, percentile(times, 0.5));
  measured.set(`${name}: p99, ms`, percentile(times, 0.99));
}

function note(tenants: number, what: string): void {
  process.stderr.write(`${tenants} tenants: ${what}\n`);
}

/** What several writers do at once. Each begins with a new connection: one that was idle may be closed by the server. */
async function byWriters(socket: string, write: (writer: Writer) => Promise<void>): Promise<void> {
  const writers = Array.from({ length: writerCount }, () => new Writer(socket));
  await Promise.all(writers.map(write));
  for (const writer of writers) writer.close();
}

async function timesOf(writer: Writer, put: (i: number) => Put, query?: string): Promise<readonly number[]> {
  const times: number[] = [];
  for (let i = 0; i < samples; i++) times.push((await writer.put(put(i), query)).took);
  return times;
}

/** @param applied what an `apply` of the same took, s */
async function measure(tenants: number, node: BenchNode, applied: number): Promise<Measured> {
  const measured: Measured = new Map();
  const { socket } = node.pointsman;
  await node.start();
  const lone = new Writer(socket);

  note(tenants, 'load');
  await node.profile();
  const began = performance.now();
  for (const put of sharedPuts(tenants)) await lone.put(put);
  // Each writer has whole tenants: an object comes after what it refers to.
  const due = Array.from({ length: tenants }, (_, i) => i + 1).values();
  await byWriters(socket, async writer => {
    for (const tenant of due) for (const put of tenantPuts(tenant)) await writer.put(put);
  });
  await lone.put({ kind: 'tenants', document: { name: 't1', description: 'loaded' } }, '?wait=installed&timeout=300');
  const loaded = (performance.now() - began) / 1000;
  await node.profile();
  measured.set('objects', 2 + tenants * 13);
  measured.set('flows', await node.flowCount());
  measured.set(`load by ${writerCount} writers, s`, loaded);
  measured.set('apply of all, s', applied);

  note(tenants, 'route');
  await node.profile();
  const changed = (i: number) => route('t1', `0.0.0.0/${i % 2}`);
  spread(measured, 'one route, wait=installed', await timesOf(lone, changed, '?wait=installed'));
  await node.profile();

  note(tenants, 'description');
  const described = (i: number): Put => ({ kind: 'tenants', document: { name: 't1', description: `change ${i}` } });
  const installs = node.installs;
  await node.profile();
  spread(measured, 'a description, wait=installed', await timesOf(lone, described, '?wait=installed'));
  measured.set('a description: installs', node.installs - installs);
  await node.profile();
  spread(measured, 'durable PUT', await timesOf(lone, i => described(i + samples)));

  note(tenants, 'burst');
  await node.profile();
  const burst = Math.min(maxBurst, tenants * 20);
  const before = node.installs;
  const puts = Array.from({ length: burst }, (_, i) =>
    route(`t${(i % (tenants - 1)) + 2}`, `${(i % 100) + 1}.0.0.0/8`),
  );
  const burstBegan = performance.now();
  const left = puts.values();
  const under = byWriters(socket, async writer => {
    for (const put of left) await writer.put(put);
  });
  await new Promise(resolve => setTimeout(resolve, 200));
  const loneWrite = (await lone.put(route('t1', '9.0.0.0/8'), '?wait=installed')).took;
  await under;
  await lone.put(described(3 * samples), '?wait=installed&timeout=300');
  await node.profile();
  measured.set(`${writerCount} writers, writes a second`, (burst * 1000) / (performance.now() - burstBegan));
  measured.set('of them in one install', burst / (node.installs - before));
  measured.set('a lone write among them, installed, ms', loneWrite);

  const { now, peak } = await node.memory();
  measured.set('resident after a collection, MB', now);
  measured.set('resident peak, MB', peak);

  note(tenants, 'restart');
  lone.close();
  await node.pointsman.stop();
  measured.set('restart, nothing differs: until ready, s', await node.start());
  measured.set('restart: processor, s', await node.cpu);
  measured.set('restart: installs', node.installs);
  await node.pointsman.stop();
  const file = join(node.ovs.runDir, 'flows');
  const dump = await node.ofctl('--no-names --no-stats dump-flows br-int', file);
  measured.set('ovs-ofctl dump-flows, s', dump.wall);
  measured.set('ovs-ofctl dump-flows: processor, s', dump.cpu);

  note(tenants, 'cold start');
  await node.ofctl('del-flows br-int');
  const add = await node.ofctl(`--bundle add-flows br-int ${file}`);
  measured.set('ovs-ofctl --bundle add-flows, s', add.wall);
  measured.set('ovs-ofctl --bundle add-flows: processor, s', add.cpu);
  for (const bridge of ['br-int', 'br-phy'])
    for (const command of ['del-flows', 'del-groups', 'del-meters']) await node.ofctl(`${command} ${bridge}`);
  measured.set('cold start, empty switch: until ready, s', await node.start());
  measured.set('cold start: processor, s', await node.cpu);
  await node.pointsman.stop();
  return measured;
}

const columns: Measured[] = [];
for (const tenants of sizes) {
  note(tenants, 'apply');
  const applied = await measureApply(tenants);
  const node = await BenchNode.open();
  try {
    columns.push(await measure(tenants, node, applied));
  } finally {
    await node.close();
  }
}
const print = (...cells: readonly string[]) =>
  process.stdout.write(`${cells.map((cell, i) => (i === 0 ? cell.padEnd(46) : cell.padStart(10))).join('')}\n`);
const shown = (value: number) => (Number.isInteger(value) ? String(value) : value.toFixed(value < 10 ? 2 : 1));
print('tenants', ...sizes.map(String), ...(sizes.length > 1 ? ['growth'] : []));
for (const name of columns[0]?.keys() ?? []) {
  const cells = columns.map(column => column.get(name) ?? Number.NaN);
  const growth = (cells.at(-1) ?? 0) / (cells[0] ?? 0);
  print(
    name,
    ...cells.map(shown),
    ...(sizes.length > 1 ? [Number.isFinite(growth) ? `${growth.toFixed(1)}x` : '-'] : []),
  );
}
