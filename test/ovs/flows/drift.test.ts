// What others do to a bridge: of ours it is put right at once, of theirs it is left alone.

import { once } from 'node:events';
import { isDeepStrictEqual } from 'node:util';
import t from 'tap';
import type { Drift } from '../../../src/controller/flows/drift.ts';
import { demoObjects, programOf } from '../../fixtures/demo-intent.ts';
import { eventually } from '../../lab/wait.ts';
import { flowLines, install, openBridge, openInstaller, plainFlow } from './one-bridge.ts';

t.test('drift', async t => {
  const ovs = await openBridge(t);
  const { integration } = programOf(demoObjects);
  const program = { ...integration, flows: [...integration.flows, plainFlow(5), plainFlow(6)] };
  const installer = await openInstaller(t, ovs);
  await install(installer, program);
  installer.on('drift', () => void install(installer, program));
  const state = async () => ({
    flows: flowLines(await ovs.ofctl('--no-stats', 'dump-flows', 'br0')).sort(),
    groups: (await ovs.ofctl('dump-groups', 'br0')).split('\n').slice(1).sort(),
    meters: (await ovs.ofctl('dump-meters', 'br0')).split('\n').slice(1).sort(),
  });
  const wanted = await state();
  const healed = async (what: string, of: Partial<Drift>, act: () => Promise<unknown>) => {
    const before = installer.driftCount;
    const told = once(installer, 'drift');
    await act();
    const done = performance.now();
    const [drift] = (await told) as [Drift];
    await eventually(async () => isDeepStrictEqual(await state(), wanted), { what, interval: 20 });
    t.ok(performance.now() - done < 2000, what);
    t.match(drift, of, what);
    t.ok(installer.driftCount > before);
  };

  await healed('a flow deleted', { flows: 1, cookies: ['0x706d040000000001'] }, () =>
    ovs.ofctl('--strict', 'del-flows', 'br0', 'table=120,priority=5'),
  );
  await healed('all flows deleted', { flows: program.flows.length }, () => ovs.ofctl('del-flows', 'br0'));
  await healed('flows modified', { flows: 2 }, () => ovs.ofctl('mod-flows', 'br0', 'table=120,actions=drop'));
  await healed('a flow replaced by one with a cookie of its own', { flows: 1 }, () =>
    ovs.ofctl('add-flow', 'br0', 'cookie=0x1,table=120,priority=5,actions=drop'),
  );
  await healed('a flow with our mark that is none of ours', { flows: 1 }, () =>
    ovs.ofctl('add-flow', 'br0', 'cookie=0x706d000000000000,table=120,priority=77,actions=drop'),
  );
  const [meter] = program.meters;
  const [group] = program.groups;
  await healed('a meter deleted', { meters: 1 }, () => ovs.ofctl('del-meter', 'br0', `meter=${meter?.meter}`));
  await healed('a meter changed', { meters: 1, flows: 0 }, () =>
    ovs.ofctl('mod-meter', 'br0', `meter=${meter?.meter},pktps,band=type=drop,rate=1`),
  );
  await healed('all meters deleted', {}, () => ovs.ofctl('del-meters', 'br0'));
  await healed('a group deleted', { groups: 1 }, () => ovs.ofctl('del-groups', 'br0', `group_id=${group?.group}`));
  await healed('a group changed', { groups: 1, flows: 0 }, () =>
    ovs.ofctl('mod-group', 'br0', `group_id=${group?.group},type=select,bucket=actions=drop`),
  );

  await t.test('of others nothing is touched, and nothing said', async t => {
    const before = installer.driftCount;
    await ovs.ofctl('add-flow', 'br0', 'cookie=0xabc,table=120,priority=9,actions=drop');
    await ovs.ofctl('add-meter', 'br0', 'meter=9999,pktps,band=type=drop,rate=5');
    await ovs.ofctl('add-group', 'br0', 'group_id=77,type=all,bucket=actions=drop');
    await ovs.ofctl('mod-flows', 'br0', 'cookie=0xabc/-1,table=120,actions=resubmit(,121)');
    installer.forget();
    t.equal((await install(installer, program)).sent, 0);
    t.match(await ovs.ofctl('dump-flows', 'br0', 'cookie=0xabc/-1'), /priority=9/);
    await ovs.ofctl('del-flows', 'br0', 'cookie=0xabc/-1');
    await ovs.ofctl('del-groups', 'br0', 'group_id=77');
    await ovs.ofctl('del-meter', 'br0', 'meter=9999');
    t.equal((await install(installer, program)).sent, 0);
    t.equal(installer.driftCount, before);
  });

  await t.test('a flow of ours in whose place is another when it goes leaves that one', async t => {
    const quiet = await openInstaller(t, ovs);
    await install(quiet, program);
    installer.removeAllListeners('drift');
    await ovs.ofctl('add-flow', 'br0', 'cookie=0x1,table=120,priority=6,actions=resubmit(,130)');
    await eventually(() => quiet.driftCount > 0);
    await install(quiet, {
      ...program,
      flows: program.flows.filter(({ table, priority }) => table !== 120 || priority !== 6),
    });
    t.match(await ovs.ofctl('dump-flows', 'br0', 'table=120'), /cookie=0x1, .*priority=6/);
  });
});
