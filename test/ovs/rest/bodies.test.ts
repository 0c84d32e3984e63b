// Bodies at the edge: those with texts that no database holds, and those that are not there.

import { join } from 'node:path';
import t from 'tap';
import { buildApp } from '../../../src/controller/rest/server.ts';
import { startLab } from '../state/fixture.ts';
import { fakeRuntime } from './fake-runtime.ts';

t.test('texts that the state database cannot hold', async t => {
  const lab = await startLab(t);
  let lost = 0;
  lab.client.on('disconnected', () => lost++);
  const options = { store: lab.store, runtime: fakeRuntime(), listen: { unix: join(lab.directory, 'api.sock') } };
  const app = await buildApp({ ...options, version: '0.0.0' });
  t.teardown(() => app.close());
  const json = { 'content-type': 'application/json' };
  const call = async (method: 'GET' | 'PUT' | 'DELETE', url: string, payload = '') => {
    const { statusCode, body } = await app.inject({ method, url, headers: json, payload });
    return { status: statusCode, body: body === '' ? undefined : JSON.parse(body) };
  };

  for (const text of ['\\u0000', '\\udc00x', 'x\\ud800'])
    t.match(
      await call('PUT', '/v1/tenants/red', `{"description": "${text}"}`),
      { status: 422, body: { type: /:invalid-document$/, errors: [{ pointer: '/description' }] } },
      text,
    );
  for (const name of ['a%00', '%ed%b0%80', 'x%ed%a0%80']) {
    for (const method of ['GET', 'PUT', 'DELETE'] as const)
      t.match(
        await call(method, `/v1/tenants/${name}`, method === 'PUT' ? '{}' : ''),
        { status: 400 },
        `${method} ${name}`,
      );
    t.match(await call('GET', `/v1/tenants?after=${name}`), { status: 400 }, `after=${name}`);
    t.match(await call('DELETE', `/v1/nodes/${name}`), { status: 400 }, `node ${name}`);
  }
  t.match(await call('PUT', '/v1/tenants/red', '{"description": "😀\\ud83d\\ude00\\u0001"}'), {
    status: 201,
    body: { description: '😀😀\u0001' },
  });
  t.equal(lost, 0, 'the state database was connected all the time');

  // What has a type and no body, as every request of a client that always names one.
  t.match(await call('GET', '/v1/tenants/red'), { status: 200 });
  t.match(await call('PUT', '/v1/tenants/blue'), { status: 422, body: { errors: [{ pointer: '' }] } });
  t.match(await call('DELETE', '/v1/tenants/red'), { status: 204 });
});
