// Databases of earlier releases, with what live connections hang on: nothing of it moves.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { EmbeddedServer } from '../../../src/controller/state/embedded-server.ts';
import { Store } from '../../../src/controller/state/store.ts';
import { run } from '../../lab/process.ts';
import { connect, node, vlanInterface } from './fixture.ts';

const schemaOf = (version: string) => join(import.meta.dirname, `../../fixtures/pointsman-${version}.ovsschema`);

const named = (name: string) => ['named-uuid', name];
const set = (...values: unknown[]) => ['set', values];
const insert = (table: string, name: string, row: object) => ({ op: 'insert', table, 'uuid-name': name, row });

const rows = [
  insert('Pointsman', 'root', { next_id: 6, generation: 5 }),
  insert('Tenant', 'red', { name: 'red', id: 1, revision: 1, zone: 7 }),
  insert('Host', 'router', { mac: '02:00:00:00:30:fe', addresses: '198.51.100.254' }),
  insert('Interface', 'wan', {
    name: 'wan',
    id: 2,
    revision: 3,
    index: 9,
    role: 'outer',
    attachment: 'vlan',
    attachment_key: 'vlan p0 30',
    port: 'p0',
    vlan: 30,
    mac: '02:70:6d:00:30:01',
    addresses: '198.51.100.1/24',
    hosts: named('router'),
    arp_rate: 100,
  }),
  insert('NAT_Pool', 'pool', {
    name: 'p',
    id: 3,
    revision: 1,
    interface: named('wan'),
    addresses: set('203.0.113.10', '203.0.113.11'),
    port_min: 1024,
    port_max: 65535,
    chunk_size: 4096,
  }),
  insert('NAT_Chunk', 'chunk', {
    tenant: named('red'),
    pool: named('pool'),
    address: '203.0.113.11',
    port: 20480,
    size: 4096,
    icmp: true,
  }),
  insert('NAT_Rule', 'rule', {
    name: 'out',
    id: 4,
    revision: 1,
    tenant: named('red'),
    source: '10.0.0.0/8',
    pool: named('pool'),
    chunk: named('chunk'),
  }),
];

/** The same with what 1.1.0 added: a node that has the chunk, and a zone that it has not forgotten. */
const rowsOfNodes = [
  ...rows.map(row => (row.table === 'NAT_Chunk' ? { ...row, row: { ...row.row, node: named('node') } } : row)),
  insert('Node', 'node', { name: 'node1', heartbeat: 7 }),
  insert('Conntrack_Zone', 'zone', { zone: 1, holders: named('node') }),
];

/** The same with what 1.2.0 has in place of it. */
const rowsOfNumbers = [
  ...rowsOfNodes.filter(row => row.table !== 'Conntrack_Zone'),
  insert('Retired_Number', 'zone', { kind: 'zone', number: 1, generation: 4, holders: 'node1' }),
];

/** The same with what 1.3.0 has beside it. */
const rowsOfRests = rowsOfNumbers.map(row =>
  row.table === 'NAT_Pool' ? { ...row, row: { ...row.row, last_ports: ['map', [['203.0.113.11', 20480]]] } } : row,
);

for (const [version, content] of [
  ['1.0.0', rows],
  ['1.1.0', rowsOfNodes],
  ['1.2.0', rowsOfNumbers],
  ['1.3.0', rowsOfRests],
  ['1.4.0', rowsOfRests],
  ['1.5.0', rowsOfRests],
] as const) {
  t.test(`a database of ${version}`, async t => {
    const directory = await mkdtemp(join(tmpdir(), 'pointsman-'));
    t.teardown(() => rm(directory, { recursive: true, force: true }));
    const file = join(directory, 'pointsman.db');
    await run('ovsdb-tool', ['create', file, schemaOf(version)]);
    await run('ovsdb-tool', ['transact', file, JSON.stringify(['Pointsman', ...content])]);

    const server = new EmbeddedServer({ stateDirectory: directory });
    t.teardown(() => server.stop());
    await server.start();
    const client = connect(server);
    t.teardown(() => client.close());
    const store = new Store({ client, node });
    await store.open(AbortSignal.timeout(10_000));
    const chunk = { tenant: 'red', pool: 'p', address: '203.0.113.11', port: 20480, size: 4096, icmp: true };
    t.match(store.snapshot(), {
      generation: 5,
      allocations: { zones: new Map([['red', 7]]), indexes: new Map([['interfaces/wan', 9]]), chunks: [chunk] },
    });
    const etags = (['interfaces/wan', 'nat-rules/out'] as const).map(key => store.view().objects.get(key)?.revision);
    t.strictSame(etags, [3, 1]);

    const [before] = client.replica.rows('NAT_Chunk');
    t.equal(await store.register(), true);
    t.strictSame(await store.pullChunks(() => () => 'here'), []);
    t.strictSame(store.snapshot().allocations.chunks, [{ ...chunk, node: 'node1' }], 'the chunk is this node’s');
    t.equal([...client.replica.rows('NAT_Chunk')][0]?._uuid, before?._uuid, 'the same row');
    await store.put('interfaces', vlanInterface('lan', 11, { tenant: 'red' }));
    t.equal(store.snapshot().allocations.indexes.get('interfaces/lan'), 10, 'after the highest that was given out');
    t.equal((await run('ovsdb-tool', ['db-version', `${file}.backup-${version}`])).stdout, `${version}\n`);
  });
}
