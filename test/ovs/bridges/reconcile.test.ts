// Rows in a real ovsdb-server, judged by ovs-vsctl. What no vswitchd here can be (DOCA) is claimed in its stead.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { attachedPorts, interfaceStates, observedPorts } from '../../../src/controller/bridges/observe-ports.ts';
import { isSettled, reconcileSwitch } from '../../../src/controller/bridges/reconcile-switch.ts';
import { vswitchSchema } from '../ovsdb/server.ts';
import { catchUp, nodeOf, openDatabase, tables } from './switch-database.ts';

const doca = {
  datapathTypes: ['doca', 'netdev', 'system'],
  ifaceTypes: ['doca', 'dpdk', 'internal', 'patch', 'system', 'vxlan'],
};
const stock = { datapathTypes: ['netdev', 'system'], ifaceTypes: ['internal', 'patch', 'system', 'vxlan'] };

const bluefield = nodeOf(`
datapath: {type: doca}
ovs: {settings: {doca-init: true, hw-offload: true, max-idle: 30000}}
bridges:
  physical: {mac: 02:00:00:00:00:01}
  integration: {mac: 02:00:00:00:00:02}
physicalPorts:
  - {name: p0, mtu: 9216, rxQueues: 4, options: {dpdk-devargs: 0000:03:00.0}}
  - {name: p1}
representors: [{name: pf0hpf}, {name: "pf0vf[0-1]"}]
vteps:
  - {name: evpn, address: 192.0.2.1/24, port: p0}
  - {name: aci, address: 192.0.3.1/24, port: p0, infraVlan: 2}
`);

/** A small node on stock Open vSwitch, with changes. */
function small(extra = '', datapath = 'type: netdev', ports = '{name: p0}') {
  return nodeOf(`datapath: {${datapath}}\nphysicalPorts: [${ports}]\n${extra}`);
}

t.test('a BlueField gets its rows, bridge by bridge and port by port', async t => {
  const db = await openDatabase(t, doca);
  const outcome = await reconcileSwitch(db.client, bluefield, tables);
  t.match(outcome, {
    kind: 'applied',
    plan: { conflicts: [], datapath: { kind: 'use', offload: { active: true }, warnings: [] } },
  });
  t.same(outcome.plan.restartFor, ['doca-init', 'hw-offload']);

  t.same(db.list('Bridge', 'name', 'datapath_type', 'fail_mode', 'protocols', 'other_config', 'external_ids'), [
    'br-int doca secure [] {disable-in-band="true", hwaddr="02:00:00:00:00:02"} {pointsman=node1}',
    'br-phy doca secure [] {disable-in-band="true", hwaddr="02:00:00:00:00:01"} {pointsman=node1}',
  ]);
  t.same(db.vsctl('list-ports', 'br-phy').trim().split('\n'), ['p0', 'p1', 'phy-p0', 'phy-p1', 'vtep-aci']);
  t.same(db.vsctl('list-ports', 'br-int').trim().split('\n'), [
    ...['int-p0', 'int-p1', 'pf0hpf', 'pf0vf0', 'pf0vf1', 'vxlan-int'],
  ]);
  t.same(db.list('Port', 'name', 'tag', 'external_ids'), [
    ...['br-int', 'br-phy', 'int-p0', 'int-p1', 'p0', 'p1', 'pf0hpf', 'pf0vf0', 'pf0vf1', 'phy-p0', 'phy-p1'].map(
      name => `${name} [] {pointsman=node1}`,
    ),
    'vtep-aci 2 {pointsman=node1}',
    'vxlan-int [] {pointsman=node1}',
  ]);
  t.same(
    db.list('Interface', 'name', 'type', 'ofport_request', 'mtu_request', 'mac', 'options', 'external_ids'),
    [
      'br-int internal [] [] [] {}',
      'br-phy internal [] [] [] {}',
      'int-p0 patch 101 [] [] {peer=phy-p0}',
      'int-p1 patch 102 [] [] {peer=phy-p1}',
      'p0 doca 1 9216 [] {dpdk-devargs="0000:03:00.0", n_rxq="4"}',
      'p1 doca 2 [] [] {}',
      'pf0hpf doca 1001 [] [] {}',
      'pf0vf0 doca 1002 [] [] {}',
      'pf0vf1 doca 1003 [] [] {}',
      'phy-p0 patch 101 [] [] {peer=int-p0}',
      'phy-p1 patch 102 [] [] {peer=int-p1}',
      'vtep-aci internal 202 [] "02:00:00:00:00:01" {}',
      'vxlan-int vxlan 1 [] [] {key=flow, local_ip=flow, remote_ip=flow}',
    ].map(row => `${row} {pointsman=node1}`),
  );
  t.same(db.list('Flow_Table', 'name'), ['ingress', 'interface', 'uplink']);
  t.equal(db.vsctl('get', 'Open_vSwitch', '.', 'other_config:doca-init').trim(), '"true"');
  t.equal(db.vsctl('get', 'Open_vSwitch', '.', 'other_config:max-idle').trim(), '"30000"');

  if (outcome.kind !== 'applied') return;
  t.equal(Number(db.vsctl('get', 'Open_vSwitch', '.', 'next_cfg')), outcome.configuration);
  t.notOk(isSettled(db.client, outcome.configuration), 'no vswitchd has worked it in');
});

t.test('the second run finds nothing to do', async t => {
  const db = await openDatabase(t, doca);
  await reconcileSwitch(db.client, bluefield, tables);
  const before = db.dump();
  t.match(await reconcileSwitch(db.client, bluefield, tables), { kind: 'unchanged', plan: { changes: [] } });
  t.equal(db.dump(), before);
});

t.test('a release whose DOCA hides in netdev gets netdev bridges with dpdk ports', async t => {
  const schema = JSON.parse(readFileSync(vswitchSchema, 'utf8'));
  schema.tables.Open_vSwitch.columns.doca_initialized = { type: 'boolean' };
  const schemaFile = join(t.testdir(), 'doca.ovsschema');
  writeFileSync(schemaFile, JSON.stringify({ ...schema, cksum: undefined }));
  const db = await openDatabase(t, { datapathTypes: ['netdev', 'system'], ifaceTypes: ['dpdk', 'system'], schemaFile });
  // ovs-vsctl knows only the columns of its own release.
  await db.client.transact([{ op: 'update', table: 'Open_vSwitch', where: [], row: { doca_initialized: true } }]);
  const outcome = await reconcileSwitch(db.client, bluefield, tables);
  t.match(outcome.plan.datapath, { kind: 'use', offload: { active: true }, warnings: [{ code: 'DATAPATH_RENAMED' }] });
  t.same(db.list('Bridge', 'name', 'datapath_type'), ['br-int netdev', 'br-phy netdev']);
  t.equal(db.vsctl('get', 'Interface', 'p0', 'type').trim(), 'dpdk');
});

t.test('stock Open vSwitch is refused for doca, but gets the settings', async t => {
  const db = await openDatabase(t, stock);
  const outcome = await reconcileSwitch(db.client, bluefield, tables);
  t.match(outcome.plan.datapath, {
    kind: 'refuse',
    error: {
      code: 'DATAPATH_UNSUPPORTED',
      message:
        'ovs-vswitchd offers netdev, system, not doca; doca-init is set: if this is OVS-DOCA, restart ovs-vswitchd',
    },
  });
  t.same(db.list('Bridge', 'name'), []);
  t.equal(db.vsctl('get', 'Open_vSwitch', '.', 'other_config:doca-init').trim(), '"true"');
  t.equal((await reconcileSwitch(db.client, bluefield, tables)).kind, 'unchanged');
});

t.test('a fallback is taken with a warning, and left when DOCA comes', async t => {
  const db = await openDatabase(t, stock);
  const node = small('', 'type: doca, fallback: netdev', '{name: p0, rxQueues: 2}');
  const outcome = await reconcileSwitch(db.client, node, tables);
  t.match(outcome.plan.datapath, {
    kind: 'use',
    offload: { active: false },
    warnings: [{ code: 'DATAPATH_FALLBACK' }],
  });
  t.same(db.list('Bridge', 'name', 'datapath_type'), ['br-int netdev', 'br-phy netdev']);
  t.same(db.list('Interface', 'name', 'type', 'options').at(3), 'p0 "" {}');

  db.vsctl('set', 'Open_vSwitch', '.', 'datapath_types=[doca,netdev]', 'iface_types=[doca]');
  await catchUp(db);
  await reconcileSwitch(db.client, node, tables);
  t.same(db.list('Bridge', 'name', 'datapath_type'), ['br-int doca', 'br-phy doca']);
  t.same(db.list('Interface', 'name', 'type', 'options').at(3), 'p0 doca {n_rxq="2"}');
});

t.test('a switch that has said nothing yet is waited for', async t => {
  const db = await openDatabase(t);
  const outcome = await reconcileSwitch(db.client, bluefield, tables);
  t.equal(outcome.plan.datapath.kind, 'wait');
  t.same(db.list('Bridge', 'name'), []);
});

t.test('an older schema is lived with', async t => {
  const schema = JSON.parse(readFileSync(vswitchSchema, 'utf8'));
  delete schema.tables.Flow_Table.columns.external_ids;
  delete schema.tables.Bridge.columns.flow_tables;
  delete schema.tables.Interface.columns.mtu_request;
  delete schema.tables.Interface.columns.error;
  delete schema.tables.Open_vSwitch.columns.iface_types;
  delete schema.tables.Open_vSwitch.columns.datapath_types;
  delete schema.tables.Open_vSwitch.columns.dpdk_initialized;
  const schemaFile = join(t.testdir(), 'old.ovsschema');
  writeFileSync(schemaFile, JSON.stringify({ ...schema, cksum: undefined }));
  const db = await openDatabase(t, { schemaFile });
  const node = small('', 'type: netdev', '{name: p0, mtu: 9000}');
  t.equal((await reconcileSwitch(db.client, node, tables)).kind, 'applied');
  t.same(db.list('Bridge', 'name', 'datapath_type'), ['br-int netdev', 'br-phy netdev']);
  t.equal((await reconcileSwitch(db.client, node, tables)).kind, 'unchanged');
  t.same(interfaceStates(node, db.client).find(({ name }) => name === 'p0')?.error, undefined);
  t.match(
    (await reconcileSwitch(db.client, bluefield, tables)).plan.datapath,
    { kind: 'refuse' },
    'doca is not taken on trust',
  );
});

t.test('what others have stays as it is', async t => {
  const db = await openDatabase(t, stock);
  db.vsctl('add-br', 'ovsbr1', '--', 'add-port', 'ovsbr1', 'eth7', '--', 'add-br', 'br-ovn');
  db.vsctl('set', 'Open_vSwitch', '.', 'other_config:stats-update-interval=7000', 'external_ids:ovn-encap-type=geneve');
  await catchUp(db);
  const foreign = () =>
    ['ovsbr1', 'br-ovn'].map(name => [db.vsctl('list', 'Bridge', name), db.vsctl('list', 'Port', name)]);
  const before = foreign();
  const node = small('ovs: {settings: {max-idle: 20000}}');
  t.equal((await reconcileSwitch(db.client, node, tables)).kind, 'applied');
  t.same(foreign(), before);
  t.equal(
    db.vsctl('get', 'Open_vSwitch', '.', 'other_config').trim(),
    '{max-idle="20000", stats-update-interval="7000"}',
  );

  t.test('also a port and keys that an operator adds to our bridge', async t => {
    db.vsctl('add-port', 'br-int', 'tap0', '--', 'set', 'Bridge', 'br-int', 'other_config:mac-table-size=99');
    await catchUp(db);
    t.equal((await reconcileSwitch(db.client, node, tables)).kind, 'unchanged');
    t.match(db.vsctl('list-ports', 'br-int'), /tap0/);
    t.notOk(interfaceStates(node, db.client).some(({ name }) => name === 'tap0'));
  });
});

t.test('of a bridge that somebody else has nothing is written, nor of any other', async t => {
  const db = await openDatabase(t, stock);
  db.vsctl('add-br', 'br-phy');
  await catchUp(db);
  const before = db.dump();
  const outcome = await reconcileSwitch(db.client, small('ovs: {settings: {max-idle: 20000}}'), tables);
  t.match(outcome, {
    kind: 'unchanged',
    plan: { foreign: [{ code: 'NOT_OURS', kind: 'bridge', name: 'br-phy', message: /carries no mark of pointsman/ }] },
  });
  t.equal(db.dump(), before, 'not even the other bridge, or a setting');
});

t.test('a port that somebody else has is reported, and the rest is done', async t => {
  const db = await openDatabase(t, stock);
  db.vsctl('add-br', 'ovsbr1', '--', 'add-bond', 'ovsbr1', 'bond0', 'vf0', 'vf1');
  await catchUp(db);
  const outcome = await reconcileSwitch(db.client, small('representors: [{name: "vf[0-2]"}]'), tables);
  t.match(outcome.plan.conflicts, [
    { code: 'NOT_OURS', kind: 'port', name: 'vf0', message: 'is on bridge ovsbr1 (in port bond0) already' },
    { code: 'NOT_OURS', kind: 'port', name: 'vf1' },
  ]);
  t.same(db.vsctl('list-ports', 'br-int').trim().split('\n'), ['int-p0', 'vf2', 'vxlan-int']);
});

t.test('of devices with one iface-id the one that works counts', async t => {
  const db = await openDatabase(t, stock);
  await reconcileSwitch(db.client, small(), tables);
  const add = (device: string, ofport: number) =>
    db.vsctl(
      'add-port',
      'br-int',
      device,
      '--',
      'set',
      'Interface',
      device,
      `ofport=${ofport}`,
      'external_ids:iface-id=vm',
    );
  const attached = async () => {
    await catchUp(db);
    return attachedPorts(small(), db.client).get('vm');
  };
  add('tap0', -1);
  t.same(await attached(), { device: 'tap0', ofport: undefined });
  add('vf1', 8);
  t.same(await attached(), { device: 'vf1', ofport: 8 });
  add('vf0', 7);
  t.same(await attached(), { device: 'vf0', ofport: 7 }, 'the first by name');
});

t.test('the rows of another node of pointsman are not ours', async t => {
  const db = await openDatabase(t, stock);
  await reconcileSwitch(db.client, small(), tables);
  const other = { ...small(), name: 'node2' };
  const before = db.dump();
  const outcome = await reconcileSwitch(db.client, other, tables);
  t.match(outcome.plan.foreign, [{ message: /belongs to pointsman's node node1/ }, {}]);
  t.equal(db.dump(), before);
});

t.test('what is no longer wanted goes, and what changed is changed', async t => {
  const db = await openDatabase(t, stock);
  await reconcileSwitch(
    db.client,
    small('representors: [{name: "vf[0-1]"}]', undefined, '{name: p0, mtu: 9000}'),
    tables,
  );
  const uuid = db.vsctl('get', 'Interface', 'p0', '_uuid');

  const fewer = await reconcileSwitch(db.client, small('representors: [{name: vf1}]'), tables);
  t.same(fewer.plan.changes, [
    'change interface p0: mtu_request=(none)',
    'change interface vf1: ofport_request=1001',
    'remove port vf0 from br-int',
  ]);
  t.same(db.vsctl('list-ports', 'br-int').trim().split('\n'), ['int-p0', 'vf1', 'vxlan-int']);
  t.equal(db.vsctl('get', 'Interface', 'p0', '_uuid'), uuid, 'the row stays, and with it the port');

  await reconcileSwitch(db.client, small('bridges: {physical: {name: br-up}}'), tables);
  t.same(db.vsctl('list-br').trim().split('\n'), ['br-int', 'br-up']);
  t.same(db.vsctl('list-ports', 'br-up').trim().split('\n'), ['p0', 'phy-p0'], 'ports move with their names');

  db.vsctl('add-port', 'br-up', 'guest');
  await catchUp(db);
  const kept = await reconcileSwitch(
    db.client,
    small('bridges: {physical: {name: br-two}}', undefined, '{name: p1}'),
    tables,
  );
  t.match(kept.plan.conflicts, [{ name: 'br-up', message: /no longer wanted, but stays: it carries guest/ }]);
  t.same(db.vsctl('list-br').trim().split('\n'), ['br-int', 'br-two', 'br-up']);
});

t.test('drift is mended', async t => {
  const db = await openDatabase(t, stock);
  const node = small('vteps: [{name: aci, address: 192.0.3.1/24, port: p0, infraVlan: 2}]');
  await reconcileSwitch(db.client, node, tables);
  const good = db.list('Interface', 'name', 'type', 'options', 'mac');
  db.vsctl('set', 'Bridge', 'br-int', 'fail_mode=standalone', 'other_config:hwaddr="02:00:00:00:00:99"');
  db.vsctl(
    'set',
    'Bridge',
    'br-phy',
    'protocols=OpenFlow10,OpenFlow13',
    '--',
    'set-controller',
    'br-phy',
    'tcp:192.0.2.9:6653',
  );
  db.vsctl('set', 'Port', 'vtep-aci', 'tag=3');
  db.vsctl('set', 'Interface', 'vxlan-int', 'options:remote_ip=192.0.2.9', 'options:df_default=false');
  db.vsctl('del-port', 'br-phy', 'p0', '--', 'clear', 'Bridge', 'br-int', 'flow_tables');
  await catchUp(db);
  const mended = await reconcileSwitch(db.client, node, tables);
  t.equal(mended.kind, 'applied');
  t.match(mended.plan.changes.join('; '), /remove controller tcp:192.0.2.9:6653 from br-phy/);
  t.equal(db.vsctl('get-controller', 'br-phy').trim(), '');
  t.equal(db.vsctl('get', 'Bridge', 'br-phy', 'protocols').trim(), '[]');
  t.same(db.list('Interface', 'name', 'type', 'options', 'mac'), good);
  t.equal(db.vsctl('get', 'Port', 'vtep-aci', 'tag').trim(), '2');
  t.equal(db.vsctl('get', 'Bridge', 'br-int', 'fail_mode').trim(), 'secure');
  t.same(db.list('Flow_Table', 'name'), ['ingress', 'interface', 'uplink']);
  t.equal((await reconcileSwitch(db.client, node, tables)).kind, 'unchanged');
});

t.test('a change by somebody else between the look and the leap stops the transaction', async t => {
  const db = await openDatabase(t, stock);
  await reconcileSwitch(db.client, small('representors: [{name: vf0}]'), tables);
  let meddled = 0;
  const meddling = {
    replica: db.client.replica,
    hasColumn: db.client.hasColumn.bind(db.client) as typeof db.client.hasColumn,
    transaction: () => db.client.transaction(),
    commit: (async (...call) => {
      if (meddled++ === 0) db.vsctl('remove', 'Port', 'vf0', 'external_ids', 'pointsman');
      return db.client.commit(...call);
    }) satisfies typeof db.client.commit as typeof db.client.commit,
  };
  t.match(await reconcileSwitch(meddling, small(), tables), { kind: 'unchanged' }, 'planned anew');
  t.equal(meddled, 2);
  t.match(db.vsctl('list-ports', 'br-int'), /vf0/, 'the port has become somebody else’s, and stays');
});

t.test('port numbers are those that vswitchd gave', async t => {
  const db = await openDatabase(t, stock);
  const node = small('representors: [{name: "vf[0-1]"}]');
  await reconcileSwitch(db.client, node, tables);
  db.vsctl('set', 'Interface', 'vf0', 'ofport=77', '--', 'set', 'Interface', 'vf1', 'ofport=-1');
  db.vsctl('set', 'Interface', 'p0', 'ofport=1');
  await catchUp(db);
  t.same(observedPorts(node, db.client), {
    attached: new Map(),
    integrationPorts: new Map([['vf0', 77]]),
    physicalPorts: new Map([['p0', 1]]),
  });
  t.match(
    interfaceStates(node, db.client).find(({ name }) => name === 'vf1'),
    {
      bridge: 'br-int',
      ofport: undefined,
      error: 'ovs-vswitchd could not add the port',
    },
  );
});

t.test('a port changes bridges, and two change names', async t => {
  const db = await openDatabase(t, stock);
  await reconcileSwitch(db.client, small('representors: [{name: vf0}]', undefined, '{name: p0}, {name: p1}'), tables);
  const swapped = small('representors: [{name: p1}]', undefined, '{name: p0}, {name: vf0}');
  t.match(await reconcileSwitch(db.client, swapped, tables), { kind: 'applied', plan: { conflicts: [] } });
  t.same(db.vsctl('list-ports', 'br-phy').trim().split('\n'), ['p0', 'phy-p0', 'phy-vf0', 'vf0']);
  t.same(db.vsctl('list-ports', 'br-int').trim().split('\n'), ['int-p0', 'int-vf0', 'p1', 'vxlan-int']);

  const renamed = { ...swapped, physicalBridge: 'br-int', integrationBridge: 'br-phy' };
  t.match(await reconcileSwitch(db.client, renamed, tables), { kind: 'applied', plan: { conflicts: [] } });
  t.same(db.vsctl('list-ports', 'br-int').trim().split('\n'), ['p0', 'phy-p0', 'phy-vf0', 'vf0']);
  t.equal((await reconcileSwitch(db.client, renamed, tables)).kind, 'unchanged');
});

t.test('a bridge that must stay for others gives our ports back', async t => {
  const db = await openDatabase(t, stock);
  await reconcileSwitch(db.client, small(), tables);
  db.vsctl('add-port', 'br-phy', 'guest');
  await catchUp(db);
  const moved = small('bridges: {physical: {name: br-up}}');
  t.match(await reconcileSwitch(db.client, moved, tables), {
    kind: 'applied',
    plan: { conflicts: [{ kind: 'bridge', name: 'br-phy' }] },
  });
  t.same(db.vsctl('list-ports', 'br-phy').trim().split('\n'), ['guest']);
  t.same(db.vsctl('list-ports', 'br-up').trim().split('\n'), ['p0', 'phy-p0']);
  t.equal((await reconcileSwitch(db.client, moved, tables)).kind, 'unchanged');
});

t.test('rows that somebody has half taken apart are made whole', async t => {
  const db = await openDatabase(t, stock);
  await reconcileSwitch(db.client, small(), tables);
  db.vsctl(
    ...['--', '--id=@i', 'create', 'Interface', 'name=eth9', '--', 'add', 'Port', 'p0', 'interfaces', '@i'],
    ...['--', 'remove', 'Port', 'br-int', 'external_ids', 'pointsman'],
    ...['--', 'remove', 'Interface', 'vxlan-int', 'external_ids', 'pointsman'],
  );
  await catchUp(db);
  t.match(await reconcileSwitch(db.client, small(), tables), { kind: 'applied', plan: { conflicts: [] } });
  t.equal(db.vsctl('list-ifaces', 'br-phy').trim(), 'p0\nphy-p0');
  t.equal(db.vsctl('get', 'Port', 'br-int', 'external_ids').trim(), '{pointsman=node1}');
  t.equal(db.vsctl('get', 'Interface', 'vxlan-int', 'external_ids').trim(), '{pointsman=node1}');
});

t.test('two writers at once: one set of rows', async t => {
  const db = await openDatabase(t, stock);
  const outcomes = await Promise.all([1, 2, 3].map(() => reconcileSwitch(db.client, small(), tables)));
  t.same(outcomes.map(({ kind }) => kind).sort(), ['applied', 'unchanged', 'unchanged']);
  t.same(db.list('Bridge', 'name'), ['br-int', 'br-phy']);
});

t.test('table names follow the pipeline; limits that an operator has put on other tables stay', async t => {
  const db = await openDatabase(t, stock);
  await reconcileSwitch(db.client, small(), tables);
  db.vsctl(
    '--',
    '--id=@t',
    'create',
    'Flow_Table',
    'flow_limit=9',
    '--',
    'add',
    'Bridge',
    'br-int',
    'flow_tables',
    '7=@t',
  );
  await catchUp(db);
  await reconcileSwitch(db.client, small(), { ...tables, integration: new Map([[0, 'door']]) });
  t.same(db.list('Flow_Table', 'name', 'flow_limit'), ['[] 9', 'door []', 'uplink []']);
});

t.test('thousands of representors', async t => {
  const db = await openDatabase(t, stock);
  const many = small('representors: [{name: "pf[0-1]vf[0-1023]"}]');
  t.equal((await reconcileSwitch(db.client, many, tables)).kind, 'applied');
  t.equal(db.vsctl('get', 'Interface', 'pf1vf1023', 'ofport_request').trim(), '3048');
  const started = performance.now();
  t.equal((await reconcileSwitch(db.client, many, tables)).kind, 'unchanged');
  t.ok(performance.now() - started < 500, 'a look at it is quick');
});
