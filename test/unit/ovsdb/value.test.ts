import t from 'tap';
import { type ColumnType, parseColumn } from '../../../src/ovsdb/data/schema.ts';
import { namedUuid, parseUuid } from '../../../src/ovsdb/data/uuid.ts';
import { type AnyWriteValue, decodeValue, encodeValue, sameValue, type Value } from '../../../src/ovsdb/data/value.ts';
import type { Json } from '../../../src/ovsdb/json/json.ts';

const uuid = parseUuid('550E8400-e29b-41d4-a716-446655440000');

function column(type: Json): ColumnType {
  return parseColumn({ type }, 'c');
}

const string = column('string');
const optional = column({ key: 'integer', min: 0, max: 1 });
const set = column({ key: 'string', min: 0, max: 'unlimited' });
const references = column({ key: { type: 'uuid', refTable: 'T' }, min: 0, max: 'unlimited' });
const map = column({ key: 'string', value: 'integer', min: 0, max: 'unlimited' });

t.test('notation and value, both ways', async t => {
  const cases: readonly (readonly [ColumnType, Json, Value])[] = [
    [string, 'x', 'x'],
    [column('boolean'), true, true],
    [column('real'), 1.5, 1.5],
    [column('uuid'), ['uuid', uuid], uuid],
    [optional, ['set', []], undefined],
    [optional, ['set', [7]], 7],
    [set, ['set', ['a', 'b']], ['a', 'b']],
    [references, ['set', [['uuid', uuid]]], [uuid]],
    [map, ['map', [['a', 1]]], new Map([['a', 1]])],
  ];
  for (const [type, json, value] of cases) {
    t.same(decodeValue(type, json), value);
    t.same(encodeValue(type, value, 'c'), json);
  }
});

t.test('a set of one may come bare', async t => {
  t.same(decodeValue(set, 'a'), ['a']);
  t.same(decodeValue(optional, 7), 7);
  t.same(decodeValue(references, ['uuid', uuid]), [uuid]);
});

t.test('a row to be inserted may stand where a UUID may', async t => {
  t.same(encodeValue(references, [namedUuid('x'), uuid], 'c'), [
    'set',
    [
      ['named-uuid', 'x'],
      ['uuid', uuid],
    ],
  ]);
  t.throws(() => namedUuid('7x'), { code: 'OVSDB_BAD_VALUE' });
});

t.test('the server sends what the column cannot hold', async t => {
  const cases: readonly (readonly [ColumnType, Json | undefined])[] = [
    [string, 7],
    [string, undefined],
    [optional, ['set', [1, 2]]],
    [set, ['set', 'a']],
    [set, ['map', []]],
    [map, ['set', []]],
    [map, ['map', [['a']]]],
    [references, ['set', [['uuid', 'nonsense']]]],
  ];
  for (const [type, json] of cases)
    t.throws(() => decodeValue(type, json), { code: 'OVSDB_BAD_MESSAGE' }, JSON.stringify(json) ?? 'undefined');
});

t.test('the caller gives what the column cannot hold', async t => {
  const cases: readonly (readonly [ColumnType, unknown])[] = [
    [string, undefined],
    [string, ['a']],
    [optional, 1.5],
    [optional, 2 ** 53],
    [set, 'a'],
    [set, new Map()],
    [map, ['a']],
    [map, { a: 1 }],
    [references, ['nonsense']],
  ];
  for (const [type, value] of cases)
    t.throws(() => encodeValue(type, value as AnyWriteValue, 'T.c'), { code: 'OVSDB_BAD_VALUE', message: /T\.c/ });
});

t.test('sameValue', async t => {
  t.ok(sameValue(['a', 'b'], ['b', 'a']), 'a set has no order');
  t.notOk(sameValue(['a'], ['a', 'b']));
  t.notOk(sameValue(['a', 'b'], ['a', 'c']));
  t.ok(
    sameValue(
      new Map([
        ['a', 1],
        ['b', 2],
      ]),
      new Map([
        ['b', 2],
        ['a', 1],
      ]),
    ),
  );
  t.notOk(sameValue(new Map([['a', 1]]), new Map([['a', 2]])));
  t.notOk(sameValue(new Map([['a', 1]]), new Map([['b', 1]])));
  t.notOk(sameValue(undefined, ''));
  t.notOk(sameValue([], undefined));
});
