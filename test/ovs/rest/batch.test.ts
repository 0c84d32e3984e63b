// /v1/batch over HTTP: all or nothing, and every fault of every item in one answer.

import { join } from 'node:path';
import t, { type Test } from 'tap';
import { batchLimits } from '../../../src/controller/rest/batch-limits.ts';
import { examples } from '../../../src/controller/rest/examples.ts';
import { buildApp } from '../../../src/controller/rest/server.ts';
import { kinds } from '../../../src/policy/kinds/names.ts';
import { type Lab, startLab, vlanInterface } from '../state/fixture.ts';
import { fakeRuntime } from './fake-runtime.ts';

const put = (kind: string, document: object, more = {}) => ({ op: 'put', kind, document, ...more });
const remove = (kind: string, name: string, more = {}) => ({ op: 'delete', kind, name, ...more });

async function rest(t: Test, lab: Lab) {
  const waited: number[] = [];
  const runtime = fakeRuntime({ waitInstalled: async generation => void waited.push(generation) });
  const app = await buildApp({
    ...{ store: lab.store, runtime, version: '0.0.0' },
    listen: { unix: join(lab.directory, 'api.sock') },
  });
  t.teardown(() => app.close());
  const post = async (payload: object | string, url = '/v1/batch') => {
    const headers = { 'content-type': 'application/json' };
    const response = await app.inject({ method: 'POST', url, headers, payload });
    return { status: response.statusCode, headers: response.headers, body: JSON.parse(response.payload) };
  };
  return { post, batch: (...items: object[]) => post({ items }), waited };
}

t.test('a whole intent, in any order, is one generation', async t => {
  const lab = await startLab(t);
  const { batch, post, waited } = await rest(t, lab);
  const items = kinds.flatMap(kind => examples[kind].map(document => put(kind, document))).reverse();
  const made = await post({ items }, '/v1/batch?wait=installed');
  t.match(made, { status: 200, headers: { 'pointsman-generation': '1' }, body: { generation: 1 } });
  t.strictSame(waited, [1]);
  for (const { kind, name, outcome, etag } of made.body.items) {
    t.equal(outcome, 'created', `${kind}/${name}`);
    t.equal(lab.store.get(kind, name)?.etag, etag);
  }
  t.match(lab.store.snapshot().allocations.chunks, [{ tenant: 'red', pool: 'internet' }]);
  const again = await batch(...items);
  t.match(again, { status: 200, body: { generation: 1 } }, 'nothing is written');
  t.ok(again.body.items.every((item: { outcome: string }) => item.outcome === 'unchanged'));
  const gone = await batch(...made.body.items.map(({ kind, name }: never) => remove(kind, name)));
  t.match(gone, { status: 200, body: { generation: 2 } });
  t.ok(gone.body.items.every((item: { outcome: string }) => item.outcome === 'deleted'));
  for (const kind of kinds) t.equal(lab.store.list(kind, { limit: 1 }).items.length, 0, kind);
  t.match((await batch(remove('tenants', 'red'))).body, { generation: 2, items: [{ outcome: 'absent' }] });
});

t.test('one that cannot be done leaves nothing of the others', async t => {
  const lab = await startLab(t);
  const { batch, post } = await rest(t, lab);
  const [red] = (await batch(put('tenants', { name: 'red' }), put('vnis', vni('v', 'red', 1)))).body.items;
  const refused = await batch(
    put('tenants', { name: 'blue' }),
    put('vnis', vni('w', 'nobody', 2)),
    put('interfaces', vlanInterface('a', 10, { tenant: 'blue' })),
    put('interfaces', vlanInterface('b', 10, { tenant: 'blue' })),
    remove('tenants', 'red'),
    put('tenants', { name: 'blue' }),
    put('tenants', { name: 'green' }, { ifMatch: '*' }),
  );
  t.match(refused, {
    status: 422,
    body: {
      type: 'urn:pointsman:problem:invalid-batch',
      errors: [
        { item: 1, pointer: '/tenant', type: 'urn:pointsman:problem:invalid-intent' },
        { item: 3, pointer: /./, type: 'urn:pointsman:problem:conflict', holder: { kind: 'interfaces', name: 'a' } },
      ],
    },
  });
  const places = refused.body.errors.map(({ item, type }: { item: number; type: string }) => `${item} ${type}`);
  for (const place of ['4 urn:pointsman:problem:referenced', '6 urn:pointsman:problem:precondition-failed'])
    t.ok(places.includes(place), `${place} of ${places}`);
  t.match(
    refused.body.errors.find(({ item }: { item: number }) => item === 5),
    { pointer: '/name', detail: 'items[0] is about the same object' },
  );
  t.equal(lab.store.view().generation, 1, 'nothing was written');
  t.equal(lab.store.get('tenants', 'blue'), undefined);

  // Where all are of one kind, that is what the answer is of.
  t.match(await batch(put('vnis', vni('w', 'red', 1))), {
    status: 409,
    body: { type: 'urn:pointsman:problem:conflict', errors: [{ item: 0, pointer: '/vni' }] },
  });
  t.match(await batch(put('tenants', { name: 'red', description: 'x' }, { ifMatch: red.etag })), { status: 200 });
  t.match(await batch(put('tenants', { name: 'red' }, { ifMatch: red.etag })), { status: 412 });
  t.match(await batch(remove('tenants', 'nobody', { ifMatch: '*' })), { status: 412 });

  // What the schemas refuse.
  t.match(await batch(put('tenants', { name: 'x', colour: 1 }), put('vnis', { ...vni('w', 'red', 0), vni: -1 })), {
    status: 422,
    body: {
      type: 'urn:pointsman:problem:invalid-document',
      errors: [
        { item: 0, pointer: '/colour' },
        { item: 1, pointer: '/vni' },
      ],
    },
  });
  t.match(await batch({ op: 'move', kind: 'tenants', name: 'x' }), {
    status: 422,
    body: { errors: [{ pointer: '/items/0/op' }] },
  });
  t.match(await batch({ ...put('tenants', { name: 'x' }), ifMatch: 'x' }), {
    status: 422,
    body: { errors: [{ pointer: '/items/0/ifMatch' }] },
  });
  t.match(await batch(), { status: 422, body: { errors: [{ pointer: '/items' }] } });
  const many = Array.from({ length: batchLimits.items + 1 }, (_, i) => remove('tenants', `t${i}`));
  t.match(await batch(...many), { status: 422, body: { errors: [{ pointer: '/items' }] } });
  t.match(await post(`{"items":[]}${' '.repeat(batchLimits.bytes)}`), { status: 413 });
});

t.test('what a selector chooses, and no item names, goes with the batch', async t => {
  const lab = await startLab(t);
  const { batch, post } = await rest(t, lab);
  const shop = { labels: { app: 'shop' } };
  await batch(
    put('tenants', { name: 'red', ...shop }),
    put('tenants', { name: 'old', ...shop }),
    put('tenants', { name: 'other', labels: { app: 'mail' } }),
    put('tenants', { name: 'bare' }),
    put('vnis', { ...vni('v', 'red', 1), ...shop }),
    put('vnis', { ...vni('w', 'old', 2), ...shop }),
    put('vnis', { ...vni('x', 'other', 3) }),
  );
  const prune = { selector: 'app=shop' };
  const items = [put('tenants', { name: 'red', ...shop }), put('vnis', { ...vni('new', 'red', 2), ...shop })];
  const pruned = [
    { kind: 'tenants', name: 'old' },
    { kind: 'vnis', name: 'v' },
    { kind: 'vnis', name: 'w' },
  ];
  const { generation } = lab.store.view();
  const planned = await post({ items, prune }, '/v1/batch?dryRun=true');
  t.match(planned, { status: 200, body: { pruned, items: [{ outcome: 'unchanged' }, { outcome: 'created' }] } });
  t.strictSame(
    planned.body.plan.objects.filter(({ after }: { after?: object }) => !after).map(({ name }: never) => name),
    ['old', 'v', 'w'],
  );
  t.equal(lab.store.view().generation, generation, 'nothing is written');

  // What others refer to stays, and so does all else.
  await batch(put('vnis', vni('x', 'old', 3)));
  const refused = await post({ items, prune });
  t.match(refused, {
    status: 409,
    body: {
      type: 'urn:pointsman:problem:referenced',
      errors: [{ pointer: '/tenant', detail: 'vnis/x refers to tenants/old', object: { kind: 'vnis', name: 'x' } }],
    },
  });
  t.ok(lab.store.get('vnis', 'v'));
  await batch(put('vnis', vni('x', 'other', 3)));

  // VNI 2 is taken from what is pruned in the same transaction.
  const done = await post({ items, prune });
  t.match(done, { status: 200, body: { pruned, generation: generation + 3 } });
  const left = (['tenants', 'vnis'] as const).map(kind => [...lab.store.view().documents[kind].keys()]);
  t.strictSame(left, [
    ['bare', 'other', 'red'],
    ['new', 'x'],
  ]);
  t.match(await post({ items, prune }), { status: 200, body: { pruned: [], generation: generation + 3 } });

  // Nothing is put that would not be pruned the next time, and nothing is pruned for what it lacks.
  t.match(await post({ items: [...items, put('tenants', { name: 'blue' })], prune }), {
    status: 422,
    body: { errors: [{ item: 2, pointer: '/labels', type: 'urn:pointsman:problem:invalid-intent' }] },
  });
  for (const selector of ['!app', 'app!=shop', '', 'app in (shop)'])
    t.match(await post({ items, prune: { selector } }), {
      status: 422,
      body: { errors: [{ pointer: '/prune/selector' }] },
    });
  t.match(await post({ items: [], prune }), { status: 422 }, 'an empty list prunes nothing');
});

t.test('no more is pruned than a batch may', async t => {
  const { store } = await startLab(t);
  const tenants = ['a', 'b', 'c'].map(name => ({ name, labels: { app: 'shop' } }));
  const items = tenants.map(document => ({ kind: 'tenants', document }) as const);
  await store.batch(items);
  const prune = { selector: [{ kind: 'has', key: 'app' }], most: 1 } as const;
  await t.rejects(store.batch(items.slice(0, 1), { prune }), {
    code: 'STATE_BATCH_TOO_LARGE',
    message: '2 objects would be pruned, and 1 may be at a time',
  });
  t.equal(store.view().generation, 1);
  t.match(await store.batch(items.slice(0, 2), { prune }), { pruned: [{ name: 'c' }] });
});

t.test('more batches at once than there may be are told to come again', async t => {
  const lab = await startLab(t);
  const { batch } = await rest(t, lab);
  const all = await Promise.all(
    Array.from({ length: batchLimits.underWay + 4 }, (_, i) => batch(put('tenants', { name: `t${i}` }))),
  );
  const done = all.filter(({ status }) => status === 200);
  t.equal(done.length, batchLimits.underWay);
  t.match(
    all.filter(({ status }) => status !== 200),
    Array.from({ length: 4 }, () => ({ status: 503, headers: { 'retry-after': '1' } })),
  );
  t.equal(lab.store.view().generation, batchLimits.underWay, 'each a generation');
  t.match(await batch(put('tenants', { name: 'later' })), { status: 200 });
});

function vni(name: string, tenant: string, vni: number) {
  return { name, tenant, vni, vtep: 'evpn' };
}
