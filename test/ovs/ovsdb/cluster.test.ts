// A client of a real Raft cluster: follows the leader through compaction, death and silence, and loses no write.

import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';
import { type PointsmanTables, pointsmanSchema } from '../../../src/ovsdb/generated/pointsman.ts';
import { formatEndpoint, OvsdbClient, type OvsdbClientOptions, OvsdbError } from '../../../src/ovsdb/index.ts';
import { eventually } from '../../lab/wait.ts';
import { Cluster, type Member } from './cluster.ts';

const schemaFile = fileURLToPath(new URL('../../../schemas/pointsman.ovsschema', import.meta.url));

const openClient = async (t: Test, cluster: Cluster, options: Partial<OvsdbClientOptions<PointsmanTables>> = {}) => {
  const client = new OvsdbClient<PointsmanTables>({
    remotes: cluster.endpoints,
    schema: pointsmanSchema,
    monitor: { Tenant: true },
    reconnect: { minBackoff: 20, maxBackoff: 200, probeInterval: 500, connectTimeout: 1_000 },
    ...options,
  });
  t.teardown(() => client.close());
  client.start();
  await client.synced(AbortSignal.timeout(20_000));
  return client;
};

const isAt = (client: OvsdbClient<PointsmanTables>, member: Member) =>
  client.state.kind === 'ready' &&
  client.remote !== undefined &&
  formatEndpoint(client.remote) === formatEndpoint(member.endpoint);

let nextId = 1;
const tenant = (name: string) => {
  const id = nextId++;
  return { op: 'insert', table: 'Tenant', row: { name, id, revision: 1, zone: id } } as const;
};

t.test('a cluster of three', async t => {
  const cluster = await Cluster.start(schemaFile, 'Pointsman');
  t.teardown(() => cluster.remove());

  t.test('only the leader will do, unless told otherwise', async t => {
    const leader = await cluster.leader();
    for (let i = 0; i < 4; i++) t.ok(isAt(await openClient(t, cluster), leader), 'whichever member was tried first');
    const [follower] = cluster.members.filter(member => member !== leader);
    if (!follower) throw new Error('no follower');
    const remotes = [follower.endpoint, leader.endpoint];
    const any = await openClient(t, cluster, { remotes, shuffleRemotes: false, leaderOnly: false });
    t.ok(isAt(any, follower));
    t.equal((await any.transact([tenant('by-way-of-a-follower')])).kind, 'committed');
    await eventually(() => any.replica.count('Tenant') === 1, { what: 'the row at the follower' });
    const lonely = new OvsdbClient({ remotes: [follower.endpoint], schema: pointsmanSchema });
    t.teardown(() => lonely.close());
    lonely.start();
    t.match(await once(lonely, 'disconnected'), [{ code: 'OVSDB_UNSUITABLE_SERVER', message: /not the leader/ }]);
  });

  t.test('a leader that says it leads no longer is left', async t => {
    // Without probes only the leader itself can tell.
    const client = await openClient(t, cluster, { reconnect: { minBackoff: 20, maxBackoff: 200, probeInterval: 0 } });
    const before = await cluster.leader();
    t.ok(isAt(client, before));
    const gone = once(client, 'disconnected');
    before.signal('SIGSTOP');
    const after = await eventually(
      async () => {
        for (const member of cluster.members)
          if (member !== before && (await member.role()) === 'leader') return member;
        throw new Error('no new leader yet');
      },
      { what: 'another leader', timeout: 30_000 },
    );
    t.ok(isAt(client, before), 'who is silent tells nothing');
    before.signal('SIGCONT');
    t.match(await gone, [{ code: 'OVSDB_UNSUITABLE_SERVER', message: /not the leader|apart from/ }]);
    await eventually(() => isAt(client, after), { what: 'the client at the new leader' });
    t.equal(client.replica.count('Tenant'), 1);
    t.equal((await client.transact([tenant('after-the-move')])).kind, 'committed');
  });

  for (const fault of ['killed', 'paused'] as const) {
    t.test(`a leader that is ${fault} under load`, async t => {
      const reader = await openClient(t, cluster);
      const writers = await Promise.all(Array.from({ length: 8 }, () => openClient(t, cluster)));
      const outcomes = new Map<string, string>();
      let running = true;
      const work = writers.map(async (writer, w) => {
        for (let i = 0; running || i < 40; i++) {
          const name = `${fault}-${w}-${i}`;
          try {
            outcomes.set(name, (await writer.transact([tenant(name)], { timeout: 15_000 })).kind);
          } catch (error) {
            if (!(error instanceof OvsdbError)) throw error;
            outcomes.set(name, error.code);
          }
          await sleep(5);
        }
      });
      await sleep(300);
      const leader = await cluster.leader();
      if (fault === 'killed') await leader.kill();
      else leader.signal('SIGSTOP');
      const next = await eventually(
        async () => {
          const now = await cluster.leader();
          if (now === leader) throw new Error('no new leader yet');
          return now;
        },
        { what: 'another leader', timeout: 30_000 },
      );
      await eventually(() => writers.every(writer => isAt(writer, next)), { what: 'the writers', timeout: 30_000 });
      running = false;
      await Promise.all(work);
      if (fault === 'killed') leader.start();
      else leader.signal('SIGCONT');
      await cluster.settled(3);

      const count = (kind: string) => [...outcomes.values()].filter(one => one === kind).length;
      t.comment(`${outcomes.size} writes: ${count('committed')} committed, ${count('OVSDB_OUTCOME_UNKNOWN')} unknown`);
      t.ok(count('committed') > 100);
      await eventually(() => isAt(reader, next) || reader.state.kind === 'ready', { what: 'the reader' });
      const fresh = await openClient(t, cluster);
      // Who was paused thinks for a moment that it leads still, and shows what it knew then.
      await eventually(() => isAt(fresh, next), { what: 'the fresh one' });
      const found = new Map<string, number>();
      for (const { name } of fresh.replica.rows('Tenant')) found.set(name, (found.get(name) ?? 0) + 1);
      const lost = [...outcomes].filter(([name, kind]) => kind === 'committed' && found.get(name) !== 1);
      t.same(lost, [], 'what was acknowledged is there, once');
      const silent = [...outcomes].filter(
        ([name, kind]) => found.has(name) && kind !== 'committed' && kind !== 'OVSDB_OUTCOME_UNKNOWN',
      );
      t.same(silent, [], 'what is there was not reported as failed');
      await eventually(() => reader.replica.count('Tenant') === fresh.replica.count('Tenant'), {
        what: 'a replica that lived through it',
      });
    });
  }

  t.test('a member apart from its cluster is left', async t => {
    const leader = await cluster.leader();
    const others = cluster.members.filter(member => member !== leader);
    const client = await openClient(t, cluster, { leaderOnly: false, remotes: [leader.endpoint] });
    for (const other of others) await other.kill();
    t.match(await once(client, 'disconnected'), [{ code: 'OVSDB_UNSUITABLE_SERVER', message: /apart from/ }]);
    for (const other of others) other.start();
    await cluster.settled(3);
    await client.synced(AbortSignal.timeout(20_000));
  });
});
