// A hundred thousand rows: the event loop stays free, and nobody sees a part of them.

import { once } from 'node:events';
import t from 'tap';
import { fill, readSchema, schemaFile } from '../../../bench/ovsdb/database.ts';
import { OvsdbClient, type RowChange, type UntypedTables } from '../../../src/ovsdb/index.ts';
import { createPrivateServer } from './server.ts';

const rows = 100_000;

/** How often the event loop came round, and the longest time for which it stood still, in ms, since `reset`. */
function watchEventLoop() {
  let longest = 0;
  let turns = 0;
  let last = performance.now();
  const beat = setInterval(() => {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
    turns++;
  }, 1);
  t.teardown(() => clearInterval(beat));
  return {
    seen: () => ({ longest, turns }),
    reset: () => {
      longest = 0;
      turns = 0;
      last = performance.now();
    },
  };
}

/** So often at least the loop must come round while all rows are worked in: a stretch without a turn is 50 ms then. */
const leastTurns = 10;

t.test('first sync, and a change of all rows', { timeout: 110_000 }, async t => {
  const server = await createPrivateServer(schemaFile);
  t.teardown(() => server.remove());
  await server.start();
  const path = `${server.directory}/db.sock`;
  await fill(path, rows);

  const client = new OvsdbClient<UntypedTables>({
    remotes: [server.unix],
    schema: readSchema(),
    monitor: { Network: true, Binding: true },
    indexes: { Binding: [['logical_port']] },
    requestTimeout: 60_000,
    // The server answers no probe while it changes all rows.
    reconnect: { probeInterval: 60_000 },
  });
  t.teardown(() => client.close());
  const { replica } = client;
  const updates: (readonly RowChange[])[] = [];
  client.on('update', changes => updates.push(changes));
  const loop = watchEventLoop();
  const seen = new Set<string>();
  // Whoever looks while the rows arrive or change sees all of one state or all of the next.
  const look = setInterval(() => {
    const [first] = replica.lookup('Binding', { logical_port: 'port-0' });
    const [last] = replica.lookup('Binding', { logical_port: `port-${rows - 1}` });
    seen.add(`${replica.count('Network')} ${replica.count('Binding')} ${first?.tag} ${last?.tag}`);
  }, 1);
  t.teardown(() => clearInterval(look));

  client.start();
  await client.synced(AbortSignal.timeout(60_000));
  const sync = loop.seen();
  t.equal(replica.count('Binding'), rows);
  t.equal(updates.length, 1);
  t.equal(updates[0]?.length, rows + 200);

  await new Promise(resolve => setTimeout(resolve, 50));
  loop.reset();
  const result = await client.transact([{ op: 'update', table: 'Binding', where: [], row: { tag: 7 } }]);
  t.equal(result.kind, 'committed');
  t.equal(
    replica.find('Binding', row => row.tag !== 7),
    undefined,
    'the update is there before the reply',
  );
  const change = loop.seen();
  await new Promise(resolve => setTimeout(resolve, 50));
  loop.reset();
  const asked = await client.transact([{ op: 'select', table: 'Binding', where: [] }]);
  const select = loop.seen();
  t.match(asked, { results: [{ kind: 'select', rows: { length: rows } }] });
  t.equal(updates.length, 2);
  await new Promise(resolve => setTimeout(resolve, 50));
  const all = `200 ${rows}`;
  t.same([...seen].sort(), ['0 0 undefined undefined', `${all} 7 7`, `${all} undefined undefined`]);
  const [network] = replica.rows('Network');
  t.equal(network && replica.referrers('Network', network._uuid).length, rows / 200);

  t.comment(
    `at most ${sync.longest.toFixed(0)} ms without a turn at first, ${change.longest.toFixed(0)} ms later, ${select.longest.toFixed(0)} ms for a select`,
  );
  t.ok(sync.turns > leastTurns, `${sync.turns} turns`);
  t.ok(change.turns > leastTurns, `${change.turns} turns`);
  t.ok(select.turns > leastTurns, `${select.turns} turns`);

  // A standalone server remembers no transactions: it sends everything again, and nothing of it is news.
  const before = replica.lookup('Binding', { logical_port: 'port-77' })[0];
  t.ok(before);
  await server.kill();
  await server.start();
  await once(client, 'connected');
  t.equal(updates.length, 2);
  t.equal(replica.count('Binding'), rows);
  t.equal(replica.lookup('Binding', { logical_port: 'port-77' })[0], before, 'the row is the same object');
});
