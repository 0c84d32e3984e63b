// Transactions over typed rows against a real ovsdb-server, with somebody else writing at the same time.

import t, { type Test } from 'tap';
import { type OpenVSwitchTables, openVSwitchSchema } from '../../../src/ovsdb/generated/open-vswitch.ts';
import { type PointsmanTables, pointsmanSchema } from '../../../src/ovsdb/generated/pointsman.ts';
import { OvsdbClient, type StoredRow, type Uuid } from '../../../src/ovsdb/index.ts';
import { createPrivateServer, type PrivateServer } from './server.ts';

type Tables = OpenVSwitchTables;
type Client = OvsdbClient<Tables>;

async function startServer(test: Test, schemaFile?: string): Promise<PrivateServer> {
  const server = await createPrivateServer(schemaFile);
  test.teardown(() => server.remove());
  await server.start();
  return server;
}

async function startClient(test: Test, server: PrivateServer): Promise<Client> {
  const client = new OvsdbClient<Tables>({
    remotes: [server.unix],
    schema: openVSwitchSchema,
    monitor: {
      Open_vSwitch: true,
      Bridge: true,
      Port: true,
      Interface: true,
      QoS: true,
      Queue: true,
      // Refers to bridges as strongly as Open_vSwitch does.
      Flow_Sample_Collector_Set: ['bridge'],
    },
    requestTimeout: 10_000,
  });
  test.teardown(() => client.close());
  client.start();
  await client.synced(AbortSignal.timeout(10_000));
  return client;
}

/** A switch with one bridge, and two clients that see it. */
async function startPair(test: Test): Promise<{ server: PrivateServer; a: Client; b: Client }> {
  const server = await startServer(test);
  const a = await startClient(test, server);
  const draft = a.transaction();
  const bridge = insertBridge(draft, 'br-a');
  draft.insert('Open_vSwitch', { bridges: [bridge] });
  const result = await a.commit(draft);
  test.equal(result.kind, 'committed');
  const b = await startClient(test, server);
  return { server, a, b };
}

function insertBridge(draft: ReturnType<Client['transaction']>, name: string) {
  const iface = draft.insert('Interface', { name, type: 'internal' });
  const port = draft.insert('Port', { name, interfaces: [iface] });
  return draft.insert('Bridge', { name, ports: [port], external_ids: new Map([['owner', 'test']]) });
}

function rootOf(client: Client): StoredRow<Tables['Open_vSwitch']> {
  const root = client.replica.find('Open_vSwitch', () => true);
  if (!root) throw new Error('no root row');
  return root;
}

function bridgeOf(client: Client, name = 'br-a'): StoredRow<Tables['Bridge']> {
  const bridge = client.replica.find('Bridge', row => row.name === name);
  if (!bridge) throw new Error(`no bridge ${name}`);
  return bridge;
}

/** Changes the bridge behind the other client's back: with the row as it was read there, whatever arrives meanwhile. */
async function meanwhile(client: Client, columns: Partial<Tables['Bridge']>): Promise<void> {
  const draft = client.transaction();
  draft.update('Bridge', bridgeOf(client), columns);
  const result = await client.commit(draft);
  if (result.kind !== 'committed') throw new Error(result.kind);
}

t.test('inserted rows refer to each other, and have their UUIDs afterwards', async t => {
  const server = await startServer(t);
  const client = await startClient(t, server);
  const draft = client.transaction();
  const iface = draft.insert('Interface', { name: 'br-a', type: 'internal' });
  const port = draft.insert('Port', { name: 'br-a', interfaces: [iface] });
  const bridge = draft.insert('Bridge', { name: 'br-a' });
  draft.update('Bridge', bridge, { ports: [port], fail_mode: 'secure' });
  draft.mutate('Bridge', bridge, ['flood_vlans', 'insert', [7]]);
  draft.insert('Open_vSwitch', { bridges: [bridge] });
  draft.comment('a test');
  draft.requireDurable();
  const result = await client.commit(draft);
  if (result.kind !== 'committed') return t.fail(result.kind);
  const uuid = result.uuids.get(bridge) as Uuid;
  t.match(client.replica.get('Bridge', uuid), { name: 'br-a', fail_mode: 'secure', flood_vlans: [7] });
  t.same(client.replica.get('Bridge', uuid)?.ports, [result.uuids.get(port)]);
  t.equal(result.uuids.size, 4);
});

t.test('what nobody refers to is refused, as the server would drop it', async t => {
  const { a } = await startPair(t);
  const draft = a.transaction();
  insertBridge(draft, 'br-b');
  await t.rejects(a.commit(draft), { code: 'OVSDB_UNREFERENCED', tables: ['Bridge'] });

  const raw = await a.transact([{ op: 'insert', table: 'Bridge', row: { name: 'br-c' } }]);
  t.equal(raw.kind, 'committed', 'the server sees nothing wrong');
  t.equal(a.replica.count('Bridge'), 1, 'but keeps nothing');
});

t.test('a row cannot be written and lose its last reference at once: what was written would go with it', async t => {
  const { server, a } = await startPair(t);
  const [port] = a.replica.referred('Bridge', bridgeOf(a), 'ports');
  const [iface] = port ? a.replica.referred('Port', port, 'interfaces') : [];
  if (!port || !iface) return t.fail('no port');
  type Draft = ReturnType<Client['transaction']>;
  const written = (draft: Draft): void => draft.update('Interface', iface, { type: 'dummy' });
  const refused: Record<string, (draft: Draft) => void> = {
    'a deleted row referred to it': draft => draft.delete('Port', port),
    'taken from a set': draft => draft.mutate('Port', port, ['interfaces', 'delete', [iface._uuid]]),
    'another value': draft => draft.update('Port', port, { interfaces: [draft.insert('Interface', { name: 'x' })] }),
    'what referred to it goes as well': draft =>
      draft.mutate('Open_vSwitch', rootOf(a), ['bridges', 'delete', [bridgeOf(a)._uuid]]),
  };
  for (const [name, change] of Object.entries(refused)) {
    const draft = a.transaction();
    written(draft);
    change(draft);
    await t.rejects(a.commit(draft), { code: 'OVSDB_UNREFERENCED', message: /written to Interface/ }, name);
  }

  const moved = a.transaction();
  written(moved);
  moved.update('Bridge', bridgeOf(a), { ports: [moved.insert('Port', { name: 'moved', interfaces: [iface._uuid] })] });
  t.equal((await a.commit(moved)).kind, 'committed', 'another row refers to it from now on');
  t.equal(a.replica.get('Interface', iface._uuid)?.type, 'dummy');
  t.equal(a.replica.get('Port', port._uuid), undefined);

  // Other bridges may refer to the port: the replica would not tell.
  const c = await startClient(t, server);
  await c.setConditions({ Bridge: false });
  const now = c.replica.find('Port', () => true);
  if (!now) return t.fail('no port');
  const unsure = c.transaction();
  unsure.update('Port', now, { tag: 5 });
  unsure.mutate('Port', now, ['interfaces', 'delete', []]);
  t.equal((await c.commit(unsure)).kind, 'committed');
});

t.test('only what differs is written', async t => {
  const { a, b } = await startPair(t);
  const before = bridgeOf(a);
  const none = a.transaction();
  none.update('Bridge', before, { fail_mode: undefined, external_ids: new Map([['owner', 'test']]) });
  none.verify('Bridge', before, ['name']);
  t.same(await a.commit(none), { kind: 'unchanged' });

  // The other column is somebody else's by now: it stays.
  const some = a.transaction();
  some.update('Bridge', before, { external_ids: before.external_ids, fail_mode: 'secure' });
  await meanwhile(b, { external_ids: new Map([['owner', 'b']]) });
  t.equal((await a.commit(some)).kind, 'committed');
  t.equal(bridgeOf(a).fail_mode, 'secure');
  t.same(bridgeOf(a).external_ids, new Map([['owner', 'b']]));
});

t.test('nothing is overwritten in silence', async t => {
  const { a, b } = await startPair(t);
  const read = bridgeOf(a);
  await meanwhile(b, { fail_mode: 'standalone' });
  const late = a.transaction();
  late.update('Bridge', read, { fail_mode: 'secure' });
  t.same(await a.commit(late), { kind: 'try_again', table: 'Bridge', uuid: read._uuid });
  t.equal(bridgeOf(a).fail_mode, 'standalone', 'the replica has caught up');

  const anyway = a.transaction();
  anyway.update('Bridge', read, { fail_mode: 'secure' }, { overwrite: true });
  t.equal((await a.commit(anyway)).kind, 'committed');
  t.equal(bridgeOf(a).fail_mode, 'secure');

  const verified = a.transaction();
  verified.verify('Bridge', read, ['fail_mode']);
  verified.update('Open_vSwitch', rootOf(a), { system_type: 'x' });
  t.match(await a.commit(verified), { kind: 'try_again', table: 'Bridge' });
  t.equal(rootOf(a).system_type, undefined);

  const alone = a.transaction();
  alone.verifyAbsent('Bridge', [['name', '==', read.name]]);
  alone.update('Open_vSwitch', rootOf(a), { system_type: 'x' });
  t.same(await a.commit(alone), { kind: 'try_again', table: 'Bridge', uuid: undefined });
  const none = a.transaction();
  none.verifyAbsent('Bridge', [['name', '==', 'nobody']]);
  none.update('Open_vSwitch', rootOf(a), { system_type: 'x' });
  t.equal((await a.commit(none)).kind, 'committed');

  const back = a.transaction();
  back.update('Bridge', read, { fail_mode: read.fail_mode }, { overwrite: true });
  t.equal((await a.commit(back)).kind, 'committed', 'what was read is written, for it is not what is there now');
  t.equal(bridgeOf(a).fail_mode, read.fail_mode);
});

t.test('a row that is gone', async t => {
  const { a, b } = await startPair(t);
  const read = bridgeOf(a);
  const drop = b.transaction();
  drop.mutate('Open_vSwitch', rootOf(b), ['bridges', 'delete', [read._uuid]]);
  t.equal((await b.commit(drop)).kind, 'committed');
  for (const write of [
    (draft: ReturnType<Client['transaction']>) => draft.update('Bridge', read, { fail_mode: 'secure' }),
    (draft: ReturnType<Client['transaction']>) => draft.mutate('Bridge', read, ['flood_vlans', 'insert', [1]]),
    (draft: ReturnType<Client['transaction']>) => draft.setKeys('Bridge', read, 'external_ids', new Map([['k', 'v']])),
  ]) {
    const draft = a.transaction();
    write(draft);
    t.match(await a.commit(draft), { kind: 'try_again', table: 'Bridge', uuid: read._uuid });
  }
});

t.test('two writers of one set, one map, one number', async t => {
  const { a, b } = await startPair(t);
  const [readByA, readByB] = [bridgeOf(a), bridgeOf(b)];
  const write = async (client: Client, row: typeof readByA, n: number) => {
    const draft = client.transaction();
    draft.mutate('Bridge', row, ['flood_vlans', 'insert', [n]], ['external_ids', 'insert', new Map([[`k${n}`, 'v']])]);
    draft.mutate('Open_vSwitch', rootOf(client), ['next_cfg', '+=', n]);
    return (await client.commit(draft)).kind;
  };
  t.same(await Promise.all([write(a, readByA, 1), write(b, readByB, 2)]), ['committed', 'committed']);
  await a.transact([]);
  t.same(bridgeOf(a).flood_vlans, [1, 2]);
  t.same(
    bridgeOf(a).external_ids,
    new Map([
      ['k1', 'v'],
      ['k2', 'v'],
      ['owner', 'test'],
    ]),
  );
  t.equal(rootOf(a).next_cfg, 3);
});

t.test('keys of a map: other keys are left alone, the same key is not fought over', async t => {
  const { a, b } = await startPair(t);
  const read = bridgeOf(a);
  await meanwhile(b, {
    external_ids: new Map([
      ['owner', 'test'],
      ['other', 'b'],
    ]),
  });
  const set = async (row: typeof read, ...entries: [string, string][]) => {
    const draft = a.transaction();
    draft.setKeys('Bridge', row, 'external_ids', new Map(entries));
    return (await a.commit(draft)).kind;
  };
  t.equal(await set(read, ['owner', 'a'], ['fresh', '1']), 'committed');
  t.same(
    bridgeOf(a).external_ids,
    new Map([
      ['fresh', '1'],
      ['other', 'b'],
      ['owner', 'a'],
    ]),
  );
  t.equal(await set(read, ['owner', 'again']), 'try_again', 'it was changed since');
  t.equal(await set(read, ['other', 'a']), 'try_again', 'it was made since');
  t.equal(await set(read, ['other', 'b']), 'committed', 'it was made since, as it should be');
  t.equal(await set(bridgeOf(a), ['owner', 'a']), 'unchanged');
  t.same(
    bridgeOf(a).external_ids,
    new Map([
      ['fresh', '1'],
      ['other', 'b'],
      ['owner', 'a'],
    ]),
  );
});

t.test('keys written again in one transaction: the last word counts', async t => {
  const { a } = await startPair(t);
  const row = bridgeOf(a);
  const keys = (...entries: [string, string][]) => new Map(entries);
  const draft = a.transaction();
  draft.setKeys('Bridge', row, 'external_ids', keys(['owner', 'x'], ['new', '1']));
  draft.setKeys('Bridge', row, 'external_ids', keys(['owner', 'test'], ['new', '2']));
  draft.setKeys('Bridge', row, 'other_config', keys(['k', '1']));
  draft.update('Bridge', row, { other_config: keys(['l', '1']) });
  draft.setKeys('Bridge', row, 'other_config', keys(['l', '2'], ['m', '3']));
  t.equal((await a.commit(draft)).kind, 'committed');
  t.same(bridgeOf(a).external_ids, keys(['owner', 'test'], ['new', '2']));
  t.same(bridgeOf(a).other_config, keys(['l', '2'], ['m', '3']));

  const taken = a.transaction();
  const now = bridgeOf(a);
  taken.setKeys('Bridge', now, 'other_config', keys(['l', '4'], ['m', '5'], ['n', '6']));
  taken.mutate('Bridge', now, ['other_config', 'delete', ['l']]);
  taken.mutate('Bridge', now, ['other_config', 'delete', keys(['m', '5'], ['n', 'other'])]);
  t.equal((await a.commit(taken)).kind, 'committed');
  t.same(bridgeOf(a).other_config, keys(['n', '6']));
});

t.test('keys set behind mutations of the same draft', async t => {
  const { a, b } = await startPair(t);
  const keys = (...entries: [string, string][]) => new Map(entries);
  const draft = a.transaction();
  const row = bridgeOf(a);
  draft.mutate('Bridge', row, ['external_ids', 'delete', ['owner']], ['external_ids', 'insert', keys(['k', 'a'])]);
  draft.setKeys('Bridge', row, 'external_ids', keys(['owner', 'test'], ['k', 'b']));
  t.equal((await a.commit(draft)).kind, 'committed');
  t.same(bridgeOf(a).external_ids, keys(['k', 'b'], ['owner', 'test']));

  const late = a.transaction();
  const read = bridgeOf(a);
  late.mutate('Bridge', read, ['external_ids', 'insert', keys(['l', 'a'])]);
  late.setKeys('Bridge', read, 'external_ids', keys(['l', 'b']));
  const theirs = b.transaction();
  theirs.setKeys('Bridge', bridgeOf(b), 'external_ids', keys(['l', 'theirs']));
  t.equal((await b.commit(theirs)).kind, 'committed');
  t.match(await a.commit(late), { kind: 'try_again' });
  t.equal(bridgeOf(a).external_ids.get('l'), 'theirs', 'what somebody else has set meanwhile stays');
});

t.test('a deletion depends on what was verified, and on nothing else', async t => {
  const { a, b } = await startPair(t);
  const remove = (draft: ReturnType<Client['transaction']>): void => {
    draft.mutate('Open_vSwitch', rootOf(a), ['bridges', 'delete', [bridgeOf(a)._uuid]]);
    draft.delete('Bridge', bridgeOf(a));
  };
  const careful = a.transaction();
  careful.verify('Bridge', bridgeOf(a), ['fail_mode']);
  remove(careful);
  const rash = a.transaction();
  remove(rash);
  await meanwhile(b, { fail_mode: 'secure' });
  t.match(await a.commit(careful), { kind: 'try_again', table: 'Bridge' });
  t.equal((await a.commit(rash)).kind, 'committed');
  t.equal(a.replica.count('Bridge'), 0);
});

t.test('read, modify, write by four clients: not one is lost', async t => {
  const { server, a } = await startPair(t);
  const clients = [a, ...(await Promise.all([0, 1, 2].map(() => startClient(t, server))))];
  let attempts = 0;
  const results = await Promise.all(
    clients.flatMap(client =>
      Array.from({ length: 25 }, () =>
        client.retry(
          draft => {
            attempts++;
            const root = rootOf(client);
            draft.update('Open_vSwitch', root, { next_cfg: Number(root.next_cfg) + 1 });
            return root.next_cfg;
          },
          { attempts: 1_000 },
        ),
      ),
    ),
  );
  t.ok(results.every(({ result }) => result.kind === 'committed'));
  t.equal(new Set(results.map(({ value }) => value)).size, 100, 'each one counted from another value');
  await a.transact([]);
  t.equal(rootOf(a).next_cfg, 100);
  t.ok(attempts > 100, `${attempts} attempts: they did meet`);
});

t.test('attempts are bounded', async t => {
  const { a, b } = await startPair(t);
  let built = 0;
  const { result, value } = await a.retry(
    async draft => {
      draft.update('Bridge', bridgeOf(a), { fail_mode: 'secure' });
      await meanwhile(b, { fail_mode: built % 2 ? undefined : 'standalone' });
      return ++built;
    },
    { attempts: 3 },
  );
  t.equal(result.kind, 'try_again');
  t.equal(value, 3);
  t.equal(built, 3);
});

t.test('constraints, with what the server names', async t => {
  const { a } = await startPair(t);
  const commit = async (fill: (draft: ReturnType<Client['transaction']>) => void) => {
    const draft = a.transaction();
    fill(draft);
    return a.commit(draft);
  };
  t.match(
    await commit(draft =>
      draft.mutate('Open_vSwitch', rootOf(a), ['bridges', 'insert', [insertBridge(draft, 'br-a')]]),
    ),
    { kind: 'constraint_violation', columns: ['name'], details: /br-a/ },
  );
  t.match(await commit(draft => draft.insert('Open_vSwitch', {})), {
    kind: 'constraint_violation',
    table: 'Open_vSwitch',
    columns: [],
  });
  t.match(
    await commit(draft => {
      const missing = '00000000-0000-4000-8000-000000000000' as Uuid;
      draft.mutate('Open_vSwitch', rootOf(a), ['bridges', 'insert', [missing]]);
    }),
    { kind: 'constraint_violation', table: 'Open_vSwitch', columns: ['bridges'] },
  );
  t.match(await commit(draft => draft.delete('Bridge', bridgeOf(a))), {
    kind: 'constraint_violation',
    table: 'Bridge',
    columns: [],
    details: /remaining reference/,
  });
  const port = a.replica.find('Port', () => true);
  if (!port) throw new Error('no port');
  t.match(await commit(draft => draft.update('Port', port, { tag: 5_000 })), {
    kind: 'constraint_violation',
    table: 'Port',
    details: /5000/,
  });
  await t.rejects(
    commit(draft => draft.update('Port', port, { name: 'other' })),
    { code: 'OVSDB_BAD_VALUE', message: /Port\.name/ },
    'what the schema forbids always is found before it is sent',
  );
});

t.test('a UUID of our own choice', async t => {
  const { a } = await startPair(t);
  const uuid = '11111111-2222-4333-8444-555555555555' as Uuid;
  const insert = () => {
    const draft = a.transaction();
    const queue = draft.insert('Queue', { dscp: 7 }, uuid);
    draft.insert('QoS', { type: 'x', queues: new Map([[1, queue]]) });
    return a.commit(draft);
  };
  t.equal((await insert()).kind, 'committed');
  t.equal(a.replica.get('Queue', uuid)?.dscp, 7);
  t.match(await insert(), { kind: 'refused', error: 'duplicate uuid' });

  // The row can be referred to by that as well.
  const draft = a.transaction();
  const chosen = '11111111-2222-4333-8444-666666666666' as Uuid;
  draft.insert('Interface', { name: 'br-u' }, chosen);
  const port = draft.insert('Port', { name: 'br-u', interfaces: [chosen] });
  draft.mutate('Bridge', bridgeOf(a), ['ports', 'insert', [port]]);
  t.equal((await a.commit(draft)).kind, 'committed');
  t.equal(a.replica.get('Interface', chosen)?.name, 'br-u');
});

t.test('an index on two columns', async t => {
  const server = await startServer(t, new URL('../../../schemas/pointsman.ovsschema', import.meta.url).pathname);
  const client = new OvsdbClient<PointsmanTables>({
    remotes: [server.unix],
    schema: pointsmanSchema,
    monitor: { Tenant: true, VNI: true },
  });
  t.teardown(() => client.close());
  client.start();
  const { result } = await client.retry(draft => {
    const tenant = draft.insert('Tenant', { name: 't', id: 1, revision: 1, zone: 1 });
    draft.insert('VNI', { name: 'a', id: 2, revision: 1, tenant, vni: 7, vtep: 'x' });
    draft.insert('VNI', { name: 'b', id: 3, revision: 1, tenant, vni: 7, vtep: 'x' });
  });
  t.match(result, { kind: 'constraint_violation', table: 'VNI' });
  t.same(result.kind === 'constraint_violation' && [...result.columns].sort(), ['vni', 'vtep']);
});

t.test('sets: no element twice, and in the order of the server', async t => {
  const { a, b } = await startPair(t);
  const draft = a.transaction();
  draft.mutate('Bridge', bridgeOf(a), ['flood_vlans', 'insert', [3, 3]]);
  draft.update('Open_vSwitch', rootOf(a), { iface_types: ['\uff5e', 'z', '\uff5e'] });
  t.equal((await a.commit(draft)).kind, 'committed');
  await b.transact([
    {
      op: 'mutate',
      table: 'Open_vSwitch',
      where: [],
      mutations: [['iface_types', 'insert', ['\u{1f600}', '\u{1f601}']]],
    },
  ]);
  await a.transact([]);
  const asked = await a.transact([{ op: 'select', table: 'Open_vSwitch', where: [], columns: ['iface_types'] }]);
  t.match(asked, { results: [{ rows: [{ iface_types: ['z', '\uff5e', '\u{1f600}', '\u{1f601}'] }] }] });
  t.same(rootOf(a).iface_types, ['z', '\uff5e', '\u{1f600}', '\u{1f601}']);
  t.same(bridgeOf(a).flood_vlans, [3]);
});

t.test('locks, rehearsals, time, and a lost answer', async t => {
  const { server, a, b } = await startPair(t);
  const draft = (client: Client) => {
    const made = client.transaction();
    made.mutate('Open_vSwitch', rootOf(client), ['next_cfg', '+=', 1]);
    return made;
  };
  await b.lock('theirs');
  const locked = draft(a);
  locked.assertLock('theirs');
  t.same(await a.commit(locked), { kind: 'lock_lost' });
  const rehearsal = draft(a);
  rehearsal.abort();
  t.same(await a.commit(rehearsal), { kind: 'aborted' });
  t.equal(rootOf(a).next_cfg, 0);
  const empty = a.transaction();
  empty.abort();
  t.same(await a.commit(empty), { kind: 'aborted' });

  server.signal('SIGSTOP');
  t.match(await a.commit(draft(a), { timeout: 200 }), { kind: 'outcome_unknown' });
  server.signal('SIGCONT');
  await a.transact([]);
  await server.kill();
  t.match(await a.commit(draft(a), { timeout: 200 }), { kind: 'timed_out' });
  t.match(await a.retry(() => t.fail('there is nothing to read from'), { timeout: 200 }), {
    result: { kind: 'timed_out' },
  });
});
