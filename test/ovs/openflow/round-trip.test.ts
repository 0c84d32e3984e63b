// What goes into a real switch comes out of it again: as data, and in the words of ovs-ofctl.

import { once } from 'node:events';
import t from 'tap';
import {
  canonicalFlow,
  type FlowEntry,
  type FlowStats,
  flowKey,
  formatFlow,
  SwitchConnection,
  sameFlow,
} from '../../../src/openflow/index.ts';
import { flows } from './flows.ts';
import { PrivateOvs } from './private-ovs.ts';

t.test('flows through a switch', async t => {
  const ovs = await PrivateOvs.start();
  t.teardown(() => ovs.stop());
  const path = await ovs.addBridge('br0', 'p1');
  const connection = new SwitchConnection({ endpoint: { kind: 'unix', path } });
  t.teardown(() => connection.close());
  connection.start();
  await once(connection, 'connected');
  await connection.meterMod('add', { meter: 1, unit: 'pktps', bands: [{ kind: 'drop', rate: 100 }] });
  await connection.groupMod('add', { group: 7, type: 'all', buckets: [] });
  await connection.bundle(flows.map(flow => ({ kind: 'flow_mod', command: 'add', flow })));

  const dumped = new Map<bigint, FlowStats>();
  for await (const flow of connection.dumpFlows()) dumped.set(flow.cookie, flow);

  t.test('come back the same', async t => {
    t.equal(dumped.size, flows.length);
    for (const flow of flows) {
      const back = dumped.get(flow.cookie) as FlowEntry;
      t.same(canonicalFlow(back), canonicalFlow(flow), formatFlow(flow));
      t.equal(flowKey(back), flowKey(flow));
      t.ok(sameFlow(flow, back));
      t.equal(formatFlow(back), formatFlow(flow));
    }
  });

  t.test('print as ovs-ofctl prints them', async t => {
    const text = await ovs.ofctl('dump-flows', path, '--no-stats', '--no-names');
    const lines = text
      .split('\n')
      .filter(line => line.startsWith(' '))
      .map(line => line.trim());
    t.same(flows.map(flow => formatFlow(flow)).sort(), lines.sort());
  });

  t.test('print with counters as ovs-ofctl prints them', async t => {
    const timeless = (line: string) => line.replace(/duration=[^,]+s, /, '').replace(/idle_age=\d+, /, 'idle_age=, ');
    const text = await ovs.ofctl('dump-flows', path, '--no-names');
    const lines = text.split('\n').filter(line => line.startsWith(' '));
    const ours = [...dumped.values()].map(flow => timeless(formatFlow(flow, { stats: true })));
    t.same(ours.sort(), lines.map(line => timeless(line.trim())).sort());
  });

  t.test('are deleted by what was sent', async t => {
    await connection.bundle(flows.map(flow => ({ kind: 'flow_mod', command: 'delete_strict', flow })));
    const left: string[] = [];
    for await (const flow of connection.dumpFlows()) left.push(formatFlow(flow));
    t.same(left, []);
  });
});
