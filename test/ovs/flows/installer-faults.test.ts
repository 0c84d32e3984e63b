// A large change, a switch that stands still in the middle of it, and one that is killed: what is installed in the end is what was
// asked for, and at no moment what must not be.

import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import type { FlowEntry } from '../../../src/openflow/index.ts';
import { encodeCookie } from '../../../src/policy/cookies.ts';
import { eventually } from '../../lab/wait.ts';
import { flowLines, install, openBridge, openInstaller } from './one-bridge.ts';

const count = 50_000;

/** Two tables: what the first sends on needs what the second has. */
function flowsOf(next: number, many = count): FlowEntry[] {
  return Array.from({ length: many }, (_, i): FlowEntry => {
    const id = i >> 1;
    const match = [
      { field: 'eth_type', value: 0x800 },
      { field: 'ip_dst', value: 0x0a000000 + id },
    ] as const;
    const table = 1 + (i % 2);
    const cookie = encodeCookie({ kind: 'routes', id });
    return {
      table,
      priority: 10,
      cookie,
      match,
      instructions: [{ kind: 'goto_table', table: table === 1 ? 2 : next }],
    };
  });
}

const programOf = (flows: FlowEntry[]) => ({ flows, groups: [], meters: [] });

t.test('large changes, and faults in them', async t => {
  const ovs = await openBridge(t);
  const installed = async (table: number) =>
    Number(/flow_count=(\d+)/.exec(await ovs.ofctl('dump-aggregate', 'br0', `table=${table}`))?.[1]);
  const signal = (name: 'SIGSTOP' | 'SIGCONT') => process.kill(ovs.vswitchdPid as number, name);

  await t.test('a change of 50,000 flows comes in parts, the later table first, and goes the other way', async t => {
    const installer = await openInstaller(t, ovs);
    const seen: [number, number][] = [];
    const during = async (work: Promise<unknown>) => {
      seen.length = 0;
      let isOver = false;
      const over = work.finally(() => {
        isOver = true;
      });
      // Two counts are not one moment: the first table is counted first while flows come, and last while they go.
      while (!isOver) seen.push([await installed(1), await installed(2)]);
      await over;
    };
    await during(install(installer, programOf(flowsOf(3))));
    t.ok(
      seen.every(([first, second]) => first <= second),
      JSON.stringify(seen),
    );
    t.strictSame([await installed(1), await installed(2)], [count / 2, count / 2]);
    t.equal(installer.flowCount, count);
    const { sent } = await install(installer, programOf([]));
    t.equal(sent, count);
    t.equal((await installed(1)) + (await installed(2)), 0);
    t.equal(installer.driftCount, 0, 'its own changes are nobody else’s');
  });

  await t.test('a switch that stands still makes it wait, and goes on where it was', async t => {
    const installer = await openInstaller(t, ovs);
    const work = install(installer, programOf(flowsOf(3)));
    await sleep(60);
    signal('SIGSTOP');
    t.teardown(() => signal('SIGCONT'));
    await sleep(300);
    t.ok(installer.behindFor >= 300);
    signal('SIGCONT');
    t.equal((await work).sent, count);
    t.equal(await installed(2), count / 2);
    t.equal(installer.behindFor, 0);
  });

  await t.test('of a commit that stalls beyond patience it is read what became of it', async t => {
    const installer = await openInstaller(t, ovs, { requestTimeout: 400 });
    await install(installer, programOf(flowsOf(3, 1000)));
    const wanted = programOf(flowsOf(4, 200));
    signal('SIGSTOP');
    t.teardown(() => signal('SIGCONT'));
    await t.rejects(install(installer, wanted), { code: /^OF_(TIMEOUT|OUTCOME_UNKNOWN)$/ });
    t.equal(installer.flowCount, undefined, 'not known');
    t.ok(installer.behindFor >= 400);
    signal('SIGCONT');
    await eventually(async () => (await install(installer, wanted)).sent >= 0, { what: 'the switch to take it' });
    t.equal((await installed(1)) + (await installed(2)), 200);
    t.match(await ovs.ofctl('dump-flows', 'br0', 'table=2,ip,nw_dst=10.0.0.7'), /goto_table:4/);
    t.equal((await install(installer, wanted)).sent, 0);
    installer.forget();
    t.equal((await install(installer, wanted)).sent, 0);
  });

  await t.test('a switch that is killed in the middle gets all of it when it is back', async t => {
    const installer = await openInstaller(t, ovs);
    await install(installer, programOf([]));
    const work = install(installer, programOf(flowsOf(5)));
    work.catch(() => {});
    await sleep(80);
    await ovs.killVswitchd();
    await t.rejects(work);
    t.equal(installer.flowCount, undefined);
    await ovs.startVswitchd();
    await eventually(() => installer.connected);
    const few = programOf(flowsOf(5, 100));
    await eventually(async () => (await install(installer, few)).sent === 100, { what: 'the flows' });
    t.equal(flowLines(await ovs.ofctl('dump-flows', 'br0')).length, 100);
    // The monitor is there again, too.
    const told = once(installer, 'drift');
    await ovs.ofctl('del-flows', 'br0', 'table=1');
    await told;
    t.equal((await install(installer, few)).sent, 50);
  });
});
