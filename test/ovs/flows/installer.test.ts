// The installer against a real vswitchd: sends the difference, touches nothing of others, blames what is refused.

import t, { type Test as TapTest } from 'tap';
import { FlowInstaller } from '../../../src/controller/flows/installer.ts';
import { silentLogger } from '../../../src/lib/logger.ts';
import { type FlowEntry, parseActiveEndpoint, SwitchConnection } from '../../../src/openflow/index.ts';
import { encodeCookie } from '../../../src/policy/cookies.ts';
import { demoObjects, programOf } from '../../fixtures/demo-intent.ts';
import { Lab } from '../../lab/lab.ts';
import { type LabOvs, startOvs } from '../../lab/ovs.ts';

async function bridge(t: TapTest): Promise<LabOvs> {
  const lab = await Lab.open();
  t.teardown(() => lab.close());
  const ovs = await startOvs(lab, { netns: await lab.namespace('node') });
  await ovs.vsctl('add-br', 'br0', '--', 'set', 'Bridge', 'br0', 'datapath_type=netdev', 'fail_mode=secure');
  await ovs.requireNoErrors();
  return ovs;
}

async function installer(t: TapTest, ovs: LabOvs): Promise<FlowInstaller> {
  const endpoint = parseActiveEndpoint(ovs.managementEndpoint('br0'), 6653);
  const connection = new SwitchConnection({ endpoint });
  t.teardown(() => connection.close());
  const connected = new Promise<void>(resolve => {
    connection.once('connected', () => resolve());
  });
  connection.start();
  await connected;
  return new FlowInstaller({ bridge: 'br0', connection, logger: silentLogger });
}

const lines = (dump: string) => dump.split('\n').filter(line => line.includes('cookie='));

t.test('the installer', async t => {
  const ovs = await bridge(t);
  const { integration: program } = programOf(demoObjects);
  await ovs.ofctl('add-meter', 'br0', 'meter=9999,pktps,band=type=drop,rate=5');
  await ovs.ofctl('add-group', 'br0', 'group_id=77,type=all,bucket=actions=drop');
  await ovs.ofctl('add-flow', 'br0', 'cookie=0xabc,table=3,priority=9,actions=group:77');

  await t.test('installs all of a program', async t => {
    const { sent, refused } = await (await installer(t, ovs)).install(program);
    t.equal(sent, program.flows.length + program.meters.length + program.groups.length);
    t.strictSame(refused, []);
    t.equal(lines(await ovs.ofctl('dump-flows', 'br0')).length, program.flows.length + 1);
  });

  await t.test('sends nothing that is already there, not even after a restart', async t => {
    const again = await installer(t, ovs);
    t.equal((await again.install(program)).sent, 0);
    again.forget();
    t.equal((await again.install(program)).sent, 0);
  });

  await t.test('puts back what somebody took away, once it looks', async t => {
    const held = await installer(t, ovs);
    await held.install(program);
    await ovs.ofctl('del-flows', 'br0', 'table=8');
    await ovs.ofctl('del-meter', 'br0', 'meter=8');
    t.equal((await held.install(program)).sent, 0, 'it does not look at every install');
    held.forget();
    const { sent, restored } = await held.install(program);
    t.ok(sent > 0);
    t.equal(restored, sent, 'and says so');
    held.forget();
    const { restored: others } = await held.install({ ...program, flows: program.flows.slice(1) });
    t.equal(others, 0, 'what is wanted anew restores nothing');
    await held.install(program);
    t.equal(lines(await ovs.ofctl('dump-flows', 'br0')).length, program.flows.length + 1);
    t.match(await ovs.ofctl('dump-meters', 'br0'), /meter=8 /);
  });

  await t.test('blames a flow that the switch refuses, and installs the rest', async t => {
    const bad: FlowEntry = {
      table: 20,
      priority: 1,
      cookie: encodeCookie({ kind: 'routes', id: 5 }),
      match: [],
      instructions: [{ kind: 'apply_actions', actions: [{ kind: 'group', group: 4711 }] }],
    };
    const good: FlowEntry = { ...bad, priority: 2, instructions: [] };
    const held = await installer(t, ovs);
    const first = await held.install({ ...program, flows: [...program.flows, bad, good] });
    t.strictSame(
      first.refused.map(({ flow, reason }) => [flow.cookie, reason]),
      [[bad.cookie, 'OFPBAC_BAD_OUT_GROUP']],
    );
    t.equal(lines(await ovs.ofctl('dump-flows', 'br0', 'table=20')).length, 1);
    t.equal((await held.install({ ...program, flows: [...program.flows, bad, good] })).sent, 0, 'not tried again');
    const mended = { ...bad, instructions: [] };
    t.strictSame((await held.install({ ...program, flows: [...program.flows, mended, good] })).refused, []);
  });

  await t.test('blames a flow of the first install, whose meters are sent already', async t => {
    const fresh = await bridge(t);
    const bad: FlowEntry = {
      table: 20,
      priority: 1,
      cookie: encodeCookie({ kind: 'routes', id: 5 }),
      match: [],
      instructions: [{ kind: 'apply_actions', actions: [{ kind: 'group', group: 4711 }] }],
    };
    const { refused } = await (await installer(t, fresh)).install({ ...program, flows: [...program.flows, bad] });
    t.equal(refused.length, 1);
    t.equal(lines(await fresh.ofctl('dump-flows', 'br0')).length, program.flows.length);
  });

  await t.test('takes away what is no longer wanted, and nothing of others', async t => {
    await (await installer(t, ovs)).install({ flows: [], groups: [], meters: [] });
    t.match(lines(await ovs.ofctl('dump-flows', 'br0')), [/cookie=0xabc/]);
    t.match(await ovs.ofctl('dump-groups', 'br0'), /group_id=77/);
    t.notMatch(await ovs.ofctl('dump-groups', 'br0'), /group_id=1,/);
    t.match(await ovs.ofctl('dump-meters', 'br0'), /meter=9999/);
    t.notMatch(await ovs.ofctl('dump-meters', 'br0'), /meter=8 /);
  });
});
