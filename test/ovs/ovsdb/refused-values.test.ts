// What ovsdb-server's JSON parser hangs up on never reaches it: the call fails, and the connection stays.

import { join } from 'node:path';
import { inspect } from 'node:util';
import t from 'tap';
import { namedUuid, OvsdbClient, OvsdbValueError, parseSchema } from '../../../src/ovsdb/index.ts';
import type { Condition, Operation } from '../../../src/ovsdb/transaction/operation.ts';
import { createPrivateServer } from './server.ts';

interface Tables {
  readonly T: {
    readonly text: string;
    readonly texts: readonly string[];
    readonly map: ReadonlyMap<string, string>;
    readonly real: number;
    readonly n: number;
  };
}

const schemaJson = {
  name: 'D',
  version: '1.0.0',
  tables: {
    T: {
      columns: {
        text: { type: 'string' },
        texts: { type: { key: 'string', min: 0, max: 'unlimited' } },
        map: { type: { key: 'string', value: 'string', min: 0, max: 'unlimited' } },
        real: { type: 'real' },
        n: { type: 'integer' },
      },
      isRoot: true,
    },
  },
};
const schema = parseSchema(schemaJson) as ReturnType<typeof parseSchema> & { readonly tables: { readonly T: never } };

const texts = ['a\0', '\udc00x', 'x\ud800', '\ud800\ud800'];
// Subnormal; the smallest normal one, whose 15 digits are subnormal again; one whose 15 digits are beyond all.
const reals = [5e-324, -1e-310, 2 ** -1022, Number.MAX_VALUE, Number.NaN, Number.POSITIVE_INFINITY];

const where: readonly Condition<Tables['T']>[] = [];
const operations: readonly Operation<Tables>[] = [
  ...texts.flatMap((text): Operation<Tables>[] => [
    { op: 'insert', table: 'T', row: { text } },
    { op: 'insert', table: 'T', row: { texts: ['fine', text] } },
    { op: 'update', table: 'T', where, row: { map: new Map([[text, 'fine']]) } },
    { op: 'update', table: 'T', where, row: { map: new Map([['fine', text]]) } },
    { op: 'select', table: 'T', where: [['text', '==', text]] },
    { op: 'delete', table: 'T', where: [['map', 'includes', new Map([[text, '']])]] },
    { op: 'mutate', table: 'T', where, mutations: [['texts', 'insert', [text]]] },
    { op: 'mutate', table: 'T', where, mutations: [['map', 'delete', [text]]] },
    { op: 'wait', table: 'T', where, columns: ['text'], until: '==', rows: [{ text }] },
    { op: 'comment', comment: text },
    { op: 'assert', lock: text },
    { op: 'insert', table: 'T', row: {}, uuidName: text },
  ]),
  ...reals.flatMap((real): Operation<Tables>[] => [
    { op: 'insert', table: 'T', row: { real } },
    { op: 'select', table: 'T', where: [['real', '<', real]] },
    { op: 'mutate', table: 'T', where, mutations: [['real', '+=', real]] },
  ]),
  { op: 'mutate', table: 'T', where, mutations: [['n', '+=', 0.5]] },
  { op: 'mutate', table: 'T', where, mutations: [['n', '+=', 2n ** 63n]] },
  { op: 'wait', table: 'T', where, columns: [], until: '==', rows: [], timeout: Number.NaN },
  { op: 'assert', lock: 'two words' },
];

t.test('nothing that the server would hang up on is sent', async t => {
  const directory = t.testdir({ schema: JSON.stringify(schemaJson) });
  const server = await createPrivateServer(join(directory, 'schema'));
  t.teardown(() => server.remove());
  await server.start();
  const client = new OvsdbClient<Tables>({ remotes: [server.unix], schema, monitor: { T: true } });
  t.teardown(() => client.close());
  let lost = 0;
  client.on('disconnected', () => lost++);
  client.start();
  await client.synced();

  const refuses = (what: string, call: () => Promise<unknown>) => t.rejects(call(), OvsdbValueError, what);
  for (const operation of operations)
    await refuses(inspect(operation, { depth: 4 }), () => client.transact([operation]));
  for (const text of texts) {
    const shown = JSON.stringify(text);
    await refuses(`lock ${shown}`, () => client.lock(text));
    await refuses(`steal ${shown}`, () => client.steal(text));
    await refuses(`unlock ${shown}`, () => client.unlock(text));
    await refuses(`schema of ${shown}`, () => client.getSchema(text));
    await refuses(`echo ${shown}`, () => client.echo([{ [text]: 1 }]));
    await refuses(`raw ${shown}`, () => client.transactJson([{ op: 'comment', comment: text }]));
    await refuses(`conditions ${shown}`, () => client.setConditions({ T: [['text', '==', text]] }));
    await refuses(`draft ${shown}`, async () => {
      const draft = client.transaction();
      draft.insert('T', { text });
      await client.commit(draft);
    });
    const conditions = { T: [['map', 'includes', new Map([['key', text]])] as const] };
    t.throws(() => new OvsdbClient<Tables>({ remotes: [server.unix], schema, monitor: { T: true }, conditions }), {
      code: 'OVSDB_BAD_VALUE',
    });
    t.throws(() => namedUuid(text), OvsdbValueError);
  }
  const deep = JSON.parse(`${'['.repeat(999)}${']'.repeat(999)}`);
  for (const raw of [...reals.slice(0, 2), ...reals.slice(4), 2n ** 64n, -(2n ** 63n) - 1n, deep])
    await refuses(`raw ${typeof raw === 'object' ? 'too deep' : raw}`, () => client.echo([raw]));

  // The nearest that the server takes come back as they were.
  const row = {
    text: '\u0001\u007f\u2028\ufeff\uffff😀',
    real: 2.3e-308,
    map: new Map([['😀', '']]),
    texts: ['', '\\u0000'],
  };
  t.equal((await client.transact([{ op: 'insert', table: 'T', row: { ...row, n: 5 } }])).kind, 'committed');
  t.match([...client.replica.rows('T')], [row]);
  t.equal(
    (
      await client.transact([
        {
          op: 'mutate',
          table: 'T',
          where,
          mutations: [
            ['n', '+=', 2n],
            ['real', '*=', 2n],
          ],
        },
      ])
    ).kind,
    'committed',
  );
  t.match([...client.replica.rows('T')], [{ n: 7, real: 4.6e-308 }]);
  t.equal(lost, 0, 'the connection is the first one still');
});
