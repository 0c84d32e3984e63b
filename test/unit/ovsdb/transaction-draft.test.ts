// What a draft sends, and what it refuses before anything is sent.

import t from 'tap';
import type { StoredRow } from '../../../src/ovsdb/data/row.ts';
import { parseSchema } from '../../../src/ovsdb/data/schema.ts';
import { parseUuid } from '../../../src/ovsdb/data/uuid.ts';
import { type OpenVSwitchTables, openVSwitchSchema } from '../../../src/ovsdb/generated/open-vswitch.ts';
import { TransactionDraft } from '../../../src/ovsdb/transaction/transaction-draft.ts';

type Tables = OpenVSwitchTables;

const uuid = parseUuid('00000000-0000-4000-8000-000000000001');
const bridge = {
  _uuid: uuid,
  name: 'br',
  fail_mode: undefined,
  flood_vlans: [1, 2],
  external_ids: new Map([['a', '1']]),
} as unknown as StoredRow<Tables['Bridge']>;
const where = [['_uuid', '==', uuid]];

function start(): TransactionDraft<Tables> {
  return new TransactionDraft<Tables>(openVSwitchSchema);
}

t.test('an update waits for what it replaces, and for nothing else', async t => {
  const draft = start();
  draft.assertLock('l');
  draft.update('Bridge', bridge, { fail_mode: 'secure', flood_vlans: [2, 1] });
  draft.comment('c');
  t.same(draft.plan().operations, [
    { op: 'assert', lock: 'l' },
    {
      op: 'wait',
      table: 'Bridge',
      where,
      columns: ['fail_mode'],
      until: '==',
      rows: [{ fail_mode: undefined }],
      timeout: 0,
    },
    { op: 'update', table: 'Bridge', where, row: { fail_mode: 'secure' } },
    { op: 'comment', comment: 'c' },
  ]);
});

t.test('a write taken back is none', async t => {
  const draft = start();
  draft.update('Bridge', bridge, { fail_mode: 'secure' });
  draft.update('Bridge', bridge, { fail_mode: undefined });
  t.same(draft.plan().operations, []);
});

t.test('whether a write overwrites is said by the last one; what was verified stays verified', async t => {
  const draft = start();
  draft.update('Bridge', bridge, { fail_mode: 'secure' });
  draft.update('Bridge', bridge, { fail_mode: 'standalone' }, { overwrite: true });
  t.match(draft.plan().operations, [{ op: 'wait', columns: [] }, { op: 'update' }]);
  draft.verify('Bridge', bridge, ['fail_mode']);
  draft.update('Bridge', bridge, { fail_mode: 'secure' }, { overwrite: true });
  t.match(draft.plan().operations, [{ op: 'wait', columns: ['fail_mode'] }, { op: 'update' }]);
});

t.test('the last write of a column counts, also over its mutations', async t => {
  const draft = start();
  draft.mutate('Bridge', bridge, ['flood_vlans', 'insert', [3]], ['external_ids', 'delete', ['a']]);
  draft.update('Bridge', bridge, { flood_vlans: [9] });
  t.same(
    draft.plan().operations.map(operation => operation.op),
    ['wait', 'update', 'mutate'],
  );
  t.match(draft.plan().operations.at(-1), { mutations: [['external_ids', 'delete', ['a']]] });
});

t.test('keys: a pair that is replaced must be there before, all must be there after', async t => {
  const draft = start();
  draft.setKeys(
    'Bridge',
    bridge,
    'external_ids',
    new Map([
      ['a', '2'],
      ['b', '3'],
    ]),
  );
  const wait = (pairs: ReadonlyMap<string, string>) => ({
    op: 'wait',
    where: [...where, ['external_ids', 'includes', pairs]],
    columns: [],
    rows: [{}],
  });
  t.match(draft.plan().operations, [
    { op: 'wait', where, columns: [] },
    wait(new Map([['a', '1']])),
    {
      op: 'mutate',
      mutations: [
        ['external_ids', 'delete', new Map([['a', '1']])],
        [
          'external_ids',
          'insert',
          new Map([
            ['a', '2'],
            ['b', '3'],
          ]),
        ],
      ],
    },
    wait(
      new Map([
        ['a', '2'],
        ['b', '3'],
      ]),
    ),
  ]);
});

t.test('keys of a new row, and the last write of a new row', async t => {
  const draft = start();
  const root = draft.insert('Open_vSwitch', { external_ids: new Map([['a', '1']]), db_version: '1' });
  draft.setKeys('Open_vSwitch', root, 'external_ids', new Map([['a', '2']]));
  draft.mutate('Open_vSwitch', root, ['other_config', 'insert', new Map([['k', 'v']])]);
  draft.update('Open_vSwitch', root, { other_config: new Map() });
  const [insert, mutate, ...none] = draft.plan().operations;
  t.match(insert, { op: 'insert', row: { db_version: '1', other_config: new Map() } });
  t.same(mutate && 'mutations' in mutate && mutate.mutations, [
    ['external_ids', 'delete', ['a']],
    ['external_ids', 'insert', new Map([['a', '2']])],
  ]);
  t.same(none, []);
});

t.test('rows of the transaction itself', async t => {
  const draft = start();
  const iface = draft.insert('Interface', { name: 'p' });
  const port = draft.insert('Port', { name: 'p', interfaces: [iface] });
  const unused = draft.insert('Port', { name: 'q' });
  draft.delete('Port', unused);
  draft.mutate('Bridge', bridge, ['ports', 'insert', [port]]);
  t.match(draft.plan().operations, [
    { op: 'wait' },
    { op: 'insert', table: 'Interface', uuidName: iface.name },
    { op: 'insert', table: 'Port', uuidName: port.name, row: { interfaces: [iface] } },
    { op: 'mutate', table: 'Bridge' },
  ]);
  t.same(
    [...draft.plan().inserts],
    [
      [1, iface],
      [2, port],
    ],
  );
  t.throws(() => draft.update('Port', unused, { tag: 1 }), { code: 'OVSDB_BAD_VALUE' });
  t.throws(() => start().update('Port', port, { tag: 1 }), { code: 'OVSDB_BAD_VALUE' }, 'of another transaction');
});

t.test('no two inserts have one name, whatever was deleted between them', async t => {
  const draft = start();
  const gone = draft.insert('Open_vSwitch', {});
  const first = draft.insert('Open_vSwitch', { db_version: '1' });
  draft.delete('Open_vSwitch', gone);
  const second = draft.insert('Open_vSwitch', { db_version: '2' });
  t.same(
    [...draft.plan().inserts.values()].map(({ name }) => name),
    [first.name, second.name],
  );
});

t.test('a value that is no row of the transaction', async t => {
  const bad = { code: 'OVSDB_BAD_VALUE', message: /Bridge\.ports/ };
  const stale = start().insert('Port', { name: 'p' });
  const draft = start();
  draft.insert('Port', { name: 'another of that name' });
  draft.mutate('Bridge', bridge, ['ports', 'insert', [stale]]);
  t.throws(() => draft.plan(), bad, 'of another transaction');

  const deleted = start();
  const port = deleted.insert('Port', { name: 'p' });
  deleted.mutate('Bridge', bridge, ['ports', 'insert', [port]]);
  deleted.delete('Port', port);
  t.throws(() => deleted.plan(), bad, 'deleted again');
});

t.test('references that keep a row: strong, inserted, and from another row', async t => {
  const refused = { code: 'OVSDB_UNREFERENCED' };
  const removed = start();
  const port = removed.insert('Port', { name: 'p' });
  removed.mutate('Bridge', bridge, ['ports', 'delete', [port]]);
  t.throws(() => removed.plan(), refused, 'a deletion is no reference');

  const weak = start();
  const output = weak.insert('Port', { name: 'p' });
  const mirror = weak.insert('Mirror', { name: 'm', output_port: output });
  weak.mutate('Bridge', bridge, ['mirrors', 'insert', [mirror]]);
  t.throws(() => weak.plan(), { ...refused, tables: ['Port'] }, 'a weak reference is none');

  const deleted = start();
  const other = deleted.insert('Port', { name: 'p' });
  deleted.update('Bridge', bridge, { ports: [other] }, { overwrite: true });
  deleted.delete('Bridge', bridge);
  t.throws(() => deleted.plan(), refused, 'the row that refers to it is deleted');

  // RFC 7047 section 3.2: where no table says that it is in the root set, all are.
  const table = { columns: { self: { type: { key: { type: 'uuid', refTable: 'T' }, min: 0 } } } };
  const allRoots = new TransactionDraft<{ T: object }>(parseSchema({ name: 'D', tables: { T: table } }));
  allRoots.insert('T', {});
  t.equal(allRoots.plan().operations.length, 1);
  const someRoots = new TransactionDraft<{ T: { readonly self: typeof uuid | undefined } }>(
    parseSchema({ name: 'D', tables: { T: table, R: { columns: {}, isRoot: true } } }),
  );
  const row = someRoots.insert('T', {});
  someRoots.update('T', row, { self: row });
  t.throws(() => someRoots.plan(), refused, 'a row does not keep itself');
});

t.test('what cannot be right', async t => {
  const bad = { code: 'OVSDB_BAD_VALUE' };
  const draft = start();
  t.throws(() => draft.update('Bridge', bridge, { name: 'other' }), bad, 'immutable');
  t.throws(() => draft.update('Bridge', bridge, { nonsense: 1 } as object), bad);
  t.throws(() => draft.update('Bridge', { ...bridge }, { fail_mode: 'secure' }), bad, 'two states of one row');
  t.throws(
    () => draft.update('Bridge', bridge, { datapath_id: '1' }),
    { code: 'OVSDB_NOT_MONITORED', message: /Bridge\.datapath_id/ },
    'it is not known what would be overwritten',
  );
  draft.update('Bridge', bridge, { datapath_id: '1' }, { overwrite: true });
  t.throws(() => draft.verify('Bridge', bridge, ['protocols']), { code: 'OVSDB_NOT_MONITORED' });
  draft.delete('Bridge', bridge);
  t.throws(() => draft.update('Bridge', bridge, { fail_mode: 'secure' }), bad, 'deleted');
});

t.test('a new row is what it was made: nothing is to be verified', async t => {
  const draft = start();
  const port = draft.insert('Port', { name: 'p' });
  draft.verify('Port', port, ['name']);
  draft.mutate('Bridge', bridge, ['ports', 'insert', [port]]);
  t.notOk(draft.plan().operations.some(operation => operation.op === 'wait' && operation.table === 'Port'));
});

t.test('types', async t => {
  const draft = start();
  const types = (): void => {
    const port = draft.insert('Port', { name: 'p' });
    // @ts-expect-error an Interface is wanted, and a number is none
    draft.insert('Port', { interfaces: [7] });
    // @ts-expect-error no such column
    draft.update('Port', port, { nome: 'x' });
    // @ts-expect-error a row of another table
    draft.update('Bridge', port, { name: 'x' });
    // @ts-expect-error not a map
    draft.setKeys('Bridge', bridge, 'ports', new Map());
    // @ts-expect-error names do not add
    draft.mutate('Bridge', bridge, ['name', '+=', 1]);
    // @ts-expect-error no such column
    draft.verify('Port', port, ['nome']);
  };
  t.type(types, 'function');
});
