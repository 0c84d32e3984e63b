// REST in front of a real store: every answer and every refusal, over HTTP.

import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { createConnection, createServer } from 'node:net';
import { join } from 'node:path';
import { Validator } from '@seriousme/openapi-schema-validator';
import type { InjectOptions } from 'fastify';
import t, { type Test } from 'tap';
import { buildApp, type RestOptions, startRest } from '../../../src/controller/rest/server.ts';
import { type Lab, outerInterface, pool, startLab, vlanInterface } from '../state/fixture.ts';
import { fakeRuntime } from './fake-runtime.ts';

async function rest(t: Test, lab: Lab, more: Partial<RestOptions> = {}) {
  const options = { store: lab.store, runtime: fakeRuntime(), listen: { unix: join(lab.directory, 'api.sock') } };
  const app = await buildApp({ ...options, version: '0.0.0', ...more });
  t.teardown(() => app.close());
  return async (method: 'GET' | 'PUT' | 'DELETE' | 'POST', url: string, body?: object | string, headers = {}) => {
    const json: InjectOptions = { method, url, headers: { ...headers } };
    if (body !== undefined) {
      json.payload = body;
      json.headers = { 'content-type': 'application/json', ...headers };
    }
    const response = await app.inject(json);
    const text = response.payload;
    if (response.statusCode >= 400)
      t.match(response.headers['content-type'], /^application\/problem\+json/, `${method} ${url}: a problem document`);
    return {
      status: response.statusCode,
      headers: response.headers,
      body: text === '' ? undefined : (JSON.parse(text) as Record<string, unknown>),
    };
  };
}

t.test('write, read, guard, page, delete', async t => {
  const lab = await startLab(t);
  const call = await rest(t, lab);
  const made = await call('PUT', '/v1/tenants/red', {});
  t.match(made, {
    status: 201,
    body: { name: 'red' },
    headers: { location: '/v1/tenants/red', 'pointsman-generation': '1' },
  });
  const etag = String(made.headers.etag);
  t.match(await call('PUT', '/v1/tenants/red', { name: 'red' }), {
    status: 200,
    headers: { etag, 'pointsman-generation': '1' },
  });
  t.match(await call('GET', '/v1/tenants/red'), { status: 200, body: { name: 'red' }, headers: { etag } });
  t.match(await call('GET', '/v1/tenants/red', undefined, { 'if-none-match': etag }), { status: 304, body: undefined });
  t.match(await call('PUT', '/v1/tenants/red', { description: 'x' }, { 'if-match': '"9-9"' }), {
    status: 412,
    body: { type: 'urn:pointsman:problem:precondition-failed', instance: '/v1/tenants/red' },
  });
  t.match(await call('PUT', '/v1/tenants/red', {}, { 'if-none-match': '*' }), { status: 412 });
  t.match(await call('PUT', '/v1/tenants/red', {}, { 'if-match': 'nonsense' }), { status: 400 });
  t.match(await call('PUT', '/v1/tenants/red', { description: 'x' }, { 'if-match': etag }), { status: 200 });
  t.match(await call('DELETE', '/v1/tenants/red', undefined, { 'if-match': etag }), { status: 412 });

  for (const name of ['a', 'b', 'c']) await call('PUT', `/v1/tenants/${name}`, {});
  t.strictSame((await call('GET', '/v1/tenants?limit=2')).body, { items: [{ name: 'a' }, { name: 'b' }], next: 'b' });
  t.strictSame((await call('GET', '/v1/tenants?limit=2&after=b')).body, {
    items: [{ name: 'c' }, { name: 'red', description: 'x' }],
  });
  await call('PUT', '/v1/tenants/b', { labels: { env: 'prod', 'example.com/tier': 'db' } });
  const selected = (selector: string) => call('GET', `/v1/tenants?selector=${encodeURIComponent(selector)}`);
  t.strictSame((await selected('env=prod,!tier')).body, {
    items: [{ name: 'b', labels: { env: 'prod', 'example.com/tier': 'db' } }],
  });
  t.match((await selected('env!=prod')).body, { items: [{ name: 'a' }, { name: 'c' }, { name: 'red' }] });
  t.match(await selected('env=prod,=x'), { status: 400, body: { type: /:bad-parameter$/, detail: /selector.*"=x"/ } });
  t.match(await call('DELETE', '/v1/tenants/a'), { status: 204, body: undefined });
  t.match(await call('DELETE', '/v1/tenants/a'), { status: 404 });
});

t.test('every refusal is a problem with pointers', async t => {
  const lab = await startLab(t);
  const call = await rest(t, lab);
  await call('PUT', '/v1/tenants/red', {});
  await call('PUT', '/v1/vnis/v1', { tenant: 'red', vni: 1, vtep: 'evpn' });
  await call('PUT', '/v1/interfaces/a', vlanInterface('a', 10, { tenant: 'red' }));
  const errorsAt = (pointer: string, more = {}) => ({ errors: [{ pointer, ...more }] });

  t.match(await call('PUT', '/v1/tenants/x', { colour: 'red', shape: 1 }), {
    status: 422,
    body: { type: 'urn:pointsman:problem:invalid-document', errors: [{ pointer: '/colour' }, { pointer: '/shape' }] },
  });
  t.match(await call('PUT', '/v1/tenants/x', { name: 'y' }), { status: 422, body: errorsAt('/name') });
  t.match(await call('PUT', '/v1/tenants/x', { labels: { 'a/b c': 'x', d: 'e f' } }), {
    status: 422,
    body: { errors: [{ pointer: '/labels/a~1b c', detail: /a label’s key/ }, { pointer: '/labels/d' }] },
  });
  t.match(await call('PUT', '/v1/tenants/x'), { status: 422, body: errorsAt('') });
  t.match(await call('PUT', '/v1/vnis/v2', { tenant: 'red', vni: 2 ** 24, vtep: 'evpn' }), {
    status: 422,
    body: errorsAt('/vni'),
  });
  t.match(await call('PUT', '/v1/vnis/v2', { tenant: 'red', vni: 1, vtep: 'evpn' }), {
    status: 409,
    body: { type: 'urn:pointsman:problem:conflict', ...errorsAt('/vni') },
  });
  t.match(await call('PUT', '/v1/vnis/v2', { tenant: 'nobody', vni: 2, vtep: 'evpn' }), {
    status: 422,
    body: { type: 'urn:pointsman:problem:invalid-intent', ...errorsAt('/tenant') },
  });
  const clash = vlanInterface('b', 10, { tenant: 'red', addresses: ['10.7.0.1/24'] });
  // Whichever name comes first: who asks for what another has is refused, and told who has it.
  for (const name of ['b', 'Z'])
    t.match(await call('PUT', `/v1/interfaces/${name}`, { ...clash, name }), {
      status: 409,
      body: errorsAt('/attachment/vlan', {
        detail: 'VLAN 10 on port p0 is already taken by interface "a"',
        object: undefined,
        holder: { kind: 'interfaces', name: 'a', pointer: '/attachment/vlan' },
      }),
    });
  const outside = [{ mac: '02:00:00:00:00:0a', addresses: ['192.0.2.99'] }];
  t.match(await call('PUT', '/v1/interfaces/c', vlanInterface('c', 11, { tenant: 'red', hosts: outside })), {
    status: 422,
    body: errorsAt('/hosts/0/addresses/0'),
  });
  t.match(await call('PUT', '/v1/interfaces/c', { ...vlanInterface('c', 11), mac: 'x' }), {
    status: 422,
    body: errorsAt('/mac'),
  });
  t.match(await call('DELETE', '/v1/tenants/red'), {
    status: 409,
    body: {
      type: 'urn:pointsman:problem:referenced',
      errors: [
        { pointer: '/tenant', object: { kind: 'vnis', name: 'v1' } },
        { pointer: '/tenant', object: { kind: 'interfaces', name: 'a' } },
      ],
    },
  });
  t.match(await call('GET', '/v1/tenants/nobody'), { status: 404, body: { title: 'There is no such resource' } });
  t.match(await call('GET', '/v1/tenants/-'), { status: 400 });
  t.match(await call('GET', '/v1/tenants?limit=1001'), { status: 400 });
  t.match(await call('GET', '/v1/tenants?limits=1'), { status: 400 });
  t.match(await call('GET', '/v1/nothing'), { status: 404 });
  t.match(await call('GET', '/v1/%zz'), { status: 400 });
  t.match(await call('POST', '/v1/tenants/red', {}), { status: 405, headers: { allow: 'DELETE, GET, HEAD, PUT' } });
  t.match(await call('PUT', '/v1/tenants/x', '{"name":'), {
    status: 400,
    body: { type: 'urn:pointsman:problem:bad-request' },
  });
  t.match(await call('PUT', '/v1/tenants/x', 'name: x', { 'content-type': 'text/yaml' }), { status: 415 });
  t.match(await call('PUT', '/v1/tenants/x', { description: 'x'.repeat(1024 * 1024) }), { status: 413 });
  t.equal(lab.store.snapshot().generation, 3);
});

t.test('the second tenant of an address is told that its ICMP is refused', async t => {
  const lab = await startLab(t);
  const call = await rest(t, lab);
  for (const name of ['red', 'blue']) await call('PUT', `/v1/tenants/${name}`, {});
  await call('PUT', '/v1/interfaces/wan', outerInterface('wan', 30));
  await call('PUT', '/v1/nat-pools/p', pool('p', 'wan'));
  t.match(await call('PUT', '/v1/nat-rules/red', { tenant: 'red', source: '10.0.0.0/24', pool: 'p' }), {
    status: 201,
    body: {
      status: {
        chunks: [
          { node: 'node1', address: '203.0.113.10', ports: { min: 4096, max: 8191 }, icmp: true, reason: undefined },
        ],
      },
    },
  });
  const blue = await call('PUT', '/v1/nat-rules/blue', { tenant: 'blue', source: '10.0.0.0/24', pool: 'p' });
  t.match(blue, {
    status: 201,
    body: {
      status: {
        chunks: [{ ports: { min: 8192, max: 12287 }, icmp: false, reason: /belongs to tenant "red" at node/ }],
      },
    },
  });
  // An answer can be sent back as it is.
  t.match(await call('PUT', '/v1/nat-rules/blue', blue.body), { status: 200, headers: { etag: blue.headers.etag } });
  t.match(await call('GET', '/v1/nat-rules'), {
    body: { items: [{ status: { chunks: [{ icmp: false }] } }, { status: { chunks: [{ icmp: true }] } }] },
  });
});

t.test('wait=installed', async t => {
  const lab = await startLab(t);
  const waited: number[] = [];
  const call = await rest(t, lab, {
    runtime: fakeRuntime({
      waitInstalled: async (generation, signal) => {
        waited.push(generation);
        if (generation === 2) throw new Error('the switch refused a flow');
        if (generation === 3)
          await new Promise((_, reject) => signal.addEventListener('abort', reject, { once: true }));
      },
    }),
  });
  t.match(await call('PUT', '/v1/tenants/a?wait=installed', {}), { status: 201 });
  t.match(await call('PUT', '/v1/tenants/b?wait=installed', {}), { status: 502, body: { detail: /refused a flow/ } });
  t.match(await call('PUT', '/v1/tenants/c?wait=installed&timeout=0.05', {}), {
    status: 504,
    body: { type: 'urn:pointsman:problem:install-timeout', detail: /generation 3 is in the state database/ },
  });
  t.match(await call('GET', '/v1/tenants/c'), { status: 200 });
  t.match(await call('DELETE', '/v1/tenants/c?wait=installed'), { status: 204 });
  t.match(await call('PUT', '/v1/tenants/d?wait=forever', {}), { status: 400 });
  t.strictSame(waited, [1, 2, 3, 4]);
});

t.test('reports and probes', async t => {
  const lab = await startLab(t);
  const call = await rest(t, lab);
  t.match(await call('GET', '/v1/status'), { status: 200, body: { node: 'node1' } });
  t.match(await call('GET', '/v1/flows/0x2A'), { status: 200, body: { cookie: '0x2a' } });
  t.match(await call('GET', '/v1/flows/0x2b'), { status: 404 });
  t.match(await call('GET', '/v1/flows/42'), { status: 400 });
  t.match(await call('GET', '/v1/counters/drops'), { body: { items: [{ reason: 'spoofed' }] } });
  t.match(await call('GET', '/healthz'), { status: 200 });
  t.match(await call('GET', '/readyz'), { status: 503, body: { detail: 'the switch is not connected' } });
});

t.test('the OpenAPI document describes every path', async t => {
  const lab = await startLab(t);
  const call = await rest(t, lab, { tokens: ['0123456789abcdef'] });
  const { status, body } = await call('GET', '/openapi.json');
  t.equal(status, 200);
  const document = body as {
    openapi: string;
    paths: Record<string, Record<string, { operationId: string; responses: Record<string, object> }>>;
    components: { schemas: Record<string, object> };
  };
  t.match(document.openapi, /^3\.1\./);
  const { valid, errors } = await new Validator().validate(document);
  t.ok(valid, JSON.stringify(errors));
  t.strictSame(
    Object.keys(document.paths).filter(path => path.startsWith('/v1/t')),
    ['/v1/tenants', '/v1/tenants/{name}'],
  );
  const operations = Object.values(document.paths).flatMap(path => Object.values(path));
  t.equal(new Set(operations.map(operation => operation.operationId)).size, operations.length);
  const text = JSON.stringify(document);
  const references = [...text.matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)].map(match => match[1] ?? '');
  t.ok(references.length > 20);
  for (const name of new Set(references)) t.ok(document.components.schemas[name], name);
  t.ok(document.paths['/v1/nat-rules/{name}']?.put?.responses['409']);
  t.match(await call('GET', '/docs/nothing'), { status: 404 });
});

t.test('tokens guard all of /v1, however it is spelled', async t => {
  const lab = await startLab(t);
  const call = await rest(t, lab, { tokens: ['0123456789abcdef', 'fedcba9876543210'] });
  t.match(await call('GET', '/v1/tenants'), { status: 401, headers: { 'www-authenticate': /^Bearer/ } });
  t.match(await call('GET', '/%761/tenants'), { status: 401 });
  t.match(await call('GET', '/v1/tenants', undefined, { authorization: 'Bearer 0123456789abcdeF' }), { status: 401 });
  t.match(await call('GET', '/v1/tenants', undefined, { authorization: 'Bearer fedcba9876543210' }), { status: 200 });
  t.match(await call('GET', '/healthz'), { status: 200 });
});

t.test('where it listens', async t => {
  const lab = await startLab(t);
  const path = join(lab.directory, 'api.sock');
  const options = { store: lab.store, runtime: fakeRuntime(), version: '0.0.0' };
  await t.rejects(startRest({ ...options, listen: { host: '0.0.0.0', port: 0 } }), { code: 'REST_LISTEN' });
  await t.rejects(startRest({ ...options, listen: { host: '::', port: 0 }, tokens: [] }), { code: 'REST_LISTEN' });
  await t.rejects(startRest({ ...options, listen: { unix: path }, tokens: ['short'] }), { code: 'REST_LISTEN' });
  const wide = await startRest({ ...options, listen: { host: '0.0.0.0', port: 0 }, tokens: ['0123456789abcdef'] });
  await wide.close();

  const first = await startRest({ ...options, listen: { unix: path } });
  t.equal(first.address, `unix:${path}`);
  await t.rejects(startRest({ ...options, listen: { unix: path } }), { code: 'REST_LISTEN' });
  const status = await new Promise(resolve =>
    httpRequest({ socketPath: path, path: '/healthz' }, response => resolve(response.resume().statusCode)).end(),
  );
  t.equal(status, 200);
  const broken = createConnection(path);
  broken.end('nonsense\r\n\r\n');
  t.match(String(await once(broken, 'data')), /^HTTP\/1.1 400 [\s\S]*application\/problem\+json[\s\S]*bad-request/);
  await first.close();
  await leaveStaleSocket(path);
  const second = await startRest({ ...options, listen: { unix: path } });
  await second.close();
});

/** A socket file that nobody listens on, as a killed process leaves it. */
async function leaveStaleSocket(path: string): Promise<void> {
  const { link, unlink } = await import('node:fs/promises');
  const server = createServer();
  await new Promise<void>(resolve => server.listen(`${path}.tmp`, resolve));
  await link(`${path}.tmp`, path);
  await new Promise(resolve => server.close(resolve));
  await unlink(`${path}.tmp`).catch(() => {});
}
