// Writes test/unit/openflow/vectors/*.json: what the real ovs-ofctl and ovs-vswitchd put on the wire.
// Run by hand, as root, when flows.ts grows: node --import=tsx test/ovs/openflow/capture-vectors.ts

import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import type { Duplex } from 'node:stream';
import { dial } from '../../../src/lib/dial.ts';
import { decode, encode, Framer, formatFlow, port, SwitchConnection } from '../../../src/openflow/index.ts';
import { flows } from './flows.ts';
import { PrivateOvs } from './private-ovs.ts';

const vectors = new URL('../../unit/openflow/vectors/', import.meta.url);
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const save = (name: string, data: unknown) => writeFile(new URL(name, vectors), `${JSON.stringify(data, null, 1)}\n`);

/** The flow mods that ovs-ofctl makes of our own texts, taken down by a switch that only shakes hands. */
async function captureFlowMods(): Promise<void> {
  const lines = flows.map(flow => formatFlow(flow));
  const frames: string[] = [];
  const server = createServer(socket => {
    const framer = new Framer();
    socket.on('error', () => {});
    socket.on('data', chunk => {
      for (const frame of framer.push(chunk)) {
        const { kind, version, xid } = decode(frame);
        if (kind === 'hello') socket.write(encode({ kind: 'hello', versions: [6], version: 6, xid }));
        else if (kind === 'barrier_request') socket.write(encode({ kind: 'barrier_reply', version, xid }));
        else if (kind === 'flow_mod') frames.push(hex(frame));
        else process.stderr.write(`${kind}\n`);
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port: number } = server.address() as AddressInfo;
  const child = execFile('ovs-ofctl', [
    '-O',
    'OpenFlow15',
    '--no-names',
    '--timeout=10',
    'add-flows',
    `tcp:127.0.0.1:${number}`,
    '-',
  ]);
  child.stdin?.end(`${lines.join('\n')}\n`);
  child.stderr?.pipe(process.stderr);
  await once(child, 'exit');
  server.close();
  if (frames.length !== lines.length) throw new Error(`${lines.length} flows gave ${frames.length} messages`);
  await save(
    'flow-mods.json',
    lines.map((text, i) => ({ text, hex: frames[i] })),
  );
}

/** One message of every kind that ovs-vswitchd sends. */
async function captureReplies(): Promise<void> {
  const ovs = await PrivateOvs.start();
  const seen = new Map<string, string>();
  const take = (chunk: Uint8Array, framer: Framer) => {
    for (const frame of framer.push(chunk)) {
      const message = decode(frame);
      const name = message.kind === 'multipart_reply' ? `${message.kind} ${message.body.type}` : `${message.kind}`;
      const known = seen.get(name);
      if (!known || known.length < 2 * frame.length) seen.set(name, hex(frame));
    }
  };
  const path = await ovs.addBridge('br0', 'p1');
  const connection = new SwitchConnection({
    endpoint: { kind: 'unix', path },
    dial: (endpoint, tls) => {
      const dialled = dial(endpoint, tls);
      const framer = new Framer();
      (dialled.socket as Duplex).prependListener('data', (chunk: Uint8Array) => take(Uint8Array.from(chunk), framer));
      return dialled;
    },
  });
  try {
    connection.start();
    await once(connection, 'connected');
    const packet = { inPort: port.controller, data: new Uint8Array(60) };
    await connection.packetOut({ ...packet, actions: [{ kind: 'controller', maxLength: 65535 }] });
    await connection.request({ kind: 'set_config', flags: 0, missSendLength: 65535 });
    await connection.packetOut({ ...packet, actions: [{ kind: 'controller', maxLength: 65535 }] });
    await connection.enablePacketIn();
    const userdata = new Uint8Array([1, 2, 3]);
    const actions = [
      { kind: 'set_field', field: 'reg0', value: 7 },
      { kind: 'set_field', field: 'metadata', value: 5n },
      { kind: 'controller', maxLength: 20, userdata, pause: true },
    ] as const;
    await connection.packetOut({ ...packet, actions });
    await connection.meterMod('add', {
      meter: 1,
      unit: 'pktps',
      burst: true,
      stats: true,
      bands: [{ kind: 'drop', rate: 100, burst: 5 }],
    });
    await connection.groupMod('add', {
      group: 7,
      type: 'select',
      selection: { method: 'dp_hash', parameter: 1n },
      buckets: [{ weight: 5, actions: [{ kind: 'output', port: 1 }] }, { actions: [] }],
    });
    await connection.bundle(flows.slice(30).map(flow => ({ kind: 'flow_mod', command: 'add', flow })));
    for await (const _ of connection.dumpFlows());
    await connection.request({ kind: 'multipart_request', body: { type: 'aggregate_stats' } });
    await connection.request({ kind: 'multipart_request', body: { type: 'table_stats' } });
    await connection.meterConfig();
    await connection.meterStats();
    await connection.groupDesc();
    await connection.portDesc();
    await connection.switchDesc();
    for (const kind of ['get_config_request', 'get_async_request'] as const) await connection.request({ kind });
    await connection.request({ kind: 'echo_request', data: userdata });
    await connection.request({ kind: 'role_request', role: 'no_change', shortId: 0, generationId: 0n });
    const bad = {
      table: 0,
      priority: 1,
      cookie: 0n,
      match: [{ field: 'tcp_dst', value: 80 }],
      instructions: [],
    } as const;
    await connection.request({ kind: 'flow_mod', command: 'add', flow: bad }).catch(() => {});
    const watched = { ...bad, match: [{ field: 'reg0', value: 80 }], flags: 1 } as const;
    await connection.request({ kind: 'flow_mod', command: 'add', flow: watched });
    await connection.request({ kind: 'flow_mod', command: 'delete', flow: watched });
    const moved = once(connection, 'portStatus');
    await ovs.vsctl('add-port', 'br0', 'p2', '--', 'set', 'interface', 'p2', 'type=internal');
    await moved;
    await save('from-switch.json', Object.fromEntries([...seen].sort()));
  } finally {
    await connection.close();
    await ovs.stop();
  }
}

await captureFlowMods();
await captureReplies();
