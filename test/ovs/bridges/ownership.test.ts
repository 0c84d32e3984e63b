// Whose a switch is: bridges of somebody else keep every byte, and of two pointsmans one works.

import t from 'tap';
import { becomePrimary } from '../../../src/controller/flows/primary-role.ts';
import { parseActiveEndpoint } from '../../../src/lib/endpoint.ts';
import { SwitchConnection } from '../../../src/openflow/index.ts';
import type { LabOvs } from '../../lab/ovs.ts';
import { LabPointsman } from '../../lab/pointsman.ts';
import { NET } from '../../lab/topology.ts';
import { eventually } from '../../lab/wait.ts';
import { notReady, openNode, ready, whyNotReady } from './one-node.ts';

interface Status {
  readonly holder: { readonly self: boolean; readonly who?: string };
  readonly bridges: readonly { readonly name: string; readonly connected: boolean }[];
  readonly warnings: readonly string[];
}

async function statusOf(pointsman: LabPointsman): Promise<Status> {
  return (await pointsman.api('GET', '/v1/status')).body as Status;
}

/** Everything of a bridge that an owner would miss: flows, groups, meters, its rows. */
async function bridgeState(ovs: LabOvs, bridge = 'br-int'): Promise<string> {
  const flows = await ovs.ofctl('--no-stats', '--no-names', 'dump-flows', bridge);
  return [
    flows,
    await ovs.ofctl('dump-groups', bridge),
    await ovs.vsctl('--columns=name,fail_mode,external_ids,other_config,ports,protocols,controller', 'list', 'Bridge'),
    await ovs.vsctl('--columns=name,interfaces,tag,external_ids', 'list', 'Port'),
    await ovs.vsctl('--columns=other_config,bridges', 'list', 'Open_vSwitch'),
  ].join('\n');
}

t.test('a bridge of somebody else', async t => {
  const { lab, ovs } = await openNode(t);
  await ovs.vsctl('add-br', 'br-int', '--', 'set', 'Bridge', 'br-int', 'datapath_type=netdev', 'external_ids:mine=1');
  // Matches that pointsman has too: what is added takes the place of what was there.
  await ovs.replaceFlows('br-int', ['table=0,priority=0,actions=NORMAL', 'table=0,priority=100,ip,actions=drop']);
  await ovs.ofctl('add-group', 'br-int', 'group_id=1,type=select,bucket=actions=drop');
  const before = await bridgeState(ovs);
  const pointsman = await LabPointsman.prepare(lab, ovs);
  await pointsman.startUnready();

  await t.test('without a mark it keeps all it has, and no other bridge is made', async t => {
    await notReady(pointsman, /bridge br-int carries no mark of pointsman \(its external_ids: mine=1\)/);
    const created = await pointsman.api('PUT', '/v1/tenants/red', {});
    t.equal(created.status, 201, 'the intent is taken');
    const waited = await pointsman.api('PUT', '/v1/tenants/blue?wait=installed&timeout=1', {});
    t.not(waited.status, 201, 'but not said to be installed');
    t.equal(await bridgeState(ovs), before);
    const { bridges, warnings, holder } = await statusOf(pointsman);
    t.match(warnings, [/take another bridge \(bridges.integration.name\)/]);
    t.match(bridges, [{ connected: false }, { connected: false }]);
    t.match(holder, { self: true });
    t.equal(pointsman.logged('the switch is not ours: nothing is written').length, 1, 'logged once');
    t.equal(pointsman.logged('connected').length, 0, 'no OpenFlow connection was ever opened');
    t.match(
      await pointsman.cli('events'),
      /warning {2}bridges\/br-int {2}foreign-bridge: bridge br-int carries no mark/,
    );
  });

  await t.test('the command of the message gives it to pointsman', async t => {
    const command = /"ovs-vsctl (?<args>set Bridge br-int [^"]+)"/.exec(await whyNotReady(pointsman))?.groups?.args;
    await ovs.vsctl('--no-wait', ...(command?.split(' ') ?? []));
    await ready(pointsman);
    t.match(await ovs.ofctl('dump-flows', 'br-phy'), /cookie=/);
    t.match(await statusOf(pointsman), { holder: { self: true, who: /^node lab, pid \d+ on .+, state \// } });
    t.match(await pointsman.cli('events'), /nodes\/lab {2}switch-taken: /);
  });

  const given = await bridgeState(ovs);
  const marks = { taken: ['remove', 'Bridge', 'br-int', 'external_ids', 'pointsman'] };
  await t.test('taken back while it runs', async t => {
    await ovs.vsctl('--no-wait', ...marks.taken);
    const started = Date.now();
    await notReady(pointsman, /bridge br-int carries no mark/);
    t.ok(Date.now() - started < 1_000, 'noticed within a second');
    const taken = await bridgeState(ovs);
    await pointsman.api('PUT', '/v1/interfaces/out', {
      role: 'outer',
      attachment: { type: 'vlan', port: NET.uplink, vlan: 30 },
      mac: '02:70:6d:00:30:01',
      addresses: ['198.51.100.1/24'],
    });
    t.match((await statusOf(pointsman)).bridges, [{ connected: false }, { connected: false }]);
    t.equal(await bridgeState(ovs), taken, 'not even a flow that the intent asks for');
    await ovs.vsctl('--no-wait', 'set', 'Bridge', 'br-int', 'external_ids:pointsman=lab');
    await ready(pointsman);
    t.not(await bridgeState(ovs), given);
  });

  await t.test('deleted, and made again by somebody, in one step', async t => {
    await ovs.vsctl(
      'del-br',
      'br-int',
      '--',
      'add-br',
      'br-int',
      '--',
      'set',
      'Bridge',
      'br-int',
      'datapath_type=netdev',
    );
    await notReady(pointsman, /bridge br-int carries no mark/);
    await ovs.replaceFlows('br-int', ['table=0,priority=0,actions=NORMAL']);
    const theirs = await bridgeState(ovs);
    await pointsman.api('PUT', '/v1/tenants/green', {});
    t.equal(await bridgeState(ovs), theirs);
    await ovs.vsctl('del-br', 'br-int');
    await ready(pointsman);
  });

  await t.test('the integration bridge of OVN is never ours, whatever its mark', async t => {
    const set = (...ids: string[]) => ovs.vsctl('--no-wait', 'set', 'Open_vSwitch', '.', ...ids);
    await set('external_ids:ovn-bridge-mappings=physnet:br-phy', 'external_ids:ovn-encap-type=geneve');
    t.equal(await whyNotReady(pointsman), '', 'OVN elsewhere is nobody’s matter');
    await set('external_ids:ovn-bridge-chassis7=br-int', 'external_ids:ovn-remote-chassis7=unix:/nowhere');
    await notReady(pointsman, /bridge br-int is the integration bridge of OVN/);
    await ovs.vsctl('--no-wait', 'clear', 'Open_vSwitch', '.', 'external_ids');
    await ready(pointsman);
    await set('external_ids:ovn-remote=unix:/nowhere');
    await notReady(pointsman, /bridge br-int is the integration bridge of OVN/);
    await set('external_ids:ovn-bridge=br-ovn');
    await ready(pointsman);
  });
});

t.test('two pointsmans with states of their own on one switch', async t => {
  const { lab, netns, ovs } = await openNode(t);
  const first = await LabPointsman.prepare(lab, ovs);
  const second = await LabPointsman.prepare(lab, ovs, {
    directory: 'second',
    state: `  directory: "${lab.path('second-state')}"`,
  });
  await first.start();
  await first.api('PUT', '/v1/tenants/red?wait=installed', {});
  await second.startUnready();
  const zones = async () =>
    /pointsman-ct-zone-\S+/.exec(await ovs.vsctl('get', 'Bridge', 'br-int', 'external_ids'))?.[0];
  t.ok(await zones());

  await t.test('the second waits, says for whom, and writes nothing', async t => {
    const before = await bridgeState(ovs);
    const reason = await notReady(second, /another pointsman \(.+\) works on this switch/);
    t.match(reason, `node lab, pid ${first.pid} on `, 'who has it');
    t.equal((await second.api('PUT', '/v1/tenants/blue', {})).status, 201);
    t.match(await statusOf(second), {
      holder: { self: false, who: new RegExp(`pid ${first.pid} `) },
      warnings: [/another pointsman/],
    });
    t.match(await second.cli('status'), /Switch +NOT OURS; last held by node lab/);
    t.match(await first.cli('status'), /Switch +ours/);
    t.equal(await bridgeState(ovs), before);
    t.equal(await whyNotReady(first), '');
  });

  await t.test('it has the switch when the first is gone, and trusts no zone of the other state', async t => {
    await first.kill();
    // Its intent is another one than the switch's: that takes a word.
    const held = await notReady(second, /this is another state database.*pointsman adopt \d+/);
    await second.cli('adopt', /\d+$/.exec(held ?? '')?.[0] ?? '', '--discard');
    await ready(second);
    t.match(await statusOf(second), { holder: { self: true, who: new RegExp(`pid ${second.pid} `) } });
    const changes = JSON.stringify(second.logged('switch database changed'));
    t.match(
      changes,
      /change bridge br-int: external_ids:pointsman-ct-zone-\d+=-/,
      'whose the zones of the other state were is forgotten',
    );
    t.ok(await zones(), 'and said anew');
    const [cleared] = second.logged('flows installed').filter(({ bridge }) => bridge === 'br-int');
    t.match(cleared, { added: 0, modified: 0 }, 'no zone is given to another while flows of the first are at work');
    t.ok(Number(cleared?.deleted) > 50);
    const ids = await ovs.vsctl('get', 'Bridge', 'br-int', 'external_ids');
    t.match(ids, /pointsman-holder="pid \d+ on [^"]+, state [^"]+second-state"/);
  });

  await t.test('the lock is stolen from one that was frozen: it writes nothing when it thaws', async t => {
    second.signal('SIGSTOP');
    const thief = await lab.start('ovsdb-client', ['steal', ovs.dbEndpoint, 'pointsman'], { netns, env: ovs.env });
    await eventually(() => thief.stdout().includes('locked') || thief.stdout() !== '', { what: 'the theft' });
    await ovs.ofctl('del-flows', 'br-int');
    // Something to do for whoever still believes.
    await ovs.vsctl('--no-wait', 'set', 'Bridge', 'br-int', 'fail_mode=standalone');
    const theirs = await bridgeState(ovs);
    second.signal('SIGCONT');
    await notReady(second, /another pointsman .+ works on this switch/);
    t.match(await second.cli('events'), /warning {2}nodes\/\S+ {2}switch-lost: another pointsman/);
    await second.api('PUT', '/v1/tenants/green', {});
    t.equal(await bridgeState(ovs), theirs);
    await thief.stop();
    await ready(second);
    t.not(await bridgeState(ovs), theirs, 'and comes back when the thief is gone');
  });

  await t.test('the switch refuses what an earlier primary sends', async t => {
    const open = async () => {
      const connection = new SwitchConnection({
        endpoint: parseActiveEndpoint(ovs.managementEndpoint('br-phy'), 6653),
      });
      t.teardown(() => connection.close());
      connection.start();
      await eventually(() => connection.state === 'connected', { what: 'the switch' });
      return connection;
    };
    const old = await open();
    const late = await open();
    const flow = { table: 200, priority: 1, cookie: 0n, match: [], instructions: [] };
    const add = (connection: SwitchConnection) =>
      connection.bundle([
        { kind: 'flow_mod', command: 'add', flow },
        { kind: 'flow_mod', command: 'delete_strict', flow },
      ]);
    await becomePrimary(old);
    await add(old);
    await becomePrimary(late);
    await t.rejects(add(old), { message: /OFPBRC_IS_SECONDARY/ });
    await add(late);
    await becomePrimary(old);
    await add(old);
  });
});
