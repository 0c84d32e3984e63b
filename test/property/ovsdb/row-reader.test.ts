// The fast reader of first rows beside the one it stands in for: JSON.parse and `firstRow`. What it reads must be the
// same, and it must read nothing that JSON.parse would not.

import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import type { UntypedTables } from '../../../src/ovsdb/data/row.ts';
import { parseSchema } from '../../../src/ovsdb/data/schema.ts';
import { OvsdbJsonError } from '../../../src/ovsdb/errors.ts';
import { formatJson, type Json } from '../../../src/ovsdb/json/json.ts';
import { JsonStream } from '../../../src/ovsdb/json/json-stream.ts';
import { planMonitor } from '../../../src/ovsdb/monitor/monitor.ts';
import { RowReader } from '../../../src/ovsdb/replica/row-reader.ts';
import {
  checkUuid,
  firstRow,
  makeLayouts,
  type Row,
  type TableLayout,
} from '../../../src/ovsdb/replica/table-layout.ts';

const unlimited = { min: 0, max: 'unlimited' };
const schema = parseSchema({
  name: 'D',
  version: '1.0.0',
  tables: {
    T: {
      columns: {
        s: { type: 'string' },
        n: { type: 'integer' },
        b: { type: 'boolean' },
        r: { type: 'real' },
        e: { type: { key: { type: 'string', enum: ['set', ['up', 'down']] }, min: 0, max: 1 } },
        u: { type: { key: 'uuid', min: 0, max: 1 } },
        ns: { type: { key: 'integer', ...unlimited } },
        us: { type: { key: 'uuid', ...unlimited } },
        ss: { type: { key: 'string', value: 'string', ...unlimited } },
        nu: { type: { key: 'integer', value: 'uuid', ...unlimited } },
      },
    },
  },
});
const layout = makeLayouts(planMonitor<UntypedTables>(schema, schema, { T: true }).columns).get('T') as TableLayout;

const uuid = fc.uuid();
const text = fc.string({ unit: 'binary' });
const ascii = fc.string({ unit: 'binary-ascii' });
const smallInteger = fc.integer({ min: -999_999_999_999_999, max: 999_999_999_999_999 });
const reference = uuid.map((text): Json => ['uuid', text]);

function setOf(element: fc.Arbitrary<Json>): fc.Arbitrary<Json> {
  return fc
    .array(element, { minLength: 1, maxLength: 4 })
    .map(elements => (elements.length === 1 ? (elements[0] as Json) : ['set', elements]));
}

function mapOf(key: fc.Arbitrary<Json>, value: fc.Arbitrary<Json>): fc.Arbitrary<Json> {
  return fc.array(fc.tuple(key, value), { minLength: 1, maxLength: 4 }).map((pairs): Json => ['map', pairs]);
}

/** Rows as ovsdb-server writes them: by the names of the columns, without those that are at their default. */
function rowOf(
  string: fc.Arbitrary<string>,
  integer: fc.Arbitrary<Json>,
  more: Record<string, fc.Arbitrary<Json>> = {},
) {
  const columns = {
    b: fc.boolean(),
    e: fc.constantFrom('up', 'down'),
    n: integer,
    ns: setOf(integer),
    nu: mapOf(integer, reference),
    s: string,
    ss: mapOf(string, string),
    u: reference,
    us: setOf(reference),
    ...more,
  };
  return fc
    .record(columns, { requiredKeys: [] })
    .map((row): Json => Object.fromEntries(Object.entries(row).sort(([a], [b]) => (a < b ? -1 : 1))));
}

function tableOf(row: fc.Arbitrary<Json>): fc.Arbitrary<Json> {
  return fc.dictionary(
    uuid,
    row.map((initial): Json => ({ initial })),
    { minKeys: 1, maxKeys: 5, noNullPrototype: true },
  );
}

const usual = tableOf(rowOf(fc.oneof(text, ascii), smallInteger));
const any = tableOf(
  rowOf(text, fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), {
    r: fc.double({ noNaN: true, noDefaultInfinity: true }).map(real => (Object.is(real, -0) ? 0 : real)),
    _version: reference,
    ns: fc.oneof(setOf(smallInteger), fc.constant<Json>(['set', []])),
    ss: fc.oneof(mapOf(ascii, text), fc.constant<Json>(['map', []])),
  }),
);

/** The members of an object, without its braces, as bytes; then something that must stop the reader. */
function bytesOf(table: Json): Buffer {
  return Buffer.from(`${formatJson(table).slice(1)},`);
}

function readRows(bytes: Buffer, start = 0): { readonly rows: readonly Row[]; readonly end: number } {
  const rows: Row[] = [];
  const end = new RowReader(layout, row => rows.push(row)).read(bytes, start);
  return { rows, end };
}

/** A malformed string ends the reading; then the stream must not take these bytes for a message either. */
function readOrRefuse(bytes: Buffer): { readonly rows: readonly Row[]; readonly end: number } {
  try {
    return readRows(bytes);
  } catch (error) {
    assert.ok(error instanceof OvsdbJsonError, String(error));
    assert.ok(!isMessage(Buffer.concat([Buffer.from('{'), bytes.subarray(0, -1)])));
    return { rows: [], end: 0 };
  }
}

function isMessage(bytes: Buffer): boolean {
  try {
    return [...new JsonStream().push(bytes)].length > 0;
  } catch {
    return false;
  }
}

function parsedRows(table: Json): readonly Row[] {
  return Object.entries(table as Record<string, Json>).map(([id, json]) =>
    firstRow(layout, 'diff', checkUuid(id), json),
  );
}

t.test('rows as the server writes them are all read', async () => {
  fc.assert(
    fc.property(usual, fc.nat({ max: 9 }), (table, start) => {
      const bytes = Buffer.concat([Buffer.alloc(start, '{'), bytesOf(table)]);
      const { rows, end } = readRows(bytes, start);
      assert.strictEqual(end, bytes.length - 2, 'up to the closing brace');
      assert.deepStrictEqual(rows, parsedRows(table));
    }),
    { numRuns: 500 },
  );
});

t.test('of any rows, in any bytes, what is read is what JSON.parse reads', async t => {
  let read = 0;
  let left = 0;
  fc.assert(
    fc.property(
      fc.oneof(usual, any),
      fc.nat(),
      fc.array(fc.tuple(fc.nat(), fc.constantFrom(...Buffer.from('"\\{}[],:0-9.eau \n\x7f\xe9')))),
      (table, length, changes) => {
        const bytes = bytesOf(table);
        for (const [at, byte] of changes.slice(0, 2)) bytes[at % bytes.length] = byte;
        const part = bytes.subarray(0, length % 5 === 0 ? length % bytes.length : bytes.length);
        const { rows, end } = readOrRefuse(part);
        const readText = part.toString('utf8', 0, end);
        assert.deepStrictEqual(rows, parsedRows(JSON.parse(`{${readText}}`)));
        assert.ok(end === 0 || [...',}'].includes(part.toString('latin1', end, end + 1)), 'stands behind a row');
        read += rows.length;
        left += end < part.length - 2 ? 1 : 0;
      },
    ),
    { numRuns: 3_000 },
  );
  t.ok(read > 1_000, `${read} rows were read`);
  t.ok(left > 500, `${left} times some were left`);
});

t.test('the stream gets every row from one reader or the other, wherever it is cut', async () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(usual, any), { maxLength: 4 }),
      fc.array(fc.nat(), { maxLength: 12 }),
      (parts, cuts) => {
        const table: Json = Object.assign({}, ...parts);
        const bytes = Buffer.from(formatJson({ id: 1, result: { T: table }, error: null }));
        const rows: Row[] = [];
        const reader = new RowReader(layout, row => rows.push(row));
        const stream = new JsonStream();
        stream.chooseTaker = path =>
          path.join('.') === 'result.T'
            ? {
                take: (id, json) => rows.push(firstRow(layout, 'diff', checkUuid(id), json)),
                read: (chunk, start) => reader.read(chunk, start),
              }
            : undefined;
        const places = [0, ...cuts.map(place => place % bytes.length), bytes.length].sort((a, b) => a - b);
        const messages = places.slice(1).flatMap((end, i) => [...stream.push(bytes.subarray(places[i], end))]);
        const [message] = messages as [{ readonly result: { readonly T: Json } }];
        assert.strictEqual(messages.length, 1);
        assert.deepStrictEqual([...rows, ...parsedRows(message.result.T)], parsedRows(table));
      },
    ),
    { numRuns: 500 },
  );
});
