// What comes before routing: who may speak, in which words, and how long it may take.

import { EventEmitter, once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { RequestOptions } from 'node:https';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import t, { type Test } from 'tap';
import { type RestOptions, startRest } from '../../../src/controller/rest/server.ts';
import { makeCertificates } from '../../lab/certificates.ts';
import { startLab } from '../state/fixture.ts';
import { fakeRuntime } from './fake-runtime.ts';
import { send } from './http.ts';
import { RawConnection } from './raw-http.ts';

const token = '0123456789abcdef';
const loopback = { host: '127.0.0.1', port: 0 };

async function serve(t: Test, more: Partial<RestOptions> = {}) {
  const lab = await startLab(t);
  const log: string[] = [];
  const rest = await startRest({
    store: lab.store,
    runtime: fakeRuntime(),
    version: '0.0.0',
    listen: loopback,
    logger: pino({ level: 'debug' }, { write: line => void log.push(line) }),
    ...more,
  });
  t.teardown(() => rest.close());
  const port = Number(/:(\d+)$/.exec(rest.address)?.[1]);
  return { lab, log, rest, port, connect: () => new RawConnection({ host: '127.0.0.1', port }) };
}

t.test('over TCP nothing is open without credentials, unless a setting says so', async t => {
  const lab = await startLab(t);
  const options = { store: lab.store, runtime: fakeRuntime(), version: '0.0.0' };
  for (const host of ['127.0.0.1', '::1', '0.0.0.0', '::'])
    await t.rejects(startRest({ ...options, listen: { host, port: 0 }, tokens: [] }), { code: 'REST_LISTEN' }, host);
  for (const host of ['0.0.0.0', '::'])
    await t.rejects(
      startRest({ ...options, listen: { host, port: 0 }, allowUnauthenticated: true }),
      { code: 'REST_LISTEN' },
      `${host}, whatever the setting`,
    );
  const rest = await startRest({ ...options, listen: loopback, allowUnauthenticated: true });
  await rest.close();
});

t.test('a web page cannot reach it: Host and Origin', async t => {
  const server = await serve(t, { allowUnauthenticated: true, hostNames: ['pointsman.example', '[2001:db8::1]'] });
  const { port } = server;
  const get = (headers: Record<string, string>, path = '/v1/tenants') => send({ port, path, headers });
  for (const host of [
    '127.0.0.1',
    `127.0.0.1:${port}`,
    'localhost:1',
    '[::1]',
    'POINTSMAN.example:80',
    '[2001:db8::1]',
  ])
    t.match(await get({ host }), { status: 200 }, host);
  const foreign = [
    'attacker.example',
    `attacker.example:${port}`,
    'localhost.attacker.example',
    '127.0.0.1.attacker.example',
  ];
  for (const host of [
    ...foreign,
    '192.0.2.9',
    hostname(),
    'pointsman.example.',
    ':80',
    '127.1',
    '[::ffff:192.0.2.1]',
  ]) {
    t.match(await get({ host }), { status: 421, body: { type: 'urn:pointsman:problem:misdirected' } }, `Host: ${host}`);
  }
  for (const path of ['/', '/docs', '/openapi.json', '/healthz', '/nothing'])
    t.match(await get({ host: 'attacker.example' }, path), { status: 421 }, path);

  const put = (headers: Record<string, string>) =>
    send({
      ...{ port, method: 'PUT', path: '/v1/tenants/red', body: '{}' },
      headers: { 'content-type': 'application/json', ...headers },
    });
  const host = `localhost:${port}`;
  const origins = [
    `http://127.0.0.1:${port}`,
    'http://localhost',
    `https://${host}`,
    'http://attacker.example',
    'null',
  ];
  for (const origin of [...origins, `http://localhost:${port}/`, `http://x@${host}`, '']) {
    const refused = { status: 403, body: { type: 'urn:pointsman:problem:foreign-origin' } };
    t.match(await put({ host, origin }), refused, `PUT, Origin: ${origin}`);
    t.match(await get({ host, origin }), refused, `GET, Origin: ${origin}`);
  }
  t.equal(server.lab.store.snapshot().generation, 0, 'nothing was written');
  t.match(await put({ host, origin: `http://${host}` }), { status: 201 }, 'a page of ours, as /docs is');
  t.match(await put({ host: 'pointsman.example', origin: 'http://pointsman.example:80' }), { status: 200 });

  t.match(await send({ port, path: `http://localhost:${port}/v1/tenants` }), { status: 200 }, 'an absolute target');
  t.match(await send({ port, path: 'http://attacker.example/v1/tenants' }), { status: 421 }, 'and its name counts');
});

t.test('a token in a URL is refused, and is not written down', async t => {
  const server = await serve(t, { tokens: [token] });
  const { port, log } = server;
  const headers = { authorization: `Bearer ${token}` };
  for (const query of [`access_token=${token}`, `limit=1&access%5Ftoken=${token}`, `ACCESS_TOKEN=${token}`]) {
    for (const path of [`/v1/tenants?${query}`, `/nothing?${query}`, `/docs?${query}`])
      t.match(
        await send({ port, path, headers }),
        { status: 400, body: { instance: /^\/[a-z0-9/]+\?[^=]*(limit=1&)?\.\.\.$/ } },
        path,
      );
  }
  for (const path of [
    `/v1/tenants?token=${token}`,
    `/v1/%zz?access_token=${token}`,
    `http://u:${token}@localhost/v1/tenants`,
  ])
    t.notMatch(JSON.stringify(await send({ port, path, headers })), token, `${path}: not in the answer`);
  // A parameter that there is not is named to the one who sent it.
  await send({ port, path: `/v1/tenants?${token}`, headers });
  t.ok(
    log.some(line => line.includes('/v1/tenants?...')),
    'requests are logged',
  );
  t.notMatch(log.join(''), token, 'the token is not');
});

t.test('TLS, with tokens and with client certificates', async t => {
  const folder = t.testdir({});
  const certificates = await makeCertificates(folder);
  const read = ({ key, cert }: { key: string; cert: string }) => ({ key: readFileSync(key), cert: readFileSync(cert) });
  const ours = read(certificates.controller);
  const ca = readFileSync(certificates.ca);
  const get = (port: number, options: RequestOptions) => send({ tls: true, port, path: '/v1/tenants', ca, ...options });

  await t.test('tokens', async t => {
    const { port, rest } = await serve(t, { tokens: [token], tls: ours });
    t.match(rest.address, /^https:/);
    const headers = { authorization: `Bearer ${token}` };
    t.match(await get(port, { headers }), { status: 200 });
    t.match(await get(port, { headers: { ...headers, origin: `https://127.0.0.1:${port}` } }), { status: 200 });
    t.match(await get(port, { headers: { ...headers, origin: `http://127.0.0.1:${port}` } }), { status: 403 });
    t.match(await get(port, {}), { status: 401, headers: { 'www-authenticate': /^Bearer/ } });
    t.match(await get(port, { headers: { authorization: `Bearer x${token}` } }), { status: 401 });
    await t.rejects(
      get(port, { headers, ca: readFileSync(certificates.otherCa) }),
      /certificate/,
      'a client that trusts others',
    );
    await t.rejects(send({ port, path: '/v1/tenants', headers }), 'in the clear');
    await t.rejects(get(port, { headers, maxVersion: 'TLSv1.1', minVersion: 'TLSv1' }), 'an old version');

    const other = `${token}-other`;
    const stranger = read(certificates.stranger);
    const otherCa = readFileSync(certificates.otherCa);
    const otherHeaders = { authorization: `Bearer ${other}` };
    rest.replaceCredentials({ tokens: [other], tls: stranger });
    await t.rejects(get(port, { headers: otherHeaders }), 'another certificate is shown');
    const unchecked = { ca: otherCa, checkServerIdentity: () => undefined };
    t.match(await get(port, { headers: otherHeaders, ...unchecked }), { status: 200 });
    t.match(await get(port, { headers, ...unchecked }), { status: 401 });
    t.throws(() => rest.replaceCredentials({ tokens: ['short'], tls: ours }), { code: 'REST_LISTEN' });
    t.throws(() => rest.replaceCredentials({ tokens: [token], tls: { ...ours, key: stranger.key } }));
    t.throws(() => rest.replaceCredentials({ tokens: [], tls: ours }), { code: 'REST_LISTEN' }, 'not without any');
    t.match(await get(port, { headers: otherHeaders, ...unchecked }), { status: 200 }, 'all stays as it was');
  });
  await t.test('client certificates', async t => {
    const { port } = await serve(t, { tls: { ...ours, clientCa: ca } });
    t.match(await get(port, read(certificates.switch)), { status: 200 });
    await t.rejects(get(port, {}), 'none');
    await t.rejects(get(port, read(certificates.stranger)), 'of another authority');
  });
  await t.test('both', async t => {
    const { port } = await serve(t, { tokens: [token], tls: { ...ours, clientCa: ca } });
    const headers = { authorization: `Bearer ${token}` };
    t.match(await get(port, { headers, ...read(certificates.switch) }), { status: 200 });
    t.match(await get(port, read(certificates.switch)), { status: 401 });
    await t.rejects(get(port, { headers }));
  });
});

t.test('what is not HTTP gets a problem document all the same', async t => {
  const server = await serve(t, { allowUnauthenticated: true });
  const host = 'host: localhost';
  const put = 'PUT /v1/tenants/red HTTP/1.1';
  const json = 'content-type: application/json';
  const cases: Readonly<Record<string, readonly [status: number, type: string, ...lines: readonly string[]]>> = {
    'no request line': [400, 'bad-request', 'nonsense', '', ''],
    'an unknown method': [400, 'bad-request', 'FROB /v1/tenants HTTP/1.1', host, '', ''],
    CONNECT: [400, 'bad-request', 'CONNECT localhost:1 HTTP/1.1', host, '', ''],
    'another version of HTTP': [505, 'http-version', 'GET / HTTP/3.0', host, '', ''],
    'HTTP/2': [505, 'http-version', 'PRI * HTTP/2.0', '', 'SM', '', ''],
    'a header without a colon': [400, 'bad-request', 'GET / HTTP/1.1', host, 'broken', '', ''],
    'headers without end': [431, 'headers-too-large', 'GET / HTTP/1.1', host, `x: ${'x'.repeat(20_000)}`, '', ''],
    'a long URL': [431, 'headers-too-large', `GET /${'x'.repeat(20_000)} HTTP/1.1`, host, '', ''],
    'no Host': [400, 'bad-request', 'GET /healthz HTTP/1.1', 'connection: close', '', ''],
    'an empty Host': [421, 'misdirected', 'GET /healthz HTTP/1.1', 'host:', 'connection: close', '', ''],
    'two Hosts': [400, 'bad-request', 'GET /healthz HTTP/1.1', host, host, 'connection: close', '', ''],
    'two lengths': [400, 'bad-request', put, host, json, 'content-length: 2', 'content-length: 3', '', '{}'],
    'length and chunks': [
      400,
      'bad-request',
      put,
      host,
      json,
      'content-length: 2',
      'transfer-encoding: chunked',
      '',
      '{}',
    ],
    'a chunk without size': [400, 'bad-request', put, host, json, 'transfer-encoding: chunked', '', 'xyz', ''],
    'an expectation': [
      417,
      'expectation-failed',
      put,
      host,
      json,
      'expect: wonders',
      'content-length: 2',
      'connection: close',
      '',
      '{}',
    ],
    'escapes that are none': [400, 'bad-request', 'GET /v1/tenants/%zz HTTP/1.1', host, 'connection: close', '', ''],
    'bytes that are no UTF-8': [400, 'bad-request', 'GET /v1/tenants/%ff HTTP/1.1', host, 'connection: close', '', ''],
    'JSON that is none': [400, 'bad-request', put, host, json, 'content-length: 1', 'connection: close', '', '{'],
    'a coding': [
      415,
      'unsupported-media-type',
      put,
      host,
      json,
      'content-encoding: gzip',
      'content-length: 2',
      'connection: close',
      '',
      '{}',
    ],
    'another type': [
      415,
      'unsupported-media-type',
      put,
      host,
      'content-type: text/plain',
      'content-length: 2',
      'connection: close',
      '',
      '{}',
    ],
    'no type': [415, 'unsupported-media-type', put, host, 'content-length: 2', 'connection: close', '', '{}'],
    'a body that is too large': [
      413,
      'too-large',
      put,
      host,
      json,
      'content-length: 999999999',
      'connection: close',
      '',
      '{}',
    ],
    'a method that the path has not': [
      405,
      'method-not-allowed',
      'PATCH /v1/tenants/red HTTP/1.1',
      host,
      'connection: close',
      '',
      '',
    ],
    'one that no path has': [
      405,
      'method-not-allowed',
      'PROPFIND /v1/tenants HTTP/1.1',
      host,
      'connection: close',
      '',
      '',
    ],
    TRACE: [405, 'method-not-allowed', 'TRACE /v1/tenants HTTP/1.1', host, 'connection: close', '', ''],
    'a preflight': [405, 'method-not-allowed', 'OPTIONS /v1/tenants HTTP/1.1', host, 'connection: close', '', ''],
    'all of the server': [404, 'not-found', 'OPTIONS * HTTP/1.1', host, 'connection: close', '', ''],
    'nothing there': [404, 'not-found', 'GET /v1/tenants/red/x HTTP/1.1', host, 'connection: close', '', ''],
    'a name that is too long': [
      400,
      'bad-parameter',
      `GET /v1/tenants/${'x'.repeat(200)} HTTP/1.1`,
      host,
      'connection: close',
      '',
      '',
    ],
  };
  for (const [what, [status, type, ...lines]] of Object.entries(cases)) {
    const connection = server.connect();
    connection.send(...lines);
    const answers = await connection.answers();
    t.match(answers, [{ status, headers: { 'content-type': /^application\/problem\+json/ } }], what);
    t.match(JSON.parse(answers[0]?.body || '{}'), { type: `urn:pointsman:problem:${type}`, status }, what);
    if (status === 405) t.match(answers[0]?.headers, { allow: /^[a-z, ]+$/ }, `${what}: Allow`);
    if (what === 'a coding') t.match(answers[0]?.headers, { 'accept-encoding': 'identity' });
  }
  t.equal(server.lab.store.snapshot().generation, 0);
  const docs = await send({ port: server.port, path: '/' });
  t.match(docs, { status: 302, headers: { location: '/docs' } });
});

t.test('slow clients, and silent ones', async t => {
  // Long beside what a busy machine takes to read what was sent.
  const timeouts = { headers: 1_500, request: 2_500, interval: 100, grace: 5_000 };
  const server = await serve(t, { allowUnauthenticated: true, timeouts });
  const silent = server.connect();
  const slowHeaders = server.connect();
  slowHeaders.send('GET /healthz HTTP/1.1', 'host: loc');
  const slowBody = server.connect();
  slowBody.send(
    'PUT /v1/tenants/red HTTP/1.1',
    'host: localhost',
    'content-type: application/json',
    'content-length: 900',
    '',
    '{',
  );
  const trickle = setInterval(() => slowBody.send(' '), 100);
  t.teardown(() => clearInterval(trickle));
  t.strictSame(await silent.answers(), [], 'nothing said, nothing answered, closed');
  const late = [
    {
      status: 408,
      headers: { 'content-type': /^application\/problem\+json/, connection: 'close' },
      body: /request-timeout/,
    },
  ];
  t.match(await slowHeaders.answers(), late);
  t.match(await slowBody.answers(), late);
  t.equal(server.lab.store.snapshot().generation, 0);
});

t.test('a pipeline is answered in order, and each request sees what came before', async t => {
  const server = await serve(t, { allowUnauthenticated: true });
  const { connect } = server;
  const request = (line: string, body = '', ...more: string[]) =>
    [
      `${line} HTTP/1.1`,
      'host: localhost',
      ...(body && ['content-type: application/json', `content-length: ${body.length}`]),
      ...more,
      '',
      body,
    ].join('\r\n');
  const connection = connect();
  connection.send(
    request('GET /v1/tenants/red') +
      request('PUT /v1/tenants/red', '{"description":"a"}') +
      request('GET /v1/tenants/red') +
      request('PUT /v1/tenants/red', '{"description":"b"}') +
      request('GET /v1/tenants/red') +
      request('DELETE /v1/tenants/red') +
      request('GET /v1/tenants/red') +
      request('PUT /v1/tenants/red', '{}') +
      'nonsense\r\n\r\n',
  );
  const answers = await connection.answers();
  t.strictSame(
    answers.map(({ status }) => status),
    [404, 201, 200, 200, 200, 204, 404, 201, 400],
  );
  t.match([answers[2]?.body, answers[4]?.body], [/"a"/, /"b"/]);
  t.match(answers[8], { headers: { connection: 'close' }, body: /bad-request/ }, 'the refusal comes last');

  const flood = connect();
  flood.send(request('PUT /v1/tenants/blue', '{}') + request('GET /v1/tenants/blue').repeat(500));
  await flood.closed;
  t.match(
    await send({ port: server.port, path: '/healthz' }),
    { status: 200 },
    'who sends too many at once is cut off',
  );
});

t.test('who is still connected when it stops is told so', async t => {
  const steps = new EventEmitter();
  const runtime = fakeRuntime({
    status: async () => {
      steps.emit('asked');
      await once(steps, 'stopping');
      throw new Error('of the test');
    },
  });
  const server = await serve(t, { allowUnauthenticated: true, runtime });
  const connection = server.connect();
  connection.send('GET /v1/status HTTP/1.1', 'host: localhost', '', 'GET /healthz HTTP/1.1', 'host: localhost', '', '');
  await once(steps, 'asked');
  const closed = server.rest.close();
  // The pipelined request is looked at only when the first one is answered.
  steps.emit('stopping');
  t.match(await connection.answers(), [
    { status: 500 },
    { status: 503, headers: { 'retry-after': /./ }, body: /stopping/ },
  ]);
  await closed;
});

t.test('who does not end holds up nothing', async t => {
  const timeouts = { headers: 60_000, request: 60_000, interval: 1_000, grace: 200 };
  const arrived = new EventEmitter();
  const runtime = fakeRuntime({
    status: () => {
      arrived.emit('request');
      return new Promise(() => {});
    },
  });
  const server = await serve(t, { allowUnauthenticated: true, runtime, timeouts });
  const slow = server.connect();
  slow.send('GET /healthz HTTP/1.1', 'host: loc');
  const waiting = server.connect();
  waiting.send('GET /v1/status HTTP/1.1', 'host: localhost', '', '');
  await once(arrived, 'request');
  await server.rest.close();
  t.strictSame(await slow.answers(), []);
  t.strictSame(await waiting.answers(), []);
});

t.test('the socket of the machine has no Host to check', async t => {
  const lab = await startLab(t);
  const path = join(lab.directory, 'api.sock');
  const rest = await startRest({ store: lab.store, runtime: fakeRuntime(), version: '0.0.0', listen: { unix: path } });
  t.teardown(() => rest.close());
  t.match(await send({ socketPath: path, path: '/v1/tenants', headers: { host: 'anything' } }), { status: 200 });
});
