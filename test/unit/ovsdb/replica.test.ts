import t from 'tap';
import type { RowChange } from '../../../src/ovsdb/data/row.ts';
import { commonSchema, parseSchema } from '../../../src/ovsdb/data/schema.ts';
import { parseUuid, type Uuid } from '../../../src/ovsdb/data/uuid.ts';
import type { Json } from '../../../src/ovsdb/json/json.ts';
import { encodeMonitorRequests, planMonitor } from '../../../src/ovsdb/monitor/monitor.ts';
import { ReplicaStore } from '../../../src/ovsdb/replica/replica.ts';
import { makeLayouts } from '../../../src/ovsdb/replica/table-layout.ts';
import { runInSlices } from '../../../src/ovsdb/slices.ts';

interface Tables {
  readonly T: { readonly name: string; readonly tags: readonly string[]; readonly extra?: string | undefined };
  readonly U: { readonly n: number };
}

const tags = { key: 'string', min: 0, max: 'unlimited' };
const known = parseSchema({
  name: 'D',
  version: '1.0.0',
  tables: {
    T: { columns: { name: { type: 'string' }, tags: { type: tags }, extra: { type: { key: 'string', min: 0 } } } },
    U: { columns: { n: { type: 'integer' } } },
  },
});
const server = parseSchema({
  name: 'D',
  version: '0.9.0',
  tables: { T: { columns: { name: { type: 'string' }, tags: { type: tags }, extra: { type: 'string' } } } },
});

function id(n: number): Uuid {
  return parseUuid(`00000000-0000-4000-8000-${String(n).padStart(12, '0')}`);
}

const plan = planMonitor<Tables>(known, commonSchema(known, server), { T: true, U: ['n'] });

t.test('the plan leaves out what the server lacks or means otherwise', async t => {
  t.same(plan.missing, ['T.extra', 'U']);
  t.same(encodeMonitorRequests(plan.columns), { T: [{ columns: ['name', 'tags'] }] });
});

type Store = ReplicaStore<Tables>;
type Changes = readonly RowChange<Tables>[];

/** In `full` notation; so few rows are done at once. */
function replaceWith(replica: Store, updates: Json): Changes {
  return runInSlices(replica.replace(makeLayouts(plan.columns), { notation: 'full', updates })) as Changes;
}

function applyTo(replica: Store, rows: object): Changes {
  return runInSlices(replica.apply({ notation: 'full', updates: { T: rows as Json } })) as Changes;
}

t.test('updates become changes', async t => {
  const replica = new ReplicaStore<Tables>(['T', 'U']);
  t.equal(replica.synced, false);
  const one = { name: 'one', tags: ['set', ['a', 'b']] };
  const two = { name: 'two', tags: 'c' };
  t.same(
    replaceWith(replica, { T: { [id(1)]: { new: one }, [id(2)]: { new: two } } }).map(change => change.kind),
    ['insert', 'insert'],
  );
  replica.markSynced();
  t.equal(replica.generation, 1);
  t.ok(replica.synced);
  t.same([...replica.rows('U')], []);

  const before = replica.get('T', id(1));
  const [change] = applyTo(replica, { [id(1)]: { old: { name: 'one' }, new: { ...one, name: 'uno' } } });
  t.match(change, { kind: 'modify', uuid: id(1), old: { name: 'one' }, new: { name: 'uno' } });
  t.equal(before?.name, 'one', 'rows held by readers do not change');
  t.equal(replica.get('T', id(1))?.tags, before?.tags, 'unchanged values are shared');

  t.same(applyTo(replica, { [id(2)]: { old: {}, new: two }, [id(9)]: { old: {} } }), [], 'no difference, no change');
  t.match(applyTo(replica, { [id(2)]: { old: two } }), [{ kind: 'delete', old: { name: 'two' }, new: undefined }]);
});

t.test('a resync yields only differences', async t => {
  const replica = new ReplicaStore<Tables>(['T', 'U']);
  const rows = (...entries: readonly (readonly [number, object])[]) =>
    replaceWith(replica, { T: Object.fromEntries(entries.map(([n, row]) => [id(n), { new: row as Json }])) });
  const row = (name: string, ...tags: string[]) => ({ name, tags: ['set', tags] });
  rows([1, row('same', 'a', 'b')], [2, row('changes')], [3, row('goes')]);
  replica.markSynced();
  replica.markStale();
  t.equal(replica.synced, false);
  t.equal(replica.count('T'), 3, 'a stale replica keeps its contents');
  const changes = rows([1, row('same', 'b', 'a')], [2, row('changed')], [4, row('comes')]);
  replica.markSynced();
  t.same(
    changes.map(change => [change.kind, change.uuid]),
    [
      ['modify', id(2)],
      ['insert', id(4)],
      ['delete', id(3)],
    ],
  );
  t.equal(replica.generation, 2);
  t.same(rows([1, row('same', 'a', 'b')], [2, row('changed')], [4, row('comes')]), []);
});

t.test('updates that make no sense change nothing', async t => {
  const replica = new ReplicaStore<Tables>(['T', 'U']);
  replaceWith(replica, { T: { [id(1)]: { new: { name: 'one', tags: 'a' } } } });
  const fine = { [id(2)]: { new: { name: 'two', tags: 'b' } } };
  for (const updates of [
    null,
    { T: fine, X: {} },
    { T: { ...fine, nonsense: { new: {} } } },
    { T: { ...fine, [id(3)]: { new: { name: 'x' } } } },
    { T: { ...fine, [id(3)]: 7 } },
  ] as readonly Json[]) {
    for (const work of [
      replica.apply({ notation: 'full', updates }),
      replica.replace(makeLayouts(plan.columns), { notation: 'full', updates }),
    ])
      t.throws(() => runInSlices(work), { code: 'OVSDB_BAD_MESSAGE' });
  }
  t.throws(
    () => runInSlices(replica.apply({ notation: 'diff', updates: { T: { [id(2)]: { modify: { name: 'x' } } } } })),
    { code: 'OVSDB_BAD_MESSAGE' },
    'a row that is not there',
  );
  t.same(
    [...replica.rows('T')].map(row => row.name),
    ['one'],
  );
});
