// The connection against a peer that misbehaves on purpose.

import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import t, { type Test } from 'tap';
import {
  decode,
  encode,
  Framer,
  type Message,
  type MessageBody,
  SwitchConnection,
} from '../../../src/openflow/index.ts';

/** A switch that shakes hands and then does what `answer` says. */
class FakeSwitch {
  readonly server: Server;
  readonly received: Message[] = [];
  socket: Socket | undefined;

  constructor(answer: (message: Message, fake: FakeSwitch) => void) {
    this.server = createServer(socket => {
      this.socket = socket;
      const framer = new Framer();
      socket.on('error', () => {});
      socket.on('data', chunk => {
        for (const frame of framer.push(chunk)) {
          const message = decode(frame);
          this.received.push(message);
          if (message.kind === 'hello') this.send({ kind: 'hello', versions: [1, 4, 6] }, message.xid);
          else if (message.kind === 'features_request') this.send(features, message.xid);
          else answer(message, this);
        }
      });
    });
  }

  send(body: MessageBody, xid: number): void {
    this.socket?.write(encode({ ...body, version: 6, xid }));
  }
}

const features: MessageBody = {
  kind: 'features_reply',
  datapathId: 5n,
  buffers: 0,
  tables: 254,
  auxiliaryId: 0,
  capabilities: 0,
};

async function connect(
  t: Test,
  answer: (message: Message, fake: FakeSwitch) => void,
  options: Partial<ConstructorParameters<typeof SwitchConnection>[0]> = {},
): Promise<{ fake: FakeSwitch; connection: SwitchConnection }> {
  const fake = new FakeSwitch(answer);
  fake.server.listen(0, '127.0.0.1');
  await once(fake.server, 'listening');
  const { port } = fake.server.address() as AddressInfo;
  const endpoint = { kind: 'tcp', host: '127.0.0.1', port } as const;
  const connection = new SwitchConnection({ endpoint, requestTimeout: 500, ...options });
  t.teardown(async () => {
    await connection.close();
    fake.server.close();
  });
  connection.start();
  await once(connection, 'connected');
  return { fake, connection };
}

t.test('answers an echo with its data', async t => {
  const { fake } = await connect(t, () => {});
  fake.send({ kind: 'echo_request', data: new Uint8Array([1, 2]) }, 77);
  await new Promise(resolve => fake.socket?.once('data', resolve));
  t.same(fake.received.at(-1), { kind: 'echo_reply', data: new Uint8Array([1, 2]), version: 6, xid: 77 });
});

t.test('what is in flight when the connection goes has an unknown outcome', async t => {
  const { connection } = await connect(t, (_, fake) => fake.socket?.destroy());
  const gone = once(connection, 'disconnected');
  await t.rejects(connection.barrier(), { code: 'OF_OUTCOME_UNKNOWN' });
  await gone;
  t.throws(() => connection.send({ kind: 'barrier_request' }), { code: 'OF_NOT_CONNECTED' });
});

t.test('an answer that does not come is a timeout', async t => {
  const { connection } = await connect(t, () => {}, { requestTimeout: 20 });
  await t.rejects(connection.barrier(), { code: 'OF_TIMEOUT' });
  await t.rejects(connection.portDesc(), { code: 'OF_TIMEOUT' });
  t.equal(connection.state, 'connected');
});

t.test('an answer of the wrong kind is an error', async t => {
  const { connection } = await connect(t, (message, fake) => fake.send({ kind: 'barrier_reply' }, message.xid));
  await t.rejects(connection.request({ kind: 'get_config_request' }), { code: 'OF_UNEXPECTED_REPLY' });
});

t.test('a malformed message is refused and ends the connection', async t => {
  const { fake, connection } = await connect(t, () => {});
  const gone = Promise.all([once(connection, 'disconnected'), once(fake.socket as Socket, 'close')]);
  // A port status that ends before its port.
  fake.socket?.write(Buffer.from('060c000c00000005' + '00000000', 'hex'));
  await gone;
  const refusal = fake.received.find(({ kind }) => kind === 'error');
  t.match(refusal, { error: { name: 'OFPBRC_BAD_LEN' }, xid: 5 });
});

t.test('a silent switch is probed and then given up', async t => {
  const reconnect = { probeInterval: 30, minBackoff: 10 };
  const { fake, connection } = await connect(t, () => {}, { reconnect });
  const [reason] = await once(connection, 'disconnected');
  t.match(reason, 'silent');
  t.match(fake.received.at(-1), { kind: 'echo_request' });
  await once(connection, 'connected');
  t.pass('and dialled again');
});

t.test('the send queue is bounded', async t => {
  const { fake, connection } = await connect(t, () => {}, { maxSendQueue: 100_000 });
  fake.socket?.pause();
  const flood = () => {
    for (let i = 0; i < 1000; i++) connection.send({ kind: 'echo_request', data: new Uint8Array(60_000) });
  };
  t.throws(flood, { code: 'OF_SEND_QUEUE_FULL' });
});

t.test('parts of an answer are put together, and can be taken one by one', async t => {
  const flow = { priority: 1, cookie: 1n, match: [], instructions: [] };
  const stats = { packetCount: 1n, byteCount: 2n, durationSeconds: 1.5 };
  const { connection } = await connect(t, (message, fake) => {
    for (let table = 0; table < 100; table++) {
      const body = { type: 'flow_desc', entries: [{ ...flow, ...stats, table }] } as const;
      fake.send({ kind: 'multipart_reply', ...(table < 99 && { more: true }), body }, message.xid);
    }
  });
  const tables: number[] = [];
  for await (const { table, durationSeconds } of connection.dumpFlows()) {
    t.equal(durationSeconds, 1.5);
    tables.push(table);
    // Slower than the switch: the connection must stop reading, and start again.
    if (table % 10 === 0) await new Promise(resolve => setTimeout(resolve, 2));
  }
  t.same(
    tables,
    Array.from({ length: 100 }, (_, i) => i),
  );
  const whole = await connection.request({ kind: 'multipart_request', body: { type: 'flow_desc' } });
  t.match(whole, { kind: 'multipart_reply', more: undefined, body: { type: 'flow_desc' } });
  t.equal(whole.kind === 'multipart_reply' && whole.body.type === 'flow_desc' && whole.body.entries.length, 100);
});

/** Waits until the switch has got what `wanted` says. */
async function got(fake: FakeSwitch, wanted: (message: Message) => boolean): Promise<Message> {
  for (;;) {
    const found = fake.received.find(wanted);
    if (found) return found;
    await new Promise(resolve => setTimeout(resolve, 2));
  }
}

const isError = ({ kind }: Message): boolean => kind === 'error';
const answerBarriers = (message: Message, fake: FakeSwitch): void => {
  if (message.kind === 'barrier_request') fake.send({ kind: 'barrier_reply' }, message.xid);
};

t.test('a message nobody knows, or that only a controller says, is refused, and the connection stays', async t => {
  const { fake, connection } = await connect(t, answerBarriers);
  fake.send({ kind: 'unknown', type: 99, data: new Uint8Array(100) }, 5);
  const refusal = await got(fake, isError);
  t.match(refusal, { xid: 5, error: { name: 'OFPBRC_BAD_TYPE' } });
  t.equal(refusal.kind === 'error' && refusal.data.length, 64, 'the start of what was refused');
  fake.send({ kind: 'features_request' }, 6);
  t.match(await got(fake, message => isError(message) && message.xid === 6), { error: { name: 'OFPBRC_BAD_TYPE' } });
  await connection.barrier();
});

t.test('a message of another version, or of impossible length, is refused and ends the connection', async t => {
  for (const [bytes, name] of [
    ['040a002800000005', 'OFPBRC_BAD_VERSION'],
    ['060a000700000005', 'OFPBRC_BAD_LEN'],
  ] as const) {
    const { fake, connection } = await connect(t, () => {});
    const gone = Promise.all([once(connection, 'disconnected'), once(fake.socket as Socket, 'close')]);
    fake.socket?.write(Buffer.concat([Buffer.from(bytes, 'hex'), new Uint8Array(32)]));
    await gone;
    t.match(fake.received.find(isError), { error: { name }, xid: 5 });
  }
});

t.test('an echo may come in any version', async t => {
  const { fake, connection } = await connect(t, answerBarriers);
  fake.socket?.write(encode({ kind: 'echo_request', data: new Uint8Array(), version: 4, xid: 8 }));
  t.match(await got(fake, ({ kind }) => kind === 'echo_reply'), { version: 6, xid: 8 });
  await connection.barrier();
});

t.test('what comes unasked answers nothing, whatever its xid', async t => {
  const port = { portNo: 3, hwAddr: 5n, name: 'p3', config: 0, state: 0 };
  const { connection } = await connect(t, (message, fake) => {
    if (message.kind === 'barrier_request') fake.send({ kind: 'port_status', reason: 'add', port }, message.xid);
    answerBarriers(message, fake);
  });
  const stream = connection.portStatuses();
  await connection.barrier();
  t.match(await stream.next(), { value: { port: { portNo: 3 } } });
});

const part = (table: number, more: boolean): MessageBody => {
  const counters = { packetCount: 1n, byteCount: 2n, durationSeconds: 1 };
  const flow = { table, priority: 1, cookie: 1n, match: [], instructions: [], ...counters };
  return { kind: 'multipart_reply', ...(more && { more }), body: { type: 'flow_desc', entries: [flow] } };
};

t.test('answers that come too late are thrown away', async t => {
  const { fake, connection } = await connect(t, answerBarriers, { requestTimeout: 30 });
  const late = connection.messages('multipart_reply');
  await t.rejects(connection.dumpFlows().next(), { code: 'OF_TIMEOUT' });
  const { xid } = await got(fake, ({ kind }) => kind === 'multipart_request');
  fake.send(part(1, true), xid);
  fake.send(part(2, false), xid);
  fake.send(part(3, false), 0);
  const { value } = await late.next();
  t.match(value, { xid: 0 }, 'but not what answers nothing');
  await connection.barrier();
  t.equal(late.waiting, 0);
});

t.test('a slow loop is not a slow switch', async t => {
  const { connection } = await connect(
    t,
    (message, fake) => {
      for (let i = 0; i < 40; i++) fake.send(part(i, i < 39), message.xid);
    },
    { requestTimeout: 50 },
  );
  let count = 0;
  for await (const _ of connection.dumpFlows()) {
    if (count++ === 0) await new Promise(resolve => setTimeout(resolve, 150));
  }
  t.equal(count, 40);
});

t.test('entries may be asked for all at once', async t => {
  const { connection } = await connect(t, (message, fake) => {
    for (let i = 0; i < 3; i++) fake.send(part(i, i < 2), message.xid);
  });
  const dump = connection.dumpFlows();
  const found = await Promise.all([dump.next(), dump.next(), dump.next(), dump.next()]);
  t.same(
    found.map(({ value }) => value?.table),
    [0, 1, 2, undefined],
  );
});

t.test('a dump may be left while it waits', async t => {
  const { connection } = await connect(t, answerBarriers);
  const dump = connection.dumpFlows();
  const waiting = dump.next();
  await connection.barrier();
  await dump.return?.();
  t.match(await waiting, { done: true });
});

t.test('streams survive a reconnect and end with the owner', async t => {
  const { fake, connection } = await connect(t, () => {}, { reconnect: { minBackoff: 5 } });
  const stream = connection.portStatuses();
  const port = { portNo: 1, hwAddr: 5n, name: 'p1', config: 0, state: 0 };
  const status = (reason: 'add' | 'delete'): void => fake.send({ kind: 'port_status', reason, port }, 0);
  status('add');
  t.match(await stream.next(), { value: { reason: 'add' } });
  const back = once(connection, 'connected');
  fake.socket?.destroy();
  await back;
  status('delete');
  t.match(await stream.next(), { value: { reason: 'delete' } });
  const last = stream.next();
  await connection.close();
  t.match(await last, { done: true });
});

t.test('a stale generation is an error of its own', async t => {
  const { connection } = await connect(t, (message, fake) => {
    if (message.kind !== 'role_request') return;
    if (message.role === 'no_change') fake.send({ ...message, kind: 'role_reply', role: 'equal' }, message.xid);
    else fake.send({ kind: 'error', error: { type: 11, code: 0, name: '' }, data: new Uint8Array() }, message.xid);
  });
  t.match(await connection.role('no_change'), { role: 'equal' });
  await t.rejects(connection.role('secondary', 7n), { name: 'StaleGenerationError', generationId: 7n });
});

t.test('a bundle fits a short send queue', async t => {
  const replies = { open_request: 'open_reply', close_request: 'close_reply', commit_request: 'commit_reply' } as const;
  const { fake, connection } = await connect(
    t,
    (message, fake) => {
      if (message.kind !== 'bundle_control' || !(message.type in replies)) return;
      fake.send({ ...message, type: replies[message.type as keyof typeof replies] }, message.xid);
    },
    { maxSendQueue: 20_000 },
  );
  const flow = { table: 1, priority: 1, cookie: 1n, match: [], instructions: [] };
  await connection.bundle(Array.from({ length: 2000 }, () => ({ kind: 'flow_mod', command: 'add', flow })));
  t.equal(fake.received.filter(({ kind }) => kind === 'bundle_add').length, 2000);
});

t.test('a version must be offered', async t => {
  const endpoint = { kind: 'tcp', host: '127.0.0.1', port: 1 } as const;
  t.throws(() => new SwitchConnection({ endpoint, versions: [] }), RangeError);
});
