// An export with its numbers, put into a new state: the same numbers, the same program; and everything that stands against it.

import t from 'tap';
import type { BatchItem } from '../../../src/controller/state/batch-plan.ts';
import { ImportRejected } from '../../../src/controller/state/errors.ts';
import type { Import, ImportItem } from '../../../src/controller/state/import-plan.ts';
import type { Store } from '../../../src/controller/state/store.ts';
import { formatFlow, unsealFlow } from '../../../src/openflow/index.ts';
import { flows } from '../../../src/policy/facts/outcome.ts';
import { node, outerInterface, pool, startLab, vlanInterface } from './fixture.ts';

const tenant = (name: string): BatchItem => ({ kind: 'tenants', document: { name } });
const rule = (name: string, tenant: string, source: string): BatchItem => ({
  ...{ kind: 'nat-rules', document: { name, tenant, source, pool: 'p' } },
});

/** Some objects that came and went, so that no number is the first that is free. */
async function fill(store: Store): Promise<void> {
  await store.batch([tenant('gone'), tenant('red'), tenant('blue')]);
  await store.batch([
    { kind: 'interfaces', document: vlanInterface('gone', 10, { tenant: 'gone' }) },
    { kind: 'interfaces', document: vlanInterface('in', 11, { tenant: 'red' }) },
    { kind: 'interfaces', document: vlanInterface('in2', 12, { tenant: 'blue' }) },
    { kind: 'interfaces', document: outerInterface('wan', 30) },
    { kind: 'nat-pools', document: pool('p', 'wan') },
    rule('gone', 'gone', '10.0.0.0/8'),
    rule('blue', 'blue', '10.0.0.0/8'),
  ]);
  await store.batch([rule('red', 'red', '10.0.0.0/8'), rule('red2', 'red', '10.9.0.0/16')]);
  await store.batch([
    { kind: 'nat-rules', name: 'gone' },
    { kind: 'interfaces', name: 'gone' },
    { kind: 'tenants', name: 'gone' },
  ]);
  await store.put('tenants', { name: 'red', description: 'again', labels: { env: 'prod' } });
}

function carried(store: Store): Import {
  const { objects, numbers } = store.export([], true);
  if (!numbers) throw new Error('there are no numbers');
  return { numbers, items: objects as readonly ImportItem[] };
}

function programOf({ live: { program } }: Store): readonly string[] {
  const rows = Object.values(flows).flatMap(table => [...program.rows(table)]);
  return rows.map(row => formatFlow(unsealFlow(row))).sort();
}

t.test('the same numbers in a new state', async t => {
  const clock = { now: Date.parse('2026-01-31T12:00:00Z') };
  const options = { portRest: 120, now: () => clock.now };
  const [{ store: from }, { store: to }] = [await startLab(t, options), await startLab(t, options)];
  const ofport = new Map([...['p0', 'p1', 'pf0vf0'].entries()].map(([i, name]) => [name, i + 1]));
  for (const store of [from, to])
    store.live.observe(node, { integrationPorts: ofport, physicalPorts: ofport, attached: new Map() }, new Map());
  await fill(from);
  await from.letGo(from.view().generation);
  const whole = carried(from);
  t.match(whole.numbers, { nextId: 13, lastIndex: 4, resting: [{ size: 4096, until: '2026-01-31T12:02:00.000Z' }] });
  clock.now += 20_000;
  const { generation } = await to.import(whole);
  t.equal(generation, to.view().generation);

  const numbersIn = ({
    documents,
    allocations,
    nextId,
    lastIndex,
    lastPorts,
    bindings,
  }: ReturnType<Store['view']>) => ({
    documents: Object.values(documents).map(rows => [...rows]),
    ids: [...allocations.ids].sort(),
    zones: [...allocations.zones].sort(),
    indexes: [...allocations.indexes].sort(),
    chunks: [...allocations.chunks].sort((a, b) => a.port - b.port),
    ...{ nextId, lastIndex, lastPorts: [...lastPorts] },
    bindings: [...bindings.interfaces].sort(),
  });
  t.strictSame(numbersIn(to.view()), numbersIn(from.view()));
  t.ok(programOf(from).length > 20);
  t.strictSame(programOf(to), programOf(from));
  for (const { kind, document } of whole.items)
    t.equal(to.get(kind, document.name)?.etag, from.get(kind, document.name)?.etag, `${kind}/${document.name}`);
  t.strictSame(carried(to), whole, 'and it can be carried on');
  t.match(to.view().retiredRows, [{ kind: 'ports', rest: 100, holders: [] }]);

  // What comes next is what would have come next.
  for (const store of [from, to]) {
    await store.batch([
      tenant('next'),
      { kind: 'interfaces', document: vlanInterface('next', 40, { tenant: 'next' }) },
    ]);
    await store.put('nat-rules', { name: 'next', tenant: 'next', source: '10.0.0.0/8', pool: 'p' });
  }
  t.strictSame(numbersIn(to.view()), numbersIn(from.view()));
  t.strictSame(await to.pullChunks(() => () => 'here'), []);
});

t.test('all that stands against it is told, and nothing is written', async t => {
  const [{ store: from }, { store: to }] = [await startLab(t), await startLab(t)];
  await fill(from);
  const whole = carried(from);
  const refused = async (change: (item: ImportItem) => object) => {
    const items = whole.items.map(item => ({ ...item, ...change(item) })) as readonly ImportItem[];
    const error: unknown = await to.import({ ...whole, items }).then(
      () => undefined,
      error => error,
    );
    t.equal(to.view().objects.size, 0);
    t.equal(to.view().nextId, 1);
    if (!(error instanceof ImportRejected)) throw error ?? new Error('it was taken');
    return error.problems.map(({ kind, name, pointer, detail }) => `${kind}/${name} ${pointer}: ${detail}`);
  };
  const give = (name: string, more: object) => (item: ImportItem) =>
    item.document.name === name ? { allocation: { ...item.allocation, ...more } } : {};
  const idOf = (name: string) => whole.items.find(({ document }) => document.name === name)?.allocation.id;
  const redChunks = whole.items.find(({ kind, document }) => kind === 'nat-rules' && document.name === 'red');
  const first = redChunks?.allocation.chunks?.[0];
  t.ok(first, 'the rule has a chunk');
  const blue = whole.items.find(({ kind, document }) => kind === 'nat-rules' && document.name === 'blue');
  const blueChunk = blue?.allocation.chunks?.[0];
  const inRule = (name: string, more: object) => (item: ImportItem) =>
    item.kind === 'nat-rules' && item.document.name === name
      ? { allocation: { ...item.allocation, chunks: [{ ...first, ...more }] } }
      : {};
  t.strictSame(await refused(give('wan', { id: idOf('p') })), [
    `nat-pools/p /allocation/id: id ${idOf('p')} is that of interfaces/wan`,
  ]);
  t.strictSame(await refused(give('in2', { index: 2 })), [
    'interfaces/in2 /allocation/index: index 2 is that of interfaces/in',
  ]);
  t.match(
    await refused(item => (item.kind === 'tenants' ? { allocation: { ...item.allocation, zone: 40_000 } } : {})),
    [/^tenants\/red \/allocation\/zone: zone 40000 is that of tenants\/blue$/],
  );
  to.foreignZones = () => [40_001];
  t.match(
    await refused(item =>
      item.document.name === 'red' && item.kind === 'tenants'
        ? { allocation: { ...item.allocation, zone: 40_001 } }
        : {},
    ),
    [/zone 40001 is another bridge's/],
  );
  to.foreignZones = () => [];
  t.match(await refused(inRule('red2', { port: 40_960 })), [
    /^nat-rules\/red2 \/allocation\/chunks\/0: nat-rules\/red, of the same/,
  ]);
  t.match(await refused(inRule('blue', {})), [
    /^nat-rules\/red \/allocation\/chunks\/0\/port: nat-rules\/blue has some/,
  ]);
  t.match(await refused(inRule('blue', { ...blueChunk, icmp: true, port: 61_440, address: '203.0.113.99' })), [
    /^nat-rules\/blue \/allocation\/chunks\/0: it is no chunk of nat-pools\/p/,
  ]);
  t.match(await refused(inRule('blue', { ...blueChunk, port: Number(blueChunk?.port) + 64 })), [/it is no chunk/]);
  t.match(await refused(inRule('blue', { ...blueChunk, node: 'other' })), [
    /^nat-rules\/blue \/allocation\/chunks\/0\/node: there is no node "other" \(there is: node1\)/,
  ]);
  const both = (item: ImportItem) => ({ ...give('in2', { index: 2 })(item), ...give('wan', { id: idOf('p') })(item) });
  t.equal((await refused(both)).length, 2, 'each of them');
  t.match(
    await refused(item =>
      item.kind === 'vnis' ? {} : item.document.name === 'wan' ? { document: { ...item.document, name: 'lan' } } : {},
    ),
    [/there is no interface "wan"/],
  );

  // A state that is not new.
  await to.put('tenants', { name: 'x' });
  const taken = (error: RegExp) => t.rejects(to.import(whole), { code: 'STATE_IMPORT_REJECTED', message: error });
  await taken(/not empty: it holds 1 objects/);
  await to.remove('tenants', 'x');
  await taken(/has given out numbers before/);
  t.equal(to.view().objects.size, 0);
});
