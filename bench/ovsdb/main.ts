// `npm run bench:ovsdb [-- ROWS [ROUNDS]]`: our client beside python's ovs.db.idl and a bare socket, on a real
// ovsdb-server of its own. Prints medians and ratios. Nothing is asserted: machines are noisy.

import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { OvsdbClient, type UntypedTables } from '../../src/ovsdb/index.ts';
import { createPrivateServer } from '../../test/ovs/ovsdb/server.ts';
import { median } from '../measure.ts';
import { fill, readSchema, schemaFile } from './database.ts';

const rows = Number(process.argv[2] ?? 100_000);
const rounds = Number(process.argv[3] ?? 5);
const transactions = 10_000;
const warmUp = 5_000;

interface Sync {
  readonly seconds: number;
  readonly rss: number;
  /** ms; the longest time for which the event loop stood still. */
  readonly blocked?: number;
}

const progress = (text: string) => process.stderr.write(`${text}\n`);
const print = (cells: readonly string[]) =>
  process.stdout.write(`${cells.map((cell, i) => (i === 0 ? cell.padEnd(34) : cell.padStart(12))).join('')}\n`);
const run = promisify(execFile);
const file = (name: string) => fileURLToPath(new URL(name, import.meta.url));

async function sync(command: string, args: readonly string[]): Promise<Sync> {
  const { stdout } = await run(command, args, { timeout: 300_000 });
  return JSON.parse(stdout) as Sync;
}

const node = (script: string, path: string) => sync(process.execPath, ['--import=tsx', file(script), path]);

/** Times of so many acts, one after the other, in ms; the first ones, while code is still being compiled, apart. */
async function times(act: () => Promise<void>): Promise<number[]> {
  const found: number[] = [];
  for (let i = 0; i < warmUp; i++) await act();
  for (let i = 0; i < transactions; i++) {
    const start = performance.now();
    await act();
    found.push(performance.now() - start);
  }
  return found.sort((a, b) => a - b);
}

/** A loop that writes a request and waits for the last byte of its reply, which always arrives in one piece. */
async function bareTimes(path: string): Promise<number[]> {
  const socket = connect(path);
  await once(socket, 'connect');
  const operation = { op: 'mutate', table: 'Counter', where: [], mutations: [['n', '+=', 1]] };
  const text = JSON.stringify({ id: 0, method: 'transact', params: ['Bindings', operation] });
  const found = await times(async () => {
    socket.write(text);
    await once(socket, 'data');
  });
  socket.destroy();
  return found;
}

async function clientTimes(path: string): Promise<number[]> {
  const client = new OvsdbClient<UntypedTables>({ remotes: [{ kind: 'unix', path }], schema: readSchema() });
  client.start();
  await client.synced();
  const found = await times(async () => {
    const result = await client.transact([{ op: 'mutate', table: 'Counter', where: [], mutations: [['n', '+=', 1]] }]);
    if (result.kind !== 'committed') throw new Error(result.kind);
  });
  await client.close();
  return found;
}

// Debian's OVS modules belong to the system's own python.
const python = '/usr/bin/python3';
await run(python, ['-c', 'import ovs.db.idl']).catch(() => {
  process.stderr.write('the peer is missing: apt-get install python3-openvswitch\n');
  process.exit(1);
});
const server = await createPrivateServer(schemaFile);
try {
  await server.start();
  const path = `${server.directory}/db.sock`;
  progress(`writing ${rows} rows`);
  await fill(path, rows);
  const found: Record<'client' | 'bare' | 'idl', Sync[]> = { client: [], bare: [], idl: [] };
  const latency: Record<'client' | 'bare', number[][]> = { client: [], bare: [] };
  for (let round = 1; round <= rounds; round++) {
    progress(`round ${round} of ${rounds}`);
    found.bare.push(await node('sync-bare.ts', path));
    found.client.push(await node('sync-client.ts', path));
    found.idl.push(await sync(python, [file('sync-idl.py'), path, schemaFile]));
    latency.bare.push(await bareTimes(path));
    latency.client.push(await clientTimes(path));
  }
  const of = (syncs: readonly Sync[], what: (one: Sync) => number) => median(syncs.map(what));
  const seconds = (syncs: readonly Sync[]) => of(syncs, one => one.seconds);
  const rss = (syncs: readonly Sync[]) => of(syncs, one => one.rss) / 2 ** 20;
  const compared = (name: string, our: number, their: number, unit: string, digits: number) =>
    print([name, `${our.toFixed(digits)} ${unit}`, `${their.toFixed(digits)} ${unit}`, (our / their).toFixed(2)]);
  const { client, bare, idl } = found;
  print([`${rows} rows, ${rounds} rounds`, 'pointsman', 'other', 'ratio']);
  compared('sync, beside a bare socket', seconds(client), seconds(bare), 's', 2);
  compared('sync, beside ovs.db.idl', seconds(client), seconds(idl), 's', 2);
  compared('resident memory, beside ovs.db.idl', rss(client), rss(idl), 'MiB', 0);
  print(['event loop blocked at most', `${of(client, one => one.blocked ?? Number.NaN).toFixed(0)} ms`]);
  const at = (each: readonly number[][], quantile: number) =>
    median(each.map(sorted => sorted[Math.floor(sorted.length * quantile)] ?? Number.NaN)) * 1000;
  const perSecond = (each: readonly number[][]) =>
    median(each.map(sorted => (1000 * sorted.length) / sorted.reduce((sum, time) => sum + time, 0)));
  compared('transactions, beside a bare socket', perSecond(latency.client), perSecond(latency.bare), '/s', 0);
  compared('p50', at(latency.client, 0.5), at(latency.bare, 0.5), 'µs', 0);
  compared('p99', at(latency.client, 0.99), at(latency.bare, 0.99), 'µs', 0);
} finally {
  await server.remove();
}
