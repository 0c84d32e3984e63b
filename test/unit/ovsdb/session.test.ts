// The session against a peer that misbehaves as told.

import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { OvsdbMessageError } from '../../../src/ovsdb/errors.ts';
import type { Json } from '../../../src/ovsdb/json/json.ts';
import { Deadline } from '../../../src/ovsdb/rpc/deadline.ts';
import { RpcSession, type SessionOptions } from '../../../src/ovsdb/rpc/session.ts';
import { eventually } from '../../lab/wait.ts';
import { reply, startFakePeer } from './fake-peer.ts';

const identity = (json: Json): Json => json;
const quick = { minBackoff: 5, maxBackoff: 20 };

function startSession(t: Test, options: SessionOptions): RpcSession {
  const session = new RpcSession({ requestTimeout: 5_000, reconnect: quick, ...options });
  t.teardown(() => session.close());
  session.start();
  return session;
}

t.test('a call made before there is a server waits for it', async t => {
  const session = startSession(t, { remotes: [{ kind: 'unix', path: '/nonexistent/sock' }] });
  await t.rejects(session.request('echo', [], identity, { timeout: 30 }), { code: 'OVSDB_TIMEOUT' });
  await t.rejects(session.request('echo', [], identity, { signal: AbortSignal.timeout(30) }), {
    code: 'OVSDB_TIMEOUT',
  });
  await t.rejects(session.request('echo', [], identity, { signal: AbortSignal.abort() }), { code: 'OVSDB_TIMEOUT' });
  t.match(session.state, { kind: /backoff|connecting/ });
  const waiting = session.request('echo', [], identity);
  await session.close();
  await t.rejects(waiting, { code: 'OVSDB_CLOSED' });
  await t.rejects(session.request('echo', [], identity), { code: 'OVSDB_CLOSED' });
  t.throws(() => session.start(), { code: 'OVSDB_CLOSED' });
});

t.test('the queue of waiting calls is bounded', async t => {
  const session = startSession(t, {
    remotes: [{ kind: 'unix', path: '/nonexistent/sock' }],
    limits: { maxWaiting: 1 },
  });
  const first = session.request('echo', [], identity, { timeout: 30 });
  await t.rejects(session.request('echo', [], identity), { code: 'OVSDB_QUEUE_FULL' });
  await t.rejects(first, { code: 'OVSDB_TIMEOUT' });
});

t.test('requests in flight are bounded', async t => {
  const peer = await startFakePeer(t);
  const session = startSession(t, { remotes: [peer.endpoint], limits: { maxPending: 1 } });
  await session.ready(new Deadline(5_000));
  const first = session.request('echo', [], identity, { timeout: 30 });
  await t.rejects(session.request('echo', [], identity), { code: 'OVSDB_QUEUE_FULL' });
  await t.rejects(first, { code: 'OVSDB_OUTCOME_UNKNOWN' });
});

t.test('a call and the end of the connection in one turn: the next connection takes the call', async t => {
  const peer = await startFakePeer(t, (message, socket) => reply(socket, message, message.params ?? null));
  const session = startSession(t, { remotes: [peer.endpoint] });
  await session.ready(new Deadline(5_000));
  const call = session.request('echo', ['x'], identity);
  session.reconnect();
  t.same(await call, ['x']);
  t.equal(peer.sockets.length, 2);
  const last = session.request('echo', [], identity);
  await session.close();
  await t.rejects(last, { code: 'OVSDB_CLOSED' });
});

t.test('replies find their requests in any order', async t => {
  const held: (() => void)[] = [];
  const peer = await startFakePeer(t, (message, socket) => {
    held.unshift(() => reply(socket, message, message.params ?? null));
    if (held.length === 3) for (const send of held) send();
  });
  const session = startSession(t, { remotes: [peer.endpoint] });
  t.same(await Promise.all(['a', 'b', 'c'].map(name => session.request('echo', [name], identity))), [
    ['a'],
    ['b'],
    ['c'],
  ]);
});

t.test('what was sent when the connection breaks has an unknown outcome; the session comes back', async t => {
  const peer = await startFakePeer(t, (message, socket) => {
    if (message.method === 'transact') socket.destroy();
    else reply(socket, message, 'ok');
  });
  const session = startSession(t, { remotes: [peer.endpoint] });
  const disconnected = once(session, 'disconnected');
  await t.rejects(session.request('transact', ['D'], identity), { code: 'OVSDB_OUTCOME_UNKNOWN' });
  t.match(await disconnected, [{ code: 'OVSDB_DISCONNECTED' }]);
  t.equal(await session.request('echo', [], identity), 'ok');
  t.equal(peer.sockets.length, 2);
});

t.test('a transaction given up is cancelled', async t => {
  const peer = await startFakePeer(t);
  const session = startSession(t, { remotes: [peer.endpoint] });
  await t.rejects(session.request('transact', ['D'], identity, { timeout: 30 }), { code: 'OVSDB_OUTCOME_UNKNOWN' });
  for (let i = 0; peer.received.length < 2 && i < 100; i++) await sleep(5);
  t.match(peer.received[1], { method: 'cancel', params: [peer.received[0]?.id], id: null });
  const [socket] = peer.sockets;
  if (socket && peer.received[0]) reply(socket, peer.received[0], []);
  await sleep(20);
  t.equal(session.state.kind, 'ready', 'a late reply does no harm');
});

t.test('an error reply is an OvsdbRpcError', async t => {
  const peer = await startFakePeer(t, (message, socket) => {
    const error = message.method === 'a' ? { error: 'unknown database', details: 'no D' } : 'unknown method';
    socket.write(JSON.stringify({ id: message.id ?? null, result: null, error }));
  });
  const session = startSession(t, { remotes: [peer.endpoint] });
  await t.rejects(session.request('a', [], identity), {
    code: 'OVSDB_RPC_ERROR',
    error: 'unknown database',
    details: 'no D',
  });
  await t.rejects(session.request('b', [], identity), { code: 'OVSDB_RPC_ERROR', error: 'unknown method' });
});

t.test("the server's echo is answered, in pieces and with characters cut in two", async t => {
  const peer = await startFakePeer(t);
  const session = startSession(t, { remotes: [peer.endpoint] });
  await session.ready(new Deadline(5_000));
  const bytes = Buffer.from('{"id":"probe€","method":"echo","params":["ä😀"]}');
  for (const byte of bytes) {
    peer.sockets[0]?.write(Uint8Array.of(byte));
    await sleep(0);
  }
  for (let i = 0; peer.received.length < 1 && i < 100; i++) await sleep(5);
  t.same(peer.received, [{ id: 'probe€', result: ['ä😀'], error: null }]);
  peer.sockets[0]?.write('{"id":1,"method":"dance","params":[]}');
  for (let i = 0; peer.received.length < 2 && i < 100; i++) await sleep(5);
  t.same(peer.received[1], { id: 1, result: null, error: 'unknown method' });
});

t.test('what takes longer is done before what comes behind it, and is no silence', async t => {
  const peer = await startFakePeer(t, (message, socket) => {
    if (message.method === 'slow') {
      reply(socket, message, ['reply']);
      for (let i = 0; i < 5; i++) socket.write(`{"id":null,"method":"note","params":[${i}]}`);
      socket.write('{"id":7,"method":"echo","params":["x"]}');
    }
    if (message.method === 'echo') reply(socket, message, []);
  });
  const done: unknown[] = [];
  const session = startSession(t, {
    remotes: [peer.endpoint],
    reconnect: { ...quick, probeInterval: 20 },
    onNotification: async (_method, params) => {
      await sleep(30);
      done.push(params[0]);
    },
  });
  const result = session.request('slow', [], async json => {
    await sleep(80);
    done.push('decoded');
    return json;
  });
  t.same(await result, ['reply']);
  for (let i = 0; i < 100 && !peer.received.some(({ id }) => id === 7); i++) await sleep(10);
  t.same(done, ['decoded', 0, 1, 2, 3, 4], 'one after the other, and the echo is answered last');
  t.equal(peer.sockets.length, 1, 'the connection was not given up for silence');
});

t.test('handling that fails later closes the connection as well', async t => {
  const peer = await startFakePeer(t);
  const session = startSession(t, {
    remotes: [peer.endpoint],
    onNotification: async () => {
      await sleep(10);
      throw new OvsdbMessageError('nonsense');
    },
  });
  await session.ready(new Deadline(5_000));
  peer.sockets[0]?.write('{"id":null,"method":"note","params":[]}');
  t.match(await once(session, 'disconnected'), [{ code: 'OVSDB_BAD_MESSAGE' }]);
  await session.ready(new Deadline(5_000));
});

t.test('a silent server is probed, and given up when it stays silent', async t => {
  let silent = false;
  const peer = await startFakePeer(t, (message, socket) => {
    if (!silent) reply(socket, message, []);
  });
  const session = startSession(t, { remotes: [peer.endpoint], reconnect: { ...quick, probeInterval: 30 } });
  await session.ready(new Deadline(5_000));
  await eventually(() => peer.received.length >= 2, { what: 'two probes', interval: 5 });
  t.equal(peer.sockets.length, 1, 'answered probes keep the connection');
  silent = true;
  t.match(await once(session, 'disconnected'), [{ code: 'OVSDB_DISCONNECTED' }]);
  silent = false;
  await session.ready(new Deadline(5_000));
  t.equal(peer.sockets.length, 2);
});

const nonsense: readonly (readonly [string, string, string])[] = [
  ['malformed', '{"id":}', 'OVSDB_BAD_JSON'],
  ['oversized', `{"id":"${'x'.repeat(2_000)}`, 'OVSDB_BAD_JSON'],
  ['deep', `{"id":${'['.repeat(200)}`, 'OVSDB_BAD_JSON'],
  ['not a message', '{"hello":1}', 'OVSDB_BAD_MESSAGE'],
  ['params that are no array', '{"id":null,"method":"update","params":{}}', 'OVSDB_BAD_MESSAGE'],
  ['a reply to nothing', '{"id":77,"result":[],"error":null}', 'OVSDB_BAD_MESSAGE'],
  ['a reply without an id', '{"id":null,"result":[],"error":null}', 'OVSDB_BAD_MESSAGE'],
];
for (const [name, text, code] of nonsense) {
  t.test(`input that is ${name} closes the connection, and a new one is made`, async t => {
    const peer = await startFakePeer(t);
    const session = startSession(t, { remotes: [peer.endpoint], limits: { maxBytes: 1_000 } });
    await session.ready(new Deadline(5_000));
    const disconnected = once(session, 'disconnected');
    const refused = t.rejects(session.request('echo', [], identity), {
      code: 'OVSDB_OUTCOME_UNKNOWN',
      cause: { code },
    });
    await sleep(5);
    peer.sockets[0]?.write(text);
    await refused;
    t.match(await disconnected, [{ code }]);
    await session.ready(new Deadline(5_000));
    t.equal(peer.sockets.length, 2);
  });
}

t.test('a failing handshake backs off further each time', async t => {
  const peer = await startFakePeer(t, (message, socket) =>
    socket.write(JSON.stringify({ id: message.id ?? null, result: null, error: 'no' })),
  );
  const session = startSession(t, {
    remotes: [peer.endpoint],
    reconnect: { minBackoff: 10, maxBackoff: 10_000 },
    random: () => 1,
    handshake: async (connection, deadline) => connection.request('hello', [], { decode: () => undefined, deadline }),
  });
  await t.rejects(session.ready(new Deadline(500)), { code: 'OVSDB_TIMEOUT' });
  t.ok(peer.sockets.length >= 3, 'it is tried again');
  t.ok(peer.sockets.length <= 7, `not all the time (${peer.sockets.length} times)`);
  t.match(session.state, { kind: 'backoff', error: { code: 'OVSDB_RPC_ERROR', error: 'no' } });
});

t.test('a handshake that hangs is given up', async t => {
  const peer = await startFakePeer(t);
  const session = startSession(t, {
    remotes: [peer.endpoint],
    handshakeTimeout: 30,
    handshake: async (connection, deadline) => connection.request('hello', [], { decode: () => undefined, deadline }),
  });
  t.match(await once(session, 'disconnected'), [{ code: 'OVSDB_OUTCOME_UNKNOWN' }]);
});

t.test('a bad certificate is a failure to connect, not a crash', async t => {
  const session = startSession(t, {
    remotes: [{ kind: 'ssl', host: '127.0.0.1', port: 1 }],
    tls: { cert: 'nonsense', key: 'nonsense' },
  });
  await t.rejects(session.ready(new Deadline(50)), { code: 'OVSDB_TIMEOUT' });
  t.match(session.state, { kind: 'backoff', error: { code: 'OVSDB_DISCONNECTED', cause: Error } });
});
