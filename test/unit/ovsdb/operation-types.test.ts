// What the compiler takes and refuses: checked by tsc, not by running.

import t from 'tap';
import type { OpenVSwitchTables } from '../../../src/ovsdb/generated/open-vswitch.ts';
import { openVSwitchSchema } from '../../../src/ovsdb/generated/open-vswitch.ts';
import { namedUuid, type Operation, type RowChange, type Uuid } from '../../../src/ovsdb/index.ts';
import { encodeOperation } from '../../../src/ovsdb/transaction/operation.ts';

type Op = Operation<OpenVSwitchTables>;

const uuid = '550e8400-e29b-41d4-a716-446655440000' as Uuid;

t.test('taken, and encoded', async t => {
  const operations: readonly (readonly [Op, unknown])[] = [
    [
      { op: 'insert', table: 'Bridge', row: { name: 'b', ports: [namedUuid('p'), uuid], flow_tables: new Map() } },
      {
        op: 'insert',
        table: 'Bridge',
        row: {
          name: 'b',
          ports: [
            'set',
            [
              ['named-uuid', 'p'],
              ['uuid', uuid],
            ],
          ],
          flow_tables: ['map', []],
        },
      },
    ],
    [
      { op: 'update', table: 'Port', where: [['_uuid', '==', uuid]], row: { tag: undefined, qos: namedUuid('q') } },
      {
        op: 'update',
        table: 'Port',
        where: [['_uuid', '==', ['uuid', uuid]]],
        row: { tag: ['set', []], qos: ['set', [['named-uuid', 'q']]] },
      },
    ],
    [
      {
        op: 'mutate',
        table: 'Bridge',
        where: [['external_ids', 'includes', new Map([['a', 'b']])]],
        mutations: [
          ['external_ids', 'delete', ['a']],
          ['ports', 'insert', [uuid]],
        ],
      },
      {
        op: 'mutate',
        table: 'Bridge',
        where: [['external_ids', 'includes', ['map', [['a', 'b']]]]],
        mutations: [
          ['external_ids', 'delete', ['set', ['a']]],
          ['ports', 'insert', ['set', [['uuid', uuid]]]],
        ],
      },
    ],
    [
      {
        op: 'wait',
        table: 'Port',
        where: [['tag', '!=', undefined]],
        columns: ['tag'],
        until: '!=',
        rows: [{ tag: 7 }],
        timeout: 0,
      },
      {
        op: 'wait',
        table: 'Port',
        where: [['tag', '!=', ['set', []]]],
        columns: ['tag'],
        until: '!=',
        rows: [{ tag: ['set', [7]] }],
        timeout: 0,
      },
    ],
  ];
  for (const [operation, json] of operations) t.same(encodeOperation(openVSwitchSchema, operation), json);
});

t.test('refused', async t => {
  const refused: readonly Op[] = [
    // @ts-expect-error no such table
    { op: 'insert', table: 'Bridges', row: {} },
    // @ts-expect-error no such column
    { op: 'insert', table: 'Bridge', row: { nome: 'b' } },
    // @ts-expect-error a set is an array
    { op: 'insert', table: 'Bridge', row: { ports: uuid } },
    // @ts-expect-error a UUID is no plain string
    { op: 'insert', table: 'Bridge', row: { ports: ['x'] } },
    // @ts-expect-error not in the enumeration
    { op: 'insert', table: 'Bridge', row: { fail_mode: 'open' } },
    // @ts-expect-error a name cannot be empty
    { op: 'update', table: 'Bridge', where: [], row: { name: undefined } },
    // @ts-expect-error strings have no order
    { op: 'delete', table: 'Bridge', where: [['name', '<', 'x']] },
    // @ts-expect-error strings do not add
    { op: 'mutate', table: 'Bridge', where: [], mutations: [['name', '+=', 1]] },
    // @ts-expect-error a map is a Map
    { op: 'mutate', table: 'Bridge', where: [], mutations: [['external_ids', 'insert', { a: 'b' }]] },
    // @ts-expect-error not a column of this table
    { op: 'select', table: 'Bridge', where: [], columns: ['tag'] },
  ];
  t.equal(refused.length, 10);
});

t.test('a change narrows by its table and kind', async t => {
  const describe = (change: RowChange<OpenVSwitchTables>): string => {
    if (change.table === 'Port' && change.kind === 'modify') return `${change.old.tag} to ${change.new.tag}`;
    return change.kind === 'delete' ? change.old._uuid : change.new._uuid;
  };
  t.type(describe, 'function');
});
