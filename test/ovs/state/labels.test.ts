// Labels in the state: kept with every kind, found by a selector a page at a time, and nothing to the program.

import t from 'tap';
import { examples } from '../../../src/controller/rest/examples.ts';
import type { BatchItem } from '../../../src/controller/state/batch-plan.ts';
import { maxLooked, type Store } from '../../../src/controller/state/store.ts';
import { documentSchemas } from '../../../src/policy/documents.ts';
import type { Write } from '../../../src/policy/engine/program.ts';
import { parseSelector, type Selector } from '../../../src/policy/kinds/labels.ts';
import { kinds } from '../../../src/policy/kinds/names.ts';
import { connect, node, startLab } from './fixture.ts';

function selector(text: string): Selector {
  const parsed = parseSelector(text);
  if (typeof parsed === 'string') throw new Error(parsed);
  return parsed;
}

/** Counts the instances that a program runs from now on. */
function countRuns({ live: { program } }: Store): () => number {
  let runs = 0;
  const change = program.changeInSteps.bind(program);
  program.changeInSteps = function* (write: Write) {
    const delta = yield* change(write);
    runs += delta.runs;
    return delta;
  };
  return () => runs;
}

t.test('labels of every kind', async t => {
  const { server, store } = await startLab(t);
  const items = kinds.flatMap(kind =>
    examples[kind].map(document => ({ kind, document: documentSchemas[kind].parse(document) })),
  ) as BatchItem[];
  await store.batch(items);
  const taken: unknown[] = [];
  const take = () =>
    store.live.handOver(async ({ flows, zones, tenants }) => {
      const { integration, physical } = flows;
      taken.push(integration?.flows, integration?.groups, integration?.meters, physical?.flows);
      taken.push([...zones], [...tenants]);
      return true;
    });
  await take();
  t.not(taken.flat().length, 0, 'all of it is new');
  taken.length = 0;

  const runs = countRuns(store);
  for (const item of items) {
    if (!('document' in item)) continue;
    const { kind } = item;
    const document = { ...item.document, labels: { b: '2', a: item.document.name } };
    const { plan, preview } = await store.preview([{ kind, document } as BatchItem]);
    t.match(plan.results, [{ outcome: 'updated' }]);
    t.strictSame(preview.switch, []);
    t.match(await store.put(kind, document), {
      outcome: 'updated',
      document: { labels: { a: document.name, b: '2' } },
    });
    t.match(store.get(kind, document.name)?.document, { labels: { a: document.name, b: '2' } }, kind);
    t.match(await store.put(kind, { ...document, labels: { a: document.name, b: '2' } }), { outcome: 'unchanged' });
    t.match(store.list(kind, { limit: 9, selector: selector(`a=${document.name}`) }).items, { length: 1 });
    t.match(store.list(kind, { limit: 9, selector: selector('a,b!=2') }).items, { length: 0 });
  }
  await take();
  t.equal(runs(), 0, 'no unit was run');
  t.strictSame(taken.flat(), [], 'and there is nothing to be sent');

  // A database that is read anew has them too.
  const client = connect(server);
  t.teardown(() => client.close());
  const other = new (store.constructor as typeof Store)({ client, node });
  await other.open(AbortSignal.timeout(10_000));
  for (const kind of kinds)
    t.strictSame(other.list(kind, { limit: 100 }), store.list(kind, { limit: 100 }), `${kind} as another reads them`);
  const { labels: _, ...bare } = store.get('tenants', 'red')?.document ?? { name: 'red' };
  t.match(await store.put('tenants', bare), { outcome: 'updated' });
  t.strictSame(store.get('tenants', 'red')?.document, bare, 'and they go');
  t.equal(runs(), 0);
});

t.test('a page looks at so many objects and no more', async t => {
  const { store } = await startLab(t);
  const count = maxLooked + 500;
  const tenants = Array.from({ length: count }, (_, i) => ({
    name: `t${String(i).padStart(5, '0')}`,
    ...(i % 1000 === 999 ? { labels: { rare: '' } } : {}),
  }));
  for (let at = 0; at < count; at += 2000)
    await store.batch(tenants.slice(at, at + 2000).map(document => ({ kind: 'tenants', document })));
  const rare = selector('rare');
  const first = store.list('tenants', { limit: 10, selector: rare });
  t.strictSame(
    first.items.map(({ document }) => document.name),
    ['t00999', 't01999', 't02999', 't03999', 't04999'],
  );
  t.equal(first.next, 't04999', 'where it has stopped to look');
  t.strictSame(store.list('tenants', { limit: 10, selector: rare, after: first.next }), { items: [], next: undefined });
  t.match(store.list('tenants', { limit: 2, selector: rare }), { items: { length: 2 }, next: 't01999' });
  const none = store.list('tenants', { limit: 10, selector: selector('nothing') });
  t.match(none, { items: { length: 0 }, next: 't04999' });
});
