import t from 'tap';
import {
  findColumn,
  findTable,
  parseSchema,
  sameShape,
  shapeOf,
  type TableSchema,
} from '../../../src/ovsdb/data/schema.ts';
import type { Json } from '../../../src/ovsdb/json/json.ts';

function schemaOf(type: Json, more: Json = {}): Json {
  return { name: 'D', version: '1.0.0', tables: { T: { columns: { c: { type, ...(more as object) } } } } };
}

t.test('a schema with everything', async t => {
  const schema = parseSchema({
    name: 'D',
    version: '1.2.3',
    cksum: '1 2',
    tables: {
      T: {
        columns: {
          name: { type: 'string', mutable: false },
          mode: { type: { key: { type: 'string', enum: ['set', ['a', 'b']] }, min: 0 } },
          one: { type: { key: { type: 'string', enum: 'only' } } },
          level: { type: { key: { type: 'integer', minInteger: 0, maxInteger: 9 } }, ephemeral: true },
          ratio: { type: { key: { type: 'real', minReal: 0.5, maxReal: 1.5 } } },
          text: { type: { key: { type: 'string', minLength: 1, maxLength: 8 } } },
          refs: { type: { key: { type: 'uuid', refTable: 'T', refType: 'weak' }, min: 0, max: 4 } },
          map: { type: { key: 'string', value: { type: 'uuid', refTable: 'T' }, min: 0, max: 'unlimited' } },
        },
        isRoot: true,
        maxRows: 3,
        indexes: [['name'], ['mode', 'level']],
      },
    },
  });
  t.same(schema, {
    name: 'D',
    version: '1.2.3',
    tables: {
      T: {
        columns: {
          name: { key: { kind: 'string' }, min: 1, max: 1, immutable: true },
          mode: { key: { kind: 'string', enum: ['a', 'b'] }, min: 0, max: 1 },
          one: { key: { kind: 'string', enum: ['only'] }, min: 1, max: 1 },
          level: { key: { kind: 'integer', min: 0, max: 9 }, min: 1, max: 1, ephemeral: true },
          ratio: { key: { kind: 'real', min: 0.5, max: 1.5 }, min: 1, max: 1 },
          text: { key: { kind: 'string', minLength: 1, maxLength: 8 }, min: 1, max: 1 },
          refs: { key: { kind: 'uuid', refTable: 'T', refType: 'weak' }, min: 0, max: 4 },
          map: { key: { kind: 'string' }, value: { kind: 'uuid', refTable: 'T', refType: 'strong' }, min: 0 },
        },
        isRoot: true,
        maxRows: 3,
        indexes: [['name'], ['mode', 'level']],
      },
    },
  });
  const columns = Object.values(schema.tables.T?.columns ?? {});
  t.same(columns.map(shapeOf), ['scalar', 'optional', 'scalar', 'scalar', 'scalar', 'scalar', 'set', 'map']);
});

t.test('enumerations and bounds of 64 bits, and of UUIDs', async t => {
  const id = '00000000-0000-4000-8000-000000000001';
  const column = (type: Json) => findColumn(findTable(parseSchema(schemaOf(type)), 'T') as TableSchema, 'c');
  t.match(column({ key: { type: 'integer', enum: ['set', [1, 2n ** 62n]] } }), { key: { enum: [1, 2n ** 62n] } });
  t.match(column({ key: { type: 'integer', minInteger: -(2n ** 63n) } }), { key: { min: -(2n ** 63n) } });
  t.match(column({ key: { type: 'uuid', enum: ['uuid', id] } }), { key: { enum: [id] } });
  t.throws(() => column({ key: { type: 'string', enum: ['set', [null]] } }), { code: 'OVSDB_BAD_SCHEMA' });
});

t.test('shapes compare without limits', async t => {
  const key = { kind: 'string' } as const;
  t.ok(sameShape({ key, min: 0, max: 4 }, { key: { kind: 'string', maxLength: 3 }, min: 1 }));
  t.notOk(sameShape({ key, min: 0, max: 1 }, { key, min: 0 }));
  t.notOk(sameShape({ key, min: 0 }, { key: { kind: 'uuid' }, min: 0 }));
});

t.test('an object is not looked up by what it inherits', async t => {
  const table = parseSchema(schemaOf('string')).tables.T;
  t.equal(table && findColumn(table, 'constructor'), undefined);
  t.match(table && findColumn(table, '_uuid'), { key: { kind: 'uuid' } });
});

t.test('broken schemas', async t => {
  const broken: readonly Json[] = [
    null,
    [],
    {},
    { name: 'D', tables: [] },
    { name: 'D', tables: { T: { columns: [] } } },
    { name: 'D', tables: { T: { columns: {}, indexes: [['a', 1]] } } },
    schemaOf('text'),
    schemaOf({ min: 0 }),
    schemaOf({ key: 'string', max: 'many' }),
    schemaOf({ key: { type: 'string', enum: ['set', [['a']]] } }),
  ];
  for (const json of broken) t.throws(() => parseSchema(json), { code: 'OVSDB_BAD_SCHEMA' }, JSON.stringify(json));
});
