// The rows in the hands of a real vswitchd: bridges with the port numbers that were asked for, and errors by name.

import t, { type Test } from 'tap';
import { interfaceStates, observedPorts } from '../../../src/controller/bridges/observe-ports.ts';
import { isSettled, reconcileSwitch, type SwitchOutcome } from '../../../src/controller/bridges/reconcile-switch.ts';
import { ipRunner } from '../../../src/controller/bridges/run-ip.ts';
import { switchLockName } from '../../../src/controller/bridges/switch-lock.ts';
import { ensureVtepAddresses } from '../../../src/controller/bridges/vtep-addresses.ts';
import { vtepRecords } from '../../../src/controller/bridges/vtep-records.ts';
import { parsePrefix } from '../../../src/lib/address.ts';
import { parseActiveEndpoint } from '../../../src/lib/endpoint.ts';
import type { NodeConfig } from '../../../src/policy/node.ts';
import { Lab } from '../../lab/lab.ts';
import { startOvs } from '../../lab/ovs.ts';
import { eventually } from '../../lab/wait.ts';
import { nodeOf, openClient, tables } from './switch-database.ts';

const node = nodeOf(`
datapath: {type: netdev}
bridges:
  physical: {mac: 02:00:00:00:00:01}
physicalPorts: [{name: p0, mtu: 9000}]
representors: [{name: "vf[0-1]"}]
vteps:
  - {name: evpn, address: 192.0.2.1/24, port: p0}
  - {name: aci, address: 192.0.3.1/24, port: p0, infraVlan: 2}
  - {name: six, address: "2001:db8::1/64", port: p0, infraVlan: 3}
`);

async function openSwitch(test: Test) {
  const lab = await Lab.open();
  test.teardown(() => lab.close());
  const netns = await lab.namespace('switch');
  const host = await lab.namespace('host');
  await lab.veth(netns, 'p0', host, 'eth0', { mtu: 9000 });
  await lab.veth(netns, 'vf0', host, 'eth1');
  const ovs = await startOvs(lab, { netns });
  const client = await openClient(test, parseActiveEndpoint(ovs.dbEndpoint, 6640));
  const settled = async (outcome: SwitchOutcome) => {
    if (outcome.kind !== 'applied') throw new Error(`not applied: ${outcome.kind}`);
    await eventually(() => isSettled(client, outcome.configuration), { what: 'vswitchd', interval: 10 });
  };
  return { lab, netns, ovs, client, settled };
}

t.test('a real switch', async t => {
  const { lab, netns, ovs, client, settled } = await openSwitch(t);
  const runIp = ipRunner(netns);
  await client.lock(switchLockName);
  const records = vtepRecords(node, client);

  t.match(
    await ensureVtepAddresses(node.vteps.slice(0, 1), records, runIp),
    [{ kind: 'failed', vtep: 'evpn', device: 'br-phy', message: /does not exist/ }],
    'before the bridge is there',
  );

  const outcome = await reconcileSwitch(client, node, tables);
  await settled(outcome);
  t.match(outcome.plan.datapath, { kind: 'use', datapathType: 'netdev', offload: { active: false } });

  t.test('ports have the numbers that were asked for', async t => {
    t.same(observedPorts(node, client), {
      attached: new Map(),
      physicalPorts: new Map([
        ['br-phy', 65534],
        ['p0', 1],
        ['phy-p0', 101],
        ['vtep-aci', 202],
        ['vtep-six', 203],
      ]),
      integrationPorts: new Map([
        ['br-int', 65534],
        ['vxlan-int', 1],
        ['int-p0', 101],
        ['vf0', 1001],
      ]),
    });
    t.match(await ovs.ofctl('show', 'br-phy'), /LOCAL\(br-phy\): addr:02:00:00:00:00:01/);
    t.match(await ovs.ofctl('dump-table-features', 'br-int'), /table 1 \("interface"\)/);
    t.match(await ovs.ofctl('show', 'br-int'), /OFPT_FEATURES_REPLY \(OF1\.5\)/, 'OpenFlow 1.5 by default');
  });

  t.test('a device that is not there is an error by name, and the others work', async t => {
    const states = interfaceStates(node, client);
    t.same(
      states.filter(state => state.error !== undefined).map(({ name, bridge, ofport }) => ({ name, bridge, ofport })),
      [{ name: 'vf1', bridge: 'br-int', ofport: undefined }],
    );
    t.match(states.find(({ name }) => name === 'vf1')?.error, /could not open network device vf1 \(No such device\)/);
    t.equal((await reconcileSwitch(client, node, tables)).kind, 'unchanged');
  });

  t.test('VTEP addresses come to their devices once', async t => {
    const kinds = async () => (await ensureVtepAddresses(node.vteps, records, runIp)).map(({ kind }) => kind);
    t.same(await kinds(), ['added', 'added', 'added']);
    t.same(await kinds(), ['present', 'present', 'present']);
    const shown = await ovs.vsctl('get', 'Interface', 'vtep-aci', 'mac_in_use');
    t.equal(shown.trim(), '"02:00:00:00:00:01"');
    const routes = await eventually(async () => {
      const text = await ovs.appctl('ovs/route/show');
      return ['192.0.2.1', '192.0.3.1', '2001:db8::1'].every(address => text.includes(address)) && text;
    });
    t.match(routes, /192\.0\.3\.1.*dev vtep-aci/, 'and Open vSwitch routes tunnels by them');
  });

  t.test('an address that goes, or a link that falls, is put right', async t => {
    await runIp(['addr', 'del', '192.0.3.1/24', 'dev', 'vtep-aci']);
    await runIp(['link', 'set', 'dev', 'br-phy', 'down']);
    const states = await ensureVtepAddresses(node.vteps, records, runIp);
    t.same(
      states.map(({ kind }) => kind),
      ['added', 'added', 'present'],
    );
  });

  t.test('addresses that are no longer configured go, and nobody else’s', async t => {
    const [evpn, ...others] = node.vteps;
    if (!evpn) throw new Error('no VTEP');
    const addresses = async (device: string) =>
      (await lab.run('ip', ['-o', '-4', 'addr', 'show', 'dev', device], { netns })).stdout
        .split('\n')
        .flatMap(
          line => /inet (\S+)(?: brd \S+)? scope \S+ (?:secondary )?([^\s\\]+)/.exec(line)?.slice(1).join(' ') ?? [],
        );
    const noted = async () =>
      [...(await ovs.vsctl('get', 'Bridge', 'br-phy', 'external_ids')).matchAll(/pointsman-vtep-(\S+?)="?([^",}]+)/g)]
        .map(([, device, list]) => `${device}: ${list}`)
        .sort();
    // Two of somebody else's: one in the shadow of ours, one that we shall want too.
    await runIp(['addr', 'add', '192.0.2.77/24', 'brd', '192.0.2.255', 'label', 'br-phy:x', 'dev', 'br-phy']);
    await runIp(['addr', 'add', '198.51.100.9/24', 'dev', 'br-phy']);
    t.same(await addresses('br-phy'), ['192.0.2.1/24 br-phy', '198.51.100.9/24 br-phy', '192.0.2.77/24 br-phy:x']);

    const at = (address: string) => [{ ...evpn, address: parsePrefix(address) }, ...others];
    const to = async (vteps: NodeConfig['vteps']) => ensureVtepAddresses(vteps, records, runIp);
    t.match(await to(at('192.0.2.5/24')), [
      { kind: 'removed', address: '192.0.2.1/24', device: 'br-phy' },
      { kind: 'added', vtep: 'evpn' },
      { kind: 'present' },
      { kind: 'present' },
    ]);
    t.same((await addresses('br-phy')).sort(), [
      '192.0.2.5/24 br-phy',
      '192.0.2.77/24 br-phy:x',
      '198.51.100.9/24 br-phy',
    ]);
    t.same(await noted(), ['br-phy: 192.0.2.5/24', 'vtep-aci: 192.0.3.1/24', 'vtep-six: 2001:db8::1/64']);

    await to(at('192.0.2.5/25'));
    t.same(
      (await addresses('br-phy')).filter(each => each.includes('192.0.2.5')),
      ['192.0.2.5/25 br-phy'],
      'a length too',
    );

    t.match((await to(at('198.51.100.9/24'))).at(-3), { kind: 'present' });
    t.same(await noted(), ['vtep-aci: 192.0.3.1/24', 'vtep-six: 2001:db8::1/64'], 'what was there is not ours');
    await to([{ ...evpn, device: 'vtep-aci' }]);
    t.same(
      (await addresses('br-phy')).sort(),
      ['192.0.2.77/24 br-phy:x', '198.51.100.9/24 br-phy'],
      'and stays when the VTEP is on another device',
    );
    t.same(await addresses('vtep-aci'), ['192.0.2.1/24 vtep-aci']);

    await client.unlock(switchLockName);
    await t.rejects(to(at('192.0.2.6/24')), /could not be written down: lock_lost/);
    t.notMatch((await addresses('br-phy')).join(), '192.0.2.6', 'nor is it put there without the lock');
    await client.lock(switchLockName);
    await to(node.vteps);
    await runIp(['addr', 'del', '192.0.2.77/24', 'dev', 'br-phy']);
    await runIp(['addr', 'del', '198.51.100.9/24', 'dev', 'br-phy']);
  });

  t.test('a device that comes later gets its number', async t => {
    await runIp(['link', 'add', 'vf1', 'type', 'veth', 'peer', 'name', 'vf1-peer']);
    await eventually(() => observedPorts(node, client).integrationPorts.get('vf1') === 1002, { what: 'port vf1' });
    t.equal(interfaceStates(node, client).find(({ name }) => name === 'vf1')?.error, undefined);
  });

  t.test('system is refused where vswitchd has no kernel datapath', async t => {
    const asked = { ...node, datapathType: 'system' } as const;
    t.match((await reconcileSwitch(client, asked, tables)).plan.datapath, {
      kind: 'refuse',
      error: { code: 'DATAPATH_UNSUPPORTED', message: 'ovs-vswitchd offers netdev, not system' },
    });
  });

  t.test('nothing wanted of a bridge any more: it goes, and its devices with it', async t => {
    const renamed = { ...node, physicalBridge: 'br-up', vteps: [] };
    await settled(await reconcileSwitch(client, renamed, tables));
    const link = (name: string) => runIp(['link', 'show', 'dev', name]);
    t.match(await link('br-phy'), { kind: 'error' });
    t.match(await link('vtep-aci'), { kind: 'error' });
    t.match(await link('br-up'), { kind: 'ok' });
    t.equal(observedPorts(renamed, client).physicalPorts.get('p0'), 1);
  });
});

t.test('ip that hangs, or is nonsense, is an error and no more', async t => {
  const [vtep] = node.vteps;
  if (!vtep) throw new Error('no VTEP');
  const noRecords = { read: () => new Map(), add: async () => {}, forget: async () => {} };
  t.match(await ipRunner(undefined, 1)(['-ts', 'monitor']), { kind: 'error', message: /no end within 1 ms/ });
  t.match(await ipRunner('no-such-namespace')(['link']), { kind: 'error' });
  t.match(await ensureVtepAddresses([vtep], noRecords, async () => ({ kind: 'ok', stdout: 'Device' })), [
    { kind: 'failed' },
  ]);
});
