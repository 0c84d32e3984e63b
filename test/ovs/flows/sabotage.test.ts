// What others do to a bridge without a word about groups and meters, or with flows that end by themselves, and what they have had
// first: in the end the bridge holds what is wanted, or it is told what is not there.

import { isDeepStrictEqual } from 'node:util';
import t, { type Test } from 'tap';
import { type FlowEntry, type MeterEntry, sealFlow } from '../../../src/openflow/index.ts';
import { encodeCookie } from '../../../src/policy/cookies.ts';
import { demoObjects, programOf } from '../../fixtures/demo-intent.ts';
import { eventually } from '../../lab/wait.ts';
import { flowLines, install, ofRoute, openBridge, openInstaller, plainFlow } from './one-bridge.ts';

t.test('sabotage', async t => {
  const ovs = await openBridge(t);
  const { integration } = programOf(demoObjects);
  const program = { ...integration, flows: [...integration.flows, plainFlow(5)] };
  const lease: FlowEntry = plainFlow(100, encodeCookie({ kind: 'system', id: 0 }), { hardTimeout: 60 });
  const installer = await openInstaller(t, ovs, { lease: sealFlow(lease).key });
  let wanted = program;
  await install(installer, wanted);
  installer.on('drift', () => void install(installer, wanted));
  const state = async () => ({
    flows: flowLines(await ovs.ofctl('--no-stats', 'dump-flows', 'br0')).sort(),
    groups: (await ovs.ofctl('dump-groups', 'br0')).split('\n').slice(1).sort(),
    meters: (await ovs.ofctl('dump-meters', 'br0')).split('\n').slice(1).sort(),
  });
  const whole = await state();
  const heals = async (t: Test, what: string) => {
    await eventually(async () => installer.isInSync && isDeepStrictEqual(await state(), whole), { what, interval: 20 });
    t.strictSame((await install(installer, wanted)).refused, [], what);
    t.equal(installer.flowCount, wanted.flows.length, what);
  };

  await t.test('vswitchd itself takes away flows, groups and meters: a controller comes and goes', async t => {
    await ovs.vsctl('set-controller', 'br0', 'tcp:127.0.0.1:1');
    await heals(t, 'with a controller');
    await ovs.vsctl('del-controller', 'br0');
    await heals(t, 'without it');
    await ovs.vsctl('set-controller', 'br0', 'tcp:127.0.0.1:1', '--', 'del-controller', 'br0');
    await heals(t, 'as if nothing had been');
  });
  await t.test('a flow that ends by itself, in the place of one of ours, and beside them', async t => {
    await ovs.ofctl('add-flow', 'br0', 'cookie=0xabc,hard_timeout=600,table=120,priority=5,actions=drop');
    await heals(t, 'a hard timeout');
    await ovs.ofctl('add-flow', 'br0', 'cookie=0xabc,idle_timeout=600,table=120,priority=5,actions=drop');
    await heals(t, 'an idle timeout');
    await ovs.ofctl('add-flow', 'br0', 'cookie=0x706d000000000000,hard_timeout=600,table=120,priority=77,actions=drop');
    await heals(t, 'with our mark');
    await ovs.ofctl(
      'add-flow',
      'br0',
      'cookie=0x706d000000000000,hard_timeout=600,table=120,priority=100,actions=drop',
    );
    await new Promise(resolve => setTimeout(resolve, 200));
    installer.forget();
    t.equal((await install(installer, wanted)).sent, 0, 'the lease is left alone');
    t.match(await ovs.ofctl('dump-flows', 'br0', 'table=120'), /priority=100/);
    await ovs.ofctl('--strict', 'del-flows', 'br0', 'table=120,priority=100');
    t.strictSame(await state(), whole);
  });

  await t.test('what it has missed of that is found by the audit', async t => {
    installer.lose();
    await ovs.ofctl('add-flow', 'br0', 'cookie=0x706d000000000000,hard_timeout=600,table=120,priority=77,actions=drop');
    await ovs.ofctl('add-flow', 'br0', 'cookie=0xabc,hard_timeout=600,table=120,priority=5,actions=drop');
    await install(installer, wanted);
    t.strictSame(await state(), whole);
  });

  await t.test('a meter or group that somebody else has is theirs, and comes when they let go of it', async t => {
    const theirs = 'pktps,band=type=drop,rate=7';
    await ovs.ofctl('add-meter', 'br0', `meter=500,${theirs}`);
    await ovs.ofctl('add-flow', 'br0', 'cookie=0xabc,table=200,actions=meter:500,resubmit(,201)');
    await ovs.ofctl('add-group', 'br0', 'group_id=77,type=all,bucket=actions=drop');
    await ovs.ofctl('add-flow', 'br0', 'cookie=0xabc,table=201,actions=group:77');
    const before = await state();
    const meter: MeterEntry = {
      meter: 500,
      unit: 'pktps',
      burst: true,
      bands: [{ kind: 'drop', rate: 10, burst: 10 }],
    };
    wanted = {
      groups: [...program.groups, { group: 77, type: 'indirect', buckets: [{ actions: [] }] }],
      meters: [...program.meters, meter],
      flows: [
        ...program.flows,
        plainFlow(30, ofRoute(30), {
          instructions: [{ kind: 'apply_actions', actions: [{ kind: 'meter', meter: 500 }] }],
        }),
        plainFlow(31, ofRoute(31), {
          instructions: [{ kind: 'apply_actions', actions: [{ kind: 'group', group: 77 }] }],
        }),
        plainFlow(32, ofRoute(32)),
      ],
    };
    let one = installer;
    for (const what of ['at first', 'after an audit', 'after a look', 'after a restart']) {
      if (what === 'after an audit') installer.forget();
      if (what === 'after a look') installer.look();
      if (what === 'after a restart') installer.removeAllListeners('drift');
      if (what === 'after a restart') one = await openInstaller(t, ovs);
      const { refused } = await install(one, wanted);
      t.strictSame(
        refused
          .map(each => (each.what === 'flow' ? each.object?.id : `${each.what} ${each.number} ${each.reason}`))
          .sort(),
        [30, 31, 'group 77 OFPGMFC_GROUP_EXISTS', 'meter 500 OFPMMFC_METER_EXISTS'],
        what,
      );
      const { flows, ...others } = await state();
      t.strictSame({ ...others, flows: flows.filter(line => !line.includes('priority=32')) }, before, what);
      t.equal(flows.length, before.flows.length + 1, `${what}: the rest is there`);
    }
    const freed = new Promise<void>(resolve => {
      one.once('freed', resolve);
    });
    await ovs.ofctl('del-meter', 'br0', 'meter=500');
    await freed;
    await eventually(async () => (await install(one, wanted)).refused.every(({ what }) => what !== 'meter'));
    t.match(await ovs.ofctl('dump-meters', 'br0'), /meter=500 pktps burst/);
    wanted = program;
    await install(one, wanted);
    t.notMatch(await ovs.ofctl('dump-meters', 'br0'), /meter=500 /);
    t.match(await ovs.ofctl('dump-groups', 'br0'), /group_id=77,type=all/);
    await ovs.ofctl('del-groups', 'br0', 'group_id=77');
    t.strictSame(await state(), whole);
  });
});
