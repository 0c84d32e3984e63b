// The connection against a real switch.

import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import t from 'tap';
import {
  BundleError,
  type BundleMod,
  bundleFlag,
  ConnectionError,
  type FlowEntry,
  flowDelete,
  type PacketIn,
  port,
  SwitchConnection,
  SwitchError,
} from '../../../src/openflow/index.ts';
import { PrivateOvs } from './private-ovs.ts';

const numbered = (i: number, table = 5): FlowEntry => ({
  table,
  priority: 100,
  cookie: BigInt(i),
  match: [
    { field: 'eth_type', value: 0x800 },
    { field: 'ip_dst', value: 0x0a000000 + i },
  ],
  instructions: [{ kind: 'apply_actions', actions: [{ kind: 'output', port: 1 }] }],
});
const add = (flow: FlowEntry): BundleMod => ({ kind: 'flow_mod', command: 'add', flow });

async function count(connection: SwitchConnection): Promise<number> {
  let found = 0;
  for await (const _ of connection.dumpFlows()) found++;
  return found;
}

t.test('a switch', async t => {
  const ovs = await PrivateOvs.start();
  t.teardown(() => ovs.stop());
  const path = await ovs.addBridge('br0', 'p1');
  const connection = new SwitchConnection({
    endpoint: { kind: 'unix', path },
    reconnect: { minBackoff: 20, maxBackoff: 200, probeInterval: 300 },
  });
  t.teardown(() => connection.close());

  t.test('refuses nothing before it is connected: we do', async t => {
    t.equal(connection.state, 'disconnected');
    await t.rejects(connection.barrier(), { code: 'OF_NOT_CONNECTED' });
    connection.start();
    t.equal(connection.state, 'connecting');
    const [features] = await once(connection, 'connected');
    t.equal(features.tables, 254);
    t.equal(connection.state, 'connected');
  });

  t.test('tells its ports and versions', async t => {
    const ports = await connection.portDesc();
    t.same(
      ports.map(({ portNo, name }) => [portNo, name]),
      [
        [port.local, 'br0'],
        [1, 'p1'],
      ],
    );
    t.match(await connection.switchDesc(), { hardware: 'Open vSwitch' });
  });

  t.test('has meters and groups', async t => {
    const meter = {
      meter: 3,
      unit: 'pktps',
      burst: true,
      stats: true,
      bands: [{ kind: 'drop', rate: 9, burst: 4 }],
    } as const;
    await connection.meterMod('add', meter);
    t.same(await connection.meterConfig(3), [meter]);
    t.match(await connection.meterStats(3), [{ meter: 3, packetInCount: 0n, bands: [{ packetCount: 0n }] }]);
    const error = await failure(connection.meterMod('add', meter));
    t.match(error, { code: 'OF_SWITCH_ERROR', error: { name: 'OFPMMFC_METER_EXISTS' } });
    await connection.meterMod('delete', meter);
    const group = {
      group: 8,
      type: 'select',
      selection: { method: 'dp_hash', parameter: 0n },
      buckets: [{ id: 0, weight: 10, actions: [{ kind: 'output', port: 1 }] }],
    } as const;
    await connection.groupMod('add', group);
    t.same(await connection.groupDesc(8), [group]);
    await t.rejects(connection.groupMod('add', group), SwitchError);
    await connection.groupMod('delete', group);
    await connection.ctFlushZone(7);
  });

  t.test('blames the flows of a bundle that cannot be, and takes none', async t => {
    const mods = Array.from({ length: 50 }, (_, i) => add(numbered(i)));
    const bad = { ...numbered(7), match: [{ field: 'tcp_dst', value: 80 }] } as const;
    const worse: FlowEntry = { ...numbered(9), instructions: [{ kind: 'goto_table', table: 1 }] };
    mods[20] = add(bad);
    mods[40] = add(worse);
    const error = await failure(connection.bundle(mods));
    t.ok(error instanceof BundleError);
    t.match((error as BundleError).failures, [
      { index: 20, mod: mods[20], error: { name: 'OFPBMC_BAD_PREREQ' } },
      { index: 40, mod: mods[40], error: { name: 'OFPBIC_BAD_TABLE_ID' } },
    ]);
    t.equal(await count(connection), 0);
  });

  t.test('blames the flow that fails only at commit', async t => {
    const overlap = add({ ...numbered(1), match: [{ field: 'eth_type', value: 0x800 }], flags: 2 });
    const error = await failure(connection.bundle([add(numbered(1)), overlap]));
    t.match(error, {
      failures: [{ index: 1, error: { name: 'OFPFMFC_OVERLAP' } }],
      cause: { error: { name: 'OFPBFC_MSG_FAILED' } },
    });
    t.equal(await count(connection), 0);
  });

  t.test('blames a bundle that it does not open', async t => {
    // Numbers of bundles count up: the next one is among these, and open already.
    const flags = bundleFlag.atomic | bundleFlag.ordered;
    const ids = Array.from({ length: 20 }, (_, i) => i + 1);
    for (const bundleId of ids) {
      await connection.request({ kind: 'bundle_control', bundleId, type: 'open_request', flags });
    }
    const error = await connection.bundle([add(numbered(1))]).catch((cause: unknown) => cause);
    t.ok(error instanceof BundleError, String(error));
    t.match(error, { failures: [], cause: { error: { name: 'OFPBFC_BAD_ID' } }, message: /as a whole: OFPBFC_BAD_ID/ });
    for (const bundleId of ids) {
      await connection.request({ kind: 'bundle_control', bundleId, type: 'discard_request', flags }).catch(() => {});
    }
  });

  t.test('deletes in a bundle, by texts', async t => {
    await connection.bundle([add(numbered(1, 7)), add(numbered(2, 7)), add(numbered(3, 8))]);
    await connection.bundle([flowDelete('table=7,ip,nw_dst=10.0.0.1'), flowDelete('table=8')]);
    const left: bigint[] = [];
    for await (const { table, cookie } of connection.dumpFlows()) if (table > 6) left.push(cookie);
    t.same(left, [2n]);
    await connection.bundle([flowDelete('table=7,priority=100,ip,nw_dst=10.0.0.2', { strict: true })]);
    t.equal((await count(connection)) > 0, false);
  });

  t.test('takes groups and flows in one bundle', async t => {
    const group = { group: 9, type: 'all', buckets: [] } as const;
    const flow: FlowEntry = {
      ...numbered(1),
      instructions: [{ kind: 'apply_actions', actions: [{ kind: 'group', group: 9 }] }],
    };
    await connection.bundle([{ kind: 'group_mod', command: 'add', group }, add(flow)]);
    t.equal(await count(connection), 1);
    await connection.bundle([{ kind: 'group_mod', command: 'delete', group }]);
    t.equal(await count(connection), 0, 'flows go with their group');
  });

  t.test('gives a dump of many parts', async t => {
    const size = 20_000;
    await connection.bundle(Array.from({ length: size }, (_, i) => add(numbered(i))));
    const cookies = new Set<bigint>();
    for await (const flow of connection.dumpFlows({ table: 5 })) cookies.add(flow.cookie);
    t.equal(cookies.size, size);
    t.equal([...(await collect(connection.dumpFlows({ cookie: 5n })))].length, 1);
    t.equal([...(await collect(connection.dumpFlows({ table: 6 })))].length, 0);
    for await (const flow of connection.dumpFlows()) {
      t.ok(flow.durationSeconds >= 0);
      break;
    }
    await connection.barrier();
    t.pass('a dump may be left early');
    const reply = await connection.request({ kind: 'multipart_request', body: { type: 'flow_desc' } });
    t.equal(reply.kind === 'multipart_reply' && reply.body.type === 'flow_desc' && reply.body.entries.length, size);
  });

  t.test('sends packets up when asked to', async t => {
    await connection.enablePacketIn();
    const arrived = once(connection, 'packetIn') as Promise<[PacketIn]>;
    const data = new Uint8Array(64).fill(7);
    const userdata = new Uint8Array([1, 2, 3]);
    await connection.packetOut({
      inPort: port.controller,
      data,
      actions: [
        { kind: 'set_field', field: 'reg0', value: 7 },
        { kind: 'controller', maxLength: 65535, userdata },
      ],
    });
    const [packet] = await arrived;
    t.same(packet.data, data);
    t.same(packet.userdata, userdata);
    t.equal(packet.inPort, port.controller);
    t.equal(packet.reason, 'apply_action');
    t.equal(packet.totalLength, 64);
  });

  t.test('tells what happens to ports and flows', async t => {
    const appeared = once(connection, 'portStatus');
    await ovs.vsctl('add-port', 'br0', 'p2', '--', 'set', 'interface', 'p2', 'type=internal');
    t.match(await appeared, [{ reason: 'add', port: { name: 'p2' } }]);
    const flow = { ...numbered(1, 9), flags: 1 };
    const removed = once(connection, 'flowRemoved');
    await connection.bundle([add(flow), { kind: 'flow_mod', command: 'delete_strict', flow }]);
    t.match(await removed, [{ table: 9, reason: 'delete', cookie: 1n }]);
  });

  t.test('errors that answer nothing are events', async t => {
    const told = once(connection, 'error', { signal: AbortSignal.timeout(5000) }).catch(error => [error]);
    const xid = connection.send(add({ ...numbered(1), match: [{ field: 'tcp_dst', value: 80 }] }));
    t.match(await told, [{ xid, error: { name: 'OFPBMC_BAD_PREREQ' } }]);
  });

  t.test('gives up on an abort', async t => {
    await t.rejects(connection.request({ kind: 'barrier_request' }, { signal: AbortSignal.abort() }), {
      code: 'OF_ABORTED',
    });
    const stop = new AbortController();
    const waiting = connection.request({ kind: 'echo_request', data: new Uint8Array() }, { signal: stop.signal });
    stop.abort();
    await t.rejects(waiting, { code: 'OF_ABORTED' });
    await connection.barrier();
  });

  t.test('comes back after a restart', async t => {
    const gone = once(connection, 'disconnected');
    const waiting = connection.bundle(Array.from({ length: 30_000 }, (_, i) => add(numbered(i)))).catch(error => error);
    await ovs.stopSwitch();
    await gone;
    const failed = await waiting;
    t.ok(failed === undefined || (failed instanceof ConnectionError && failed.code === 'OF_OUTCOME_UNKNOWN'));
    t.equal(connection.state, 'connecting');
    const back = once(connection, 'connected');
    await ovs.startSwitch();
    await back;
    t.equal(await count(connection), 0);
    const arrived = once(connection, 'packetIn');
    const actions = [{ kind: 'controller', maxLength: 65535 }] as const;
    await connection.packetOut({ inPort: port.controller, data: new Uint8Array(60), actions });
    await arrived;
    t.pass('packet-ins are asked for again');
  });

  t.test('closes for good', async t => {
    await connection.close();
    t.equal(connection.state, 'disconnected');
    await t.rejects(connection.barrier(), { code: 'OF_NOT_CONNECTED' });
  });

  t.test('a silent or babbling peer', async t => {
    const path = join(ovs.directory, 'fake.sock');
    const seen: string[] = [];
    const server = createServer(socket => {
      socket.on('error', () => {});
      socket.on('data', data => seen.push(data.toString('hex')));
      // OpenFlow 1.3 only.
      socket.write(Buffer.from('0400000800000001', 'hex'));
    }).listen(path);
    t.teardown(() => server.close());
    const other = new SwitchConnection({ endpoint: { kind: 'unix', path }, versions: ['1.5'] });
    t.teardown(() => other.close());
    other.start();
    const [first] = await once(server, 'connection');
    await once(first, 'close');
    t.match(seen.join(''), /06010014000000010000000004000008/, 'the hello is refused by an error');
    t.equal(other.state, 'connecting');
  });
});

/** What a promise is rejected with. */
async function failure(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    error => error,
  );
}

async function collect<T>(source: AsyncIterable<T>): Promise<readonly T[]> {
  const found: T[] = [];
  for await (const one of source) found.push(one);
  return found;
}
