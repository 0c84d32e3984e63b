// `npm run bench:ovsdb [-- ROWS [ROUNDS]]`: our client beside python's ovs.db.idl and a bare socket, on a real
// ovsdb-server of its own. Prints medians and ratios. Nothing is asserted: machines are noisy.

import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { OvsdbClient, type UntypedTables } from 'pointsman/ovsdb-client';
import { createPrivateServer } from '../../test/ovs/ovsdb/server.ts';
import { median } from '../measure.ts';
import { fill, readSchema, schemaFile } from './database.ts';

const rows = Number(process.argv[2] ?? 100_000);
const rounds = Number(process.argv[3] ?? 5);
const transactions = 10_000;
const warmUp = 5_000;
const batchSize = 500;

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

type Act = () => Promise<void>;

/** ms; sorted. The two take turns, batch by batch, so that what slows the machine down slows both. */
async function timesOf(acts: Readonly<Record<'client' | 'bare', Act>>): Promise<Record<'client' | 'bare', number[]>> {
  const found: Record<'client' | 'bare', number[]> = { client: [], bare: [] };
  const batch = async (name: 'client' | 'bare', count: number) => {
    for (let i = 0; i < count; i++) {
      const start = performance.now();
      await acts[name]();
      found[name].push(performance.now() - start);
    }
  };
  for (const name of ['client', 'bare'] as const) await batch(name, warmUp);
  found.client = [];
  found.bare = [];
  for (let done = 0; done < transactions; done += batchSize)
    for (const name of ['client', 'bare'] as const) await batch(name, batchSize);
  for (const times of [found.client, found.bare]) times.sort((a, b) => a - b);
  return found;
}

async function latencies(path: string): Promise<Record<'client' | 'bare', number[]>> {
  const operation = { op: 'mutate', table: 'Counter', where: [], mutations: [['n', '+=', 1]] } as const;
  const socket = connect(path);
  await once(socket, 'connect');
  const text = JSON.stringify({ id: 0, method: 'transact', params: ['Bindings', operation] });
  const client = new OvsdbClient<UntypedTables>({ remotes: [{ kind: 'unix', path }], schema: readSchema() });
  client.start();
  await client.synced();
  const found = await timesOf({
    // Writes a request and waits for the last byte of its reply, which always arrives in one piece.
    bare: async () => {
      socket.write(text);
      await once(socket, 'data');
    },
    client: async () => {
      const result = await client.transact([operation]);
      if (result.kind !== 'committed') throw new Error(result.kind);
    },
  });
  await client.close();
  socket.destroy();
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
    const { bare, client } = await latencies(path);
    latency.bare.push(bare);
    latency.client.push(client);
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
