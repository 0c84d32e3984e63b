import t from 'tap';
import { decodeTableUpdates, encodeMonitorRequests, planMonitor } from '../../../src/ovsdb/monitor.ts';
import { ReplicaStore } from '../../../src/ovsdb/replica.ts';
import { commonSchema, parseSchema } from '../../../src/ovsdb/schema.ts';
import { parseUuid, type Uuid } from '../../../src/ovsdb/uuid.ts';

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

t.test('updates become changes', async t => {
  const replica = new ReplicaStore<Tables>(['T', 'U']);
  const decode = (rows: object) => decodeTableUpdates(plan.columns, { T: rows as never });
  t.equal(replica.synced, false);
  const one = { name: 'one', tags: ['set', ['a', 'b']] };
  const two = { name: 'two', tags: 'c' };
  t.same(
    replica.replace(decode({ [id(1)]: { new: one }, [id(2)]: { new: two } })).map(change => change.kind),
    ['insert', 'insert'],
  );
  t.equal(replica.generation, 1);
  t.ok(replica.synced);
  t.same([...replica.rows('U')], []);

  const before = replica.get('T', id(1));
  const [change] = replica.apply(decode({ [id(1)]: { old: { name: 'one' }, new: { ...one, name: 'uno' } } }));
  t.match(change, { kind: 'modify', uuid: id(1), old: { name: 'one' }, new: { name: 'uno' } });
  t.equal(before?.name, 'one', 'rows held by readers do not change');
  t.equal(replica.get('T', id(1))?.tags, before?.tags, 'unchanged values are shared');

  t.same(
    replica.apply(decode({ [id(2)]: { old: {}, new: two }, [id(9)]: { old: {} } })),
    [],
    'no difference, no change',
  );
  t.match(replica.apply(decode({ [id(2)]: { old: two } })), [{ kind: 'delete', old: { name: 'two' }, new: undefined }]);
});

t.test('a resync yields only differences', async t => {
  const replica = new ReplicaStore<Tables>(['T', 'U']);
  const rows = (...entries: readonly (readonly [number, object])[]) =>
    decodeTableUpdates(plan.columns, {
      T: Object.fromEntries(entries.map(([n, row]) => [id(n), { new: row as never }])),
    });
  const row = (name: string, ...tags: string[]) => ({ name, tags: ['set', tags] });
  replica.replace(rows([1, row('same', 'a', 'b')], [2, row('changes')], [3, row('goes')]));
  replica.markStale();
  t.equal(replica.synced, false);
  t.equal(replica.count('T'), 3, 'a stale replica keeps its contents');
  const changes = replica.replace(rows([1, row('same', 'b', 'a')], [2, row('changed')], [4, row('comes')]));
  t.same(
    changes.map(change => [change.kind, change.uuid]),
    [
      ['modify', id(2)],
      ['insert', id(4)],
      ['delete', id(3)],
    ],
  );
  t.equal(replica.generation, 2);
  t.same(replica.replace(rows([1, row('same', 'a', 'b')], [2, row('changed')], [4, row('comes')])), []);
});

t.test('updates that make no sense', async t => {
  for (const json of [null, { X: {} }, { T: { nonsense: { new: {} } } }, { T: { [id(1)]: { new: { name: 'x' } } } }])
    t.throws(() => decodeTableUpdates(plan.columns, json), { code: 'OVSDB_BAD_MESSAGE' });
});
