// The controller against switches that misbehave on purpose.

import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import {
  type ConnectedSwitch,
  Controller,
  type ControllerOptions,
  decode,
  encode,
  Framer,
  type Message,
  type MessageBody,
  parsePassiveEndpoint,
} from '../../../src/openflow/index.ts';

/** A switch that dials, and shakes hands as far as it is told to. */
class DiallingSwitch {
  readonly socket: Socket;
  readonly received: Message[] = [];
  readonly closed: Promise<unknown>;

  constructor(port: number, { datapathId = 1n, auxiliaryId = 0, hello = true, answers = true, version = 6 } = {}) {
    this.socket = connect({ host: '127.0.0.1', port });
    this.socket.on('error', () => {});
    this.closed = new Promise(resolve => this.socket.once('close', resolve));
    const framer = new Framer();
    this.socket.on('data', chunk => {
      for (const frame of framer.push(chunk)) {
        const message = decode(frame);
        this.received.push(message);
        if (message.kind === 'features_request') {
          const counts = { buffers: 0, tables: 254, capabilities: 0 };
          this.send({ kind: 'features_reply', datapathId, auxiliaryId, ...counts }, message.xid, version);
        }
        if (message.kind === 'barrier_request' && answers) this.send({ kind: 'barrier_reply' }, message.xid, version);
        if (message.kind === 'echo_request' && answers) {
          this.send({ kind: 'echo_reply', data: message.data }, message.xid, version);
        }
      }
    });
    if (hello) this.send({ kind: 'hello', versions: [version] }, 1, version);
  }

  send(body: MessageBody, xid = 0, version = 6): void {
    this.socket.write(encode({ ...body, version, xid }));
  }
}

async function listening(t: Test, options: Partial<ControllerOptions> = {}) {
  const endpoints = [parsePassiveEndpoint('ptcp:0:127.0.0.1', 6653)];
  const controller = new Controller({ endpoints, ...options });
  t.teardown(() => controller.close());
  await controller.listen();
  const [endpoint] = controller.endpoints;
  if (!endpoint || endpoint.kind === 'punix') throw new Error('no port');
  const dial = (options?: ConstructorParameters<typeof DiallingSwitch>[1]) => {
    const dialling = new DiallingSwitch(endpoint.port, options);
    t.teardown(() => dialling.socket.destroy());
    return dialling;
  };
  const next = async (): Promise<ConnectedSwitch> => (await once(controller, 'switch'))[0];
  return { controller, dial, next };
}

/** Short: a socket's path has room for 107 bytes. */
function socketPath(t: Test): string {
  const directory = mkdtempSync(join(tmpdir(), 'of-'));
  t.teardown(() => rmSync(directory, { recursive: true }));
  return join(directory, 'of.sock');
}

const portStatus = (portNo: number): MessageBody => ({
  kind: 'port_status',
  reason: 'modify',
  port: { portNo, hwAddr: 5n, name: `p${portNo}`, config: 0, state: 0 },
});

t.test('hands out a switch per datapath id', async t => {
  const { controller, dial, next } = await listening(t);
  const first = next();
  dial({ datapathId: 1n });
  const one = await first;
  const second = next();
  const fake = dial({ datapathId: 2n, version: 4 });
  const two = await second;
  t.same([...controller.switches.keys()], [1n, 2n]);
  t.equal(one.version, '1.5');
  t.equal(two.version, '1.3');
  await Promise.all([one.barrier(), two.barrier()]);
  const gone = once(two, 'disconnected');
  const statuses = two.portStatuses();
  fake.send({ kind: 'echo_request', data: new Uint8Array([7]) }, 9, 4);
  await once(fake.socket, 'data');
  t.match(fake.received.at(-1), { kind: 'echo_reply', xid: 9, version: 4 });
  fake.socket.end();
  await gone;
  t.match(await statuses.next(), { done: true });
  t.same([...controller.switches.keys()], [1n]);
  t.equal(two.datapathId, 2n);
});

t.test('a newer connection replaces the older', async t => {
  const { controller, dial, next } = await listening(t);
  const told: string[] = [];
  controller.on('switch', () => told.push('switch'));
  controller.on('switchGone', (_, reason) => told.push(reason));
  const first = next();
  const fake = dial();
  await first;
  const second = next();
  dial();
  const newer = await second;
  await fake.closed;
  t.same(told, ['switch', 'replaced by a newer connection', 'switch']);
  t.equal(controller.switches.get(1n), newer);
  await newer.barrier();
});

t.test('auxiliary connections join their main one', async t => {
  const { controller, dial, next } = await listening(t);
  const stray = dial({ auxiliaryId: 1 });
  t.match(await once(controller, 'refused'), ['an auxiliary connection without a main one']);
  await stray.closed;
  const came = next();
  const fake = dial();
  const main = await came;
  const statuses = main.portStatuses();
  const auxiliary = dial({ auxiliaryId: 3 });
  auxiliary.send(portStatus(1));
  while (main.auxiliaries.size === 0) await new Promise(resolve => setTimeout(resolve, 5));
  t.equal(main.auxiliaries.get(3)?.auxiliaryId, 3);
  await main.auxiliaries.get(3)?.barrier();
  auxiliary.send(portStatus(2));
  t.match(await statuses.next(), { value: { port: { portNo: 2 } } }, 'what it brings comes from the main one');
  const another = dial({ auxiliaryId: 4 });
  while (main.auxiliaries.size === 1) await new Promise(resolve => setTimeout(resolve, 5));
  another.socket.end();
  while (main.auxiliaries.size === 2) await new Promise(resolve => setTimeout(resolve, 5));
  t.equal(controller.switches.size, 1);
  fake.socket.destroy();
  await auxiliary.closed;
  t.equal(controller.switches.size, 0);
});

t.test('connections are bounded, and so is the handshake', async t => {
  const { controller, dial, next } = await listening(t, { maxConnections: 2, handshakeTimeout: 100 });
  const came = next();
  dial();
  await came;
  const mute = dial({ hello: false });
  await once(mute.socket, 'data');
  const refused = once(controller, 'refused');
  await dial({ datapathId: 3n }).closed;
  t.match(await refused, ['more than 2 connections', /^127\.0\.0\.1:/]);
  t.match(await once(controller, 'refused'), ['no handshake in 100 ms', /^127\.0\.0\.1:/]);
  await mute.closed;
  const again = next();
  dial({ datapathId: 4n });
  t.equal((await again).datapathId, 4n, 'there is room again');
});

t.test('a silent switch is probed and then given up', async t => {
  const { controller, dial, next } = await listening(t, { probeInterval: 30 });
  const came = next();
  const fake = dial({ answers: false });
  await came;
  t.match(await once(controller, 'switchGone'), [{}, 'the switch fell silent']);
  t.match(fake.received.at(-1), { kind: 'echo_request' });
  const lively = next();
  const other = dial({ datapathId: 2n });
  const connected = await lively;
  await new Promise(resolve => setTimeout(resolve, 150));
  t.ok(other.received.some(({ kind }) => kind === 'echo_request'));
  await connected.barrier();
  t.pass('one that answers stays');
});

t.test('a peer that is no switch', async t => {
  const { controller, dial } = await listening(t);
  const old = dial({ version: 1 });
  t.match(await once(controller, 'refused'), [/no version in common/]);
  await old.closed;
  t.match(old.received.at(-1), { kind: 'error', error: { name: 'OFPHFC_INCOMPATIBLE' } });
  const babbler = dial({ hello: false });
  babbler.socket.write('GET / HTTP/1.1\r\n\r\n');
  t.match(await once(controller, 'refused'), [/before a hello/]);
  await babbler.closed;
  const eager = dial({ hello: false });
  eager.send({ kind: 'barrier_reply' });
  t.match(await once(controller, 'refused'), [/before a hello/]);
});

t.test('close leaves nothing', async t => {
  const { controller, dial, next } = await listening(t);
  const came = next();
  const fake = dial();
  const connected = await came;
  const mute = dial({ hello: false });
  await once(mute.socket, 'data');
  const pending = connected.request({ kind: 'get_config_request' });
  const outcome = t.rejects(pending, { code: 'OF_OUTCOME_UNKNOWN' });
  await controller.close();
  await Promise.all([fake.closed, mute.closed, outcome]);
  t.equal(controller.switches.size, 0);
  t.same(controller.endpoints, []);
  await controller.close();
  await t.rejects(controller.listen(), { code: 'OF_NOT_CONNECTED' });
});

t.test('listens on all or on none', async t => {
  const path = socketPath(t);
  const first = new Controller({ endpoints: [{ kind: 'punix', path }] });
  t.teardown(() => first.close());
  await first.listen();
  t.ok(existsSync(path));
  const tcp = { kind: 'ptcp', host: '127.0.0.1', port: 0 } as const;
  const second = new Controller({ endpoints: [tcp, { kind: 'punix', path }] });
  await t.rejects(second.listen(), { code: 'EADDRINUSE' });
  t.same(second.endpoints, []);
  await first.close();
  t.notOk(existsSync(path));
  const long = new Controller({ endpoints: [{ kind: 'punix', path: `/tmp/${'x'.repeat(120)}` }] });
  await t.rejects(long.listen(), { code: 'BAD_ENDPOINT' });
  const unreadable = new Controller({ endpoints: [{ ...tcp, kind: 'pssl' }], tls: { key: '/nonexistent.pem' } });
  await t.rejects(unreadable.listen(), { code: 'ENOENT' });
  const closedEarly = new Controller({ endpoints: [tcp] });
  const starting = t.rejects(closedEarly.listen(), { code: 'OF_NOT_CONNECTED' });
  await closedEarly.close();
  await starting;
});

t.test('takes over the socket file of a process that is gone', async t => {
  const path = socketPath(t);
  const script = `require('net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`;
  t.throws(() => execFileSync(process.execPath, ['-e', script], { stdio: 'ignore' }));
  t.ok(existsSync(path));
  const controller = new Controller({ endpoints: [{ kind: 'punix', path }] });
  t.teardown(() => controller.close());
  await controller.listen();
  t.same(controller.endpoints, [{ kind: 'punix', path }]);
});
