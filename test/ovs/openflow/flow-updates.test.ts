// Flow monitors of a real switch, in each version, through lost connections and slow readers.

import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import {
  type BundleMod,
  type FlowMonitorSpec,
  type FlowUpdateEvent,
  flowMonitorFlag,
  type MessageStream,
  SwitchConnection,
  type VersionName,
} from '../../../src/openflow/index.ts';
import { PrivateOvs } from './private-ovs.ts';

const all = flowMonitorFlag.initial | flowMonitorFlag.add | flowMonitorFlag.removed | flowMonitorFlag.modify;
const ofTable5: readonly FlowMonitorSpec[] = [{ flags: all | flowMonitorFlag.instructions, table: 5 }];

const add = (i: number, table = 5): BundleMod => ({
  kind: 'flow_mod',
  command: 'add',
  flow: {
    table,
    priority: 100,
    cookie: BigInt(i),
    match: [
      { field: 'eth_type', value: 0x800 },
      { field: 'ip_dst', value: 0x0a000000 + i },
    ],
    instructions: [{ kind: 'goto_table', table: 9 }],
  },
});
const flows = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => add(from + i));

async function take(stream: MessageStream<FlowUpdateEvent>, count: number): Promise<readonly FlowUpdateEvent[]> {
  const found: FlowUpdateEvent[] = [];
  while (found.length < count) {
    const { value } = await stream.next();
    if (value === undefined) break;
    found.push(value);
  }
  return found;
}

t.test('flow updates', async t => {
  const ovs = await PrivateOvs.start('host');
  t.teardown(() => ovs.stop());
  const path = await ovs.addBridge('br0');
  const open = async (t: Test, version: VersionName) => {
    const reconnect = { minBackoff: 10, maxBackoff: 50 };
    const connection = new SwitchConnection({ endpoint: { kind: 'unix', path }, versions: [version], reconnect });
    t.teardown(() => connection.close());
    connection.start();
    await once(connection, 'connected');
    return connection;
  };

  for (const version of ['1.3', '1.4', '1.5'] as const) {
    t.test(`in ${version}`, async t => {
      await ovs.ofctl('del-flows', path);
      const connection = await open(t, version);
      await connection.bundle(flows(0, 300));
      const updates = connection.flowUpdates(ofTable5);
      t.throws(() => connection.flowUpdates(ofTable5), { code: 'OF_BUSY' });
      const there = await take(updates, 300);
      t.ok(there.every(({ event }) => event === (version === '1.3' ? 'added' : 'initial')));
      t.equal(new Set(there.map(update => 'cookie' in update && update.cookie)).size, 300);

      await ovs.ofctl('add-flow', path, 'table=5,priority=7,cookie=0x99,tcp,actions=drop');
      t.match(await take(updates, 1), [{ event: 'added', table: 5, cookie: 0x99n, priority: 7, instructions: [] }]);
      await ovs.ofctl('mod-flows', path, 'table=5,tcp,actions=output:3');
      t.match(await take(updates, 1), [
        { event: 'modified', instructions: [{ kind: 'apply_actions', actions: [{ kind: 'output', port: 3 }] }] },
      ]);
      await ovs.ofctl('add-flow', path, 'table=6,tcp,actions=drop');
      await ovs.ofctl('--strict', 'del-flows', path, 'table=5,priority=7,tcp');
      t.match(await take(updates, 1), [{ event: 'removed', reason: 'delete' }], 'nothing of another table');

      const xid = connection.send(add(400));
      t.same(await take(updates, 1), [{ event: 'abbreviated', xid }], 'what we did ourselves comes short');

      await updates.return();
      await connection.barrier();
      await connection.bundle([add(401)]);
      const again = connection.flowUpdates(ofTable5);
      t.equal((await take(again, 302)).length, 302, 'the monitor was taken away, a new one takes its place');
      t.equal(again.waiting, 0);
      await connection.close();
      t.match(await again.next(), { done: true });
    });
  }

  t.test('what the switch refuses is thrown', async t => {
    const connection = await open(t, '1.5');
    const updates = connection.flowUpdates([{ flags: 0x4000 }]);
    await t.rejects(updates.next(), { code: 'OF_UNEXPECTED_REPLY' });
    await connection.barrier();
    const next = connection.flowUpdates(ofTable5);
    await connection.bundle([add(1000)]);
    t.ok((await next.next()).value, 'and another may be asked for');
  });

  t.test('a lost connection is told, and the switch asked again', async t => {
    await ovs.ofctl('del-flows', path);
    const connection = await open(t, '1.5');
    await connection.bundle(flows(0, 3));
    const updates = connection.flowUpdates(ofTable5);
    await take(updates, 3);
    await ovs.stopSwitch();
    await ovs.startSwitch();
    // The old switch takes its flows along, one by one.
    while ((await updates.next()).value?.event !== 'restarted');
    await ovs.ofctl('add-flow', path, 'table=5,cookie=5,tcp,actions=drop');
    t.match(await take(updates, 1), [{ cookie: 5n }], 'the new switch has no flows but this');
  });

  t.test('a slow reader holds the socket back, and loses nothing', async t => {
    await ovs.ofctl('del-flows', path);
    const connection = await open(t, '1.5');
    const other = await open(t, '1.5');
    const updates = connection.flowUpdates(ofTable5, { limit: 10 });
    const count = 40_000;
    await other.bundle(flows(0, count));
    await sleep(100);
    const waiting = updates.waiting;
    t.ok(waiting > 10 && waiting < count / 2, `${waiting} wait`);
    // The switch pauses a monitor that does not read, and then tells the difference: each flow once, however long
    // the pause (OVS ofproto/connmgr.c).
    const seen = new Set<bigint>();
    for await (const update of updates) {
      if ('cookie' in update) {
        if (seen.has(update.cookie)) t.fail(`${update.cookie} came twice`);
        seen.add(update.cookie);
      }
      if (seen.size === count) break;
    }
    t.equal(seen.size, count);
    t.equal(updates.dropped, 0);
  });
});
