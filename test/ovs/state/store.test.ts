// The store against a real ovsdb-server: what it writes, what it refuses, and what survives.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import t from 'tap';
import {
  IntentRejected,
  ObjectNotFound,
  ObjectReferenced,
  PreconditionFailed,
} from '../../../src/controller/state/errors.ts';
import { Store } from '../../../src/controller/state/store.ts';
import { formatActiveEndpoint } from '../../../src/lib/endpoint.ts';
import { natChunks } from '../../../src/policy/facts/objects.ts';
import { kinds } from '../../../src/policy/kinds/names.ts';
import { eventually } from '../../lab/wait.ts';
import { connect, type Lab, node, outerInterface, pool, startLab, vlanInterface } from './fixture.ts';

const run = promisify(execFile);

/** The rows of a table as ovsdb-client prints them: the columns come in alphabetical order. */
async function dump(lab: Lab, table: string, columns: readonly string[]): Promise<string[][]> {
  const endpoint = formatActiveEndpoint(lab.server.endpoint);
  const { stdout } = await run('ovsdb-client', [
    'dump',
    '-f',
    'csv',
    '--no-headings',
    endpoint,
    'Pointsman',
    table,
    ...columns,
  ]);
  return stdout
    .trim()
    .split('\n')
    .filter(line => line !== '' && !line.endsWith(' table'))
    .map(line => line.split(',').map(cell => cell.replaceAll('"', '')))
    .sort();
}

async function problemsOf(write: Promise<unknown>): Promise<readonly { pointer: string; why: string }[]> {
  try {
    await write;
  } catch (error) {
    if (error instanceof IntentRejected) return error.problems;
    throw error;
  }
  return [];
}

async function twoTenantsOnOnePool(lab: Lab): Promise<void> {
  const { store } = lab;
  await store.put('tenants', { name: 'red' });
  await store.put('tenants', { name: 'blue' });
  await store.put('interfaces', outerInterface('wan', 30));
  await store.put('nat-pools', pool('p', 'wan'));
  await store.put('nat-rules', { name: 'red', tenant: 'red', source: '10.0.0.0/24', pool: 'p' });
  await store.put('nat-rules', { name: 'blue', tenant: 'blue', source: '10.0.0.0/24', pool: 'p' });
}

t.test('every kind is read back as it was written, in canonical form', async t => {
  const lab = await startLab(t);
  const { store } = lab;
  await store.put('tenants', { name: 'red', description: 'the "red" one' });
  await store.put('vnis', { name: 'v100', tenant: 'red', vni: 100, vtep: 'evpn' });
  const wish = {
    ...vlanInterface('in', 0),
    tenant: 'red',
    attachment: { type: 'vni', vni: 'v100' } as const,
    addresses: ['2001:DB8::1/64', '10.0.0.1/24'],
    hosts: [
      { mac: '02:00:00:00:00:0B', addresses: ['10.0.0.11'], vtep: '192.0.2.3' },
      { mac: '02:00:00:00:00:0A', addresses: ['2001:db8:0::a', '10.0.0.10'], vtep: '192.0.2.2' },
    ],
    remoteVteps: ['192.0.2.3', '192.0.2.2'],
  };
  const put = await store.put('interfaces', wish);
  t.equal(put.outcome, 'created');
  t.strictSame(put.document, {
    ...wish,
    addresses: ['10.0.0.1/24', '2001:db8::1/64'],
    hosts: [
      { mac: '02:00:00:00:00:0a', addresses: ['10.0.0.10', '2001:db8::a'], vtep: '192.0.2.2' },
      { mac: '02:00:00:00:00:0b', addresses: ['10.0.0.11'], vtep: '192.0.2.3' },
    ],
    remoteVteps: ['192.0.2.2', '192.0.2.3'],
  });
  await store.put('routes', {
    name: 'r',
    tenant: 'red',
    destination: '10.9.0.7/16',
    interface: 'in',
    nextHop: '10.0.0.10',
  });
  await store.put('interfaces', outerInterface('wan', 30));
  await store.put('nat-pools', pool('p', 'wan'));
  await store.put('nat-rules', { name: 'n', tenant: 'red', source: '10.0.0.0/24', pool: 'p' });
  t.equal(store.get('routes', 'r')?.document.destination, '10.9.0.0/16');
  t.strictSame(store.get('interfaces', 'in')?.document, put.document);

  const before = store.snapshot();
  const second = new Store({ client: lab.client, node });
  await second.open(AbortSignal.timeout(5_000));
  t.strictSame(second.snapshot().documents, before.documents);
  t.strictSame(second.live.problems, []);
  t.equal([...second.live.program.rows(natChunks)].length, 1);
  t.strictSame([...before.allocations.ids.values()].sort(), [1, 2, 3, 4, 5, 6, 7]);
  for (const kind of kinds) {
    for (const { document } of store.list(kind, { limit: 100 }).items) {
      const again = await store.put(kind, document);
      t.match(again, { outcome: 'unchanged', generation: before.generation }, `${kind}/${document.name}`);
    }
  }
  // A host that stays keeps its row; one that goes takes its row with it.
  const rows = await dump(lab, 'Host', ['_uuid', 'mac']);
  await store.put('interfaces', { ...wish, hosts: wish.hosts.slice(0, 1) });
  const left = await dump(lab, 'Host', ['_uuid', 'mac']);
  t.strictSame(
    left,
    rows.filter(row => row[1] === '02:00:00:00:00:0b'),
  );
});

t.test('an object cannot be what contradicts the rest', async t => {
  const { store } = await startLab(t);
  await store.put('tenants', { name: 'red' });
  await store.put('vnis', { name: 'v1', tenant: 'red', vni: 1, vtep: 'evpn' });
  await store.put('interfaces', vlanInterface('b', 10, { tenant: 'red' }));
  const { generation } = store.snapshot();
  t.match(await problemsOf(store.put('vnis', { name: 'v2', tenant: 'red', vni: 1, vtep: 'evpn' })), [
    { kind: 'vnis', name: 'v2', pointer: '/vni', why: 'conflict' },
  ]);
  t.match(
    // The earlier name would have it, but the object that was there first keeps it.
    await problemsOf(store.put('interfaces', vlanInterface('a', 10, { tenant: 'red', addresses: ['10.7.0.1/24'] }))),
    [{ kind: 'interfaces', name: 'a', pointer: '/attachment/vlan', why: 'conflict', holder: { name: 'b' } }],
  );
  t.match(await problemsOf(store.put('vnis', { name: 'v3', tenant: 'nobody', vni: 3, vtep: 'evpn' })), [
    { pointer: '/tenant', why: 'missing' },
  ]);
  const host = { mac: '02:00:00:00:00:0a', addresses: ['10.99.0.1'] };
  t.match(await problemsOf(store.put('interfaces', vlanInterface('c', 11, { tenant: 'red', hosts: [host] }))), [
    { pointer: '/hosts/0/addresses/0', why: 'invalid' },
  ]);
  t.equal(store.snapshot().generation, generation);
});

t.test('guards and references', async t => {
  const { store } = await startLab(t);
  const { etag } = await store.put('tenants', { name: 'red' }, { ifNoneMatch: '*' });
  await t.rejects(store.put('tenants', { name: 'red' }, { ifNoneMatch: '*' }), PreconditionFailed);
  await t.rejects(store.put('tenants', { name: 'new' }, { ifMatch: '*' }), PreconditionFailed);
  const updated = await store.put('tenants', { name: 'red', description: 'x' }, { ifMatch: [etag] });
  t.equal(updated.outcome, 'updated');
  t.not(updated.etag, etag);
  await t.rejects(store.put('tenants', { name: 'red' }, { ifMatch: [etag] }), PreconditionFailed);
  await store.put('vnis', { name: 'v', tenant: 'red', vni: 1, vtep: 'evpn' });
  await t.rejects(store.remove('tenants', 'red'), ObjectReferenced);
  const refused = await store.remove('tenants', 'red').catch((error: unknown) => error);
  t.match(refused, { referrers: [{ kind: 'vnis', name: 'v', pointer: '/tenant' }] });
  await t.rejects(store.remove('vnis', 'v', { ifMatch: ['"0-0"'] }), PreconditionFailed);
  await store.remove('vnis', 'v');
  await store.remove('tenants', 'red', { ifMatch: [updated.etag] });
  await t.rejects(store.remove('tenants', 'red'), ObjectNotFound);
  const again = await store.put('tenants', { name: 'red' });
  t.not(again.etag, etag, 'an id is never used again');
});

t.test('two writers at once: distinct ids and zones', async t => {
  const lab = await startLab(t);
  const other = connect(lab.server);
  t.teardown(() => other.close());
  const rival = new Store({ client: other, node });
  await rival.open(AbortSignal.timeout(5_000));
  const names = Array.from({ length: 20 }, (_, i) => `t${i}`);
  const results = await Promise.all(names.map((name, i) => (i % 2 ? lab.store : rival).put('tenants', { name })));
  t.equal(new Set(results.map(result => result.etag)).size, 20);
  t.ok(results.every(({ generation }) => generation >= 1 && generation <= 20));
  const rows = await dump(lab, 'Tenant', ['id', 'zone']);
  t.strictSame(new Set(rows.map(row => row[0])), new Set(Array.from({ length: 20 }, (_, i) => String(i + 1))));
  t.strictSame(new Set(rows.map(row => row[1])), new Set(Array.from({ length: 20 }, (_, i) => String(0x8000 + i))));
});

t.test('chunks', async t => {
  const lab = await startLab(t);
  const { store } = lab;
  await twoTenantsOnOnePool(lab);
  const chunks = () => dump(lab, 'NAT_Chunk', ['address', 'icmp', 'port', 'size']);
  t.strictSame(await chunks(), [
    ['203.0.113.10', 'false', '8192', '4096'],
    ['203.0.113.10', 'true', '4096', '4096'],
  ]);
  // A second rule of the pair shares its chunk; the chunk goes with the last of them.
  await store.put('nat-rules', { name: 'red2', tenant: 'red', source: '10.1.0.0/24', pool: 'p' });
  t.equal((await chunks()).length, 2);
  await store.remove('nat-rules', 'red');
  t.equal((await chunks()).length, 2);
  const blue = store.get('nat-rules', 'blue')?.etag;
  await store.remove('nat-rules', 'red2');
  t.strictSame(await chunks(), [['203.0.113.10', 'false', '8192', '4096']], 'not while a switch may have it for red');
  await store.letGo(store.view().generation);
  await store.pullChunks(() => () => 'nowhere');
  t.strictSame(await chunks(), [['203.0.113.10', 'true', '8192', '4096']], 'the ICMP passes to who is left');
  t.not(store.get('nat-rules', 'blue')?.etag, blue);

  await store.put('nat-pools', pool('p', 'wan', { addresses: ['203.0.113.11', '203.0.113.10'] }));
  t.strictSame(await chunks(), [['203.0.113.10', 'true', '8192', '4096']], 'what still fits stays');
  await store.put('nat-pools', pool('p', 'wan', { addresses: ['203.0.113.11'], chunkSize: 1024 }));
  t.strictSame(await chunks(), [['203.0.113.11', 'true', '1024', '1024']]);
});

t.test('a pool that is used up', async t => {
  const lab = await startLab(t);
  const { store } = lab;
  await store.put('tenants', { name: 'red' });
  await store.put('tenants', { name: 'blue' });
  await store.put('interfaces', outerInterface('wan', 30));
  await store.put('nat-pools', pool('p', 'wan', { ports: { min: 1024, max: 2047 }, chunkSize: 1024 }));
  await store.put('nat-rules', { name: 'red', tenant: 'red', source: '10.0.0.0/24', pool: 'p' });
  t.match(
    await problemsOf(store.put('nat-rules', { name: 'blue', tenant: 'blue', source: '10.0.0.0/24', pool: 'p' })),
    [{ kind: 'nat-rules', name: 'blue', pointer: '/pool', why: 'conflict', detail: /no free chunk of 1024 ports/ }],
  );
  await store.put('nat-pools', pool('p', 'wan', { ports: { min: 1024, max: 3071 }, chunkSize: 1024 }));
  await store.put('nat-rules', { name: 'blue', tenant: 'blue', source: '10.0.0.0/24', pool: 'p' });
  t.match(
    await problemsOf(store.put('nat-pools', pool('p', 'wan', { ports: { min: 1024, max: 2047 }, chunkSize: 1024 }))),
    [{ kind: 'nat-pools', name: 'p', pointer: '/addresses', why: 'conflict' }],
  );
});

t.test('what was acknowledged survives kill -9 of ovsdb-server', async t => {
  const lab = await startLab(t);
  const acknowledged: string[] = [];
  let killed = 0;
  const writes = Array.from({ length: 60 }, async (_, i) => {
    await lab.store.put('tenants', { name: `t${i}` });
    acknowledged.push(`t${i}`);
    if (i % 20 === 10 && lab.server.pid) {
      process.kill(lab.server.pid, 'SIGKILL');
      killed++;
    }
  });
  await Promise.allSettled(writes);
  t.equal(killed, 3);
  t.equal(acknowledged.length, 60, 'writes wait for the restart');
  // The last kill may have come after the last answer: the server is started again first.
  const rows = await eventually(() => dump(lab, 'Tenant', ['name']), { what: 'the server' });
  t.strictSame(new Set(rows.flat()), new Set(acknowledged));
  await lab.client.synced();
  t.equal(lab.store.snapshot().generation, 60);
});
