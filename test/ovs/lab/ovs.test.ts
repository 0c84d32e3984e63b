import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'tap';
import { withLab } from '../../lab/lab.ts';
import { startOvs, startOvsdbOnly } from '../../lab/ovs.ts';

test('a switch of its own, twice side by side', async t => {
  await withLab(async lab => {
    const [a, b] = await Promise.all(
      ['a', 'b'].map(async name => await startOvs(lab, { netns: await lab.namespace(name) })),
    );
    if (!a || !b) throw new Error('two switches were started');
    for (const ovs of [a, b]) {
      await ovs.vsctl('add-br', 'br0', '--', 'set', 'Bridge', 'br0', 'datapath_type=netdev', 'fail_mode=secure');
      await ovs.requireNoErrors();
    }
    t.ok(existsSync(join(a.runDir, 'br0.mgmt')), 'the management socket is in the run directory');
    t.equal(a.managementEndpoint('br0'), `unix:${join(a.runDir, 'br0.mgmt')}`);
    await a.replaceFlows('br0', ['table=0,priority=7,arp actions=drop', 'table=3 actions=NORMAL']);
    t.match(await a.ofctl('dump-flows', 'br0'), /table=3.*actions=NORMAL/);
    t.notMatch(await b.ofctl('dump-flows', 'br0'), /NORMAL/);
    t.match(await a.ovsdbClient('list-dbs'), /^Open_vSwitch$/m);
  });
});

test('errors that ovs-vsctl keeps to itself are found', async t => {
  await withLab(async lab => {
    const ovs = await startOvs(lab, { netns: await lab.namespace('node') });
    await ovs.vsctl(
      'add-br',
      'br0',
      '--',
      'set',
      'Bridge',
      'br0',
      'datapath_type=netdev',
      '--',
      'add-port',
      'br0',
      'x0',
    );
    await t.rejects(ovs.requireNoErrors(), /x0/);
    await t.rejects(ovs.ofport('x0'), /no OpenFlow port/);
  });
});

test('a bridge that could not be made is found', async t => {
  await withLab(async lab => {
    const ovs = await startOvs(lab, { netns: await lab.namespace('node') });
    await ovs.vsctl('add-br', 'br0', '--', 'set', 'Bridge', 'br0', 'datapath_type=doca');
    await t.rejects(ovs.requireNoErrors(), /br0/);
  });
});

test('a restart and a crash lose the flows and keep the bridges', async t => {
  await withLab(async lab => {
    const ovs = await startOvs(lab, { netns: await lab.namespace('node') });
    await ovs.vsctl('add-br', 'br0', '--', 'set', 'Bridge', 'br0', 'datapath_type=netdev', 'fail_mode=secure');
    for (const again of [() => ovs.restartVswitchd(), () => ovs.killVswitchd().then(() => ovs.startVswitchd())]) {
      const before = ovs.vswitchdPid;
      await ovs.replaceFlows('br0', ['actions=NORMAL']);
      await again();
      t.not(ovs.vswitchdPid, before);
      t.notMatch(await ovs.ofctl('dump-flows', 'br0'), /NORMAL/);
      await ovs.requireNoErrors();
    }
    await ovs.restartServer();
    t.match(await ovs.vsctl('list-br'), /^br0$/m);
    await ovs.stop();
    t.equal(ovs.vswitchdPid, undefined);
  });
});

test('a flow table without devices', async t => {
  await withLab(async lab => {
    const ovs = await startOvs(lab, { netns: await lab.namespace('node'), dummy: 'override' });
    await ovs.vsctl('add-br', 'br0', '--', 'set', 'Bridge', 'br0', 'datapath_type=netdev', 'fail_mode=secure');
    await ovs.vsctl('add-port', 'br0', 'p0', '--', 'set', 'Interface', 'p0', 'type=dummy');
    await ovs.requireNoErrors();
    t.ok((await ovs.ofport('p0')) > 0);
  });
});

test('a database that claims what no vswitchd here can do', async t => {
  await withLab(async lab => {
    const ovsdb = await startOvsdbOnly(lab, {
      datapathTypes: ['netdev', 'doca'],
      ifaceTypes: ['doca', 'doca-vdpa', 'internal', 'patch', 'vxlan'],
      ovsVersion: '2.17.8-doca',
    });
    t.equal((await ovsdb.vsctl('get', 'Open_vSwitch', '.', 'datapath_types')).trim(), '[doca, netdev]');
    t.match(await ovsdb.vsctl('get', 'Open_vSwitch', '.', 'iface_types'), /doca-vdpa/);
    t.match(await ovsdb.vsctl('get', 'Open_vSwitch', '.', 'ovs_version'), /2\.17\.8-doca/);
  });
});
