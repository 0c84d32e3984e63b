// What others do to a switch that is ours: put right where it can be, named where it cannot.

import { readFile, writeFile } from 'node:fs/promises';
import t from 'tap';
import type { Event } from '../../../src/controller/events/event.ts';
import { LabPointsman } from '../../lab/pointsman.ts';
import { NET } from '../../lab/topology.ts';
import { eventually } from '../../lab/wait.ts';
import { notReady, openNode, ready, whyNotReady } from './one-node.ts';

interface Status {
  readonly interfaces: readonly { readonly name: string; readonly link?: string }[];
  readonly warnings: readonly string[];
}

t.test('a switch in the hands of others', async t => {
  const { lab, netns, peer, ovs } = await openNode(t);
  const pointsman = await LabPointsman.prepare(lab, ovs);
  await pointsman.start();
  const ip = async (where: string, ...args: string[]) => (await lab.run('ip', args, { netns: where })).stdout;
  const statusOf = async () => (await pointsman.api('GET', '/v1/status')).body as Status;
  /** Generous, for a machine that has other work; what is timed takes a second at most. */
  const soon = (what: string, check: () => unknown) => eventually(check, { what, interval: 20, timeout: 5_000 });
  const happened = async () =>
    ((await pointsman.api('GET', '/v1/events')).body as { items: readonly Event[] }).items.map(
      ({ object, reason }) => `${object.kind}/${object.name} ${reason}`,
    );
  const changed = (what: string) => () =>
    JSON.stringify(pointsman.logged('switch database changed')).includes(what) && ready(pointsman);

  await t.test('protocols that we do not speak', async t => {
    await ready(pointsman);
    await ovs.vsctl('--no-wait', 'set', 'Bridge', 'br-int', 'protocols=OpenFlow10,OpenFlow11');
    await soon('the protocols', changed('change bridge br-int: protocols=[]'));
    t.equal((await ovs.vsctl('get', 'Bridge', 'br-int', 'protocols')).trim(), '[]');
    await ovs.vsctl('set', 'Bridge', 'br-int', 'protocols=OpenFlow15');
    await ready(pointsman);
    t.match(await ovs.vsctl('get', 'Bridge', 'br-int', 'protocols'), /OpenFlow15/, 'fewer, but ours among them, stay');
    t.ok((await happened()).includes('nodes/lab switch-restored'));
  });

  await t.test('another controller, and a switch that learns without one', async t => {
    await ovs.vsctl('--no-wait', 'set-controller', 'br-int', 'tcp:192.0.2.9:6653');
    await ovs.vsctl('--no-wait', 'set-fail-mode', 'br-phy', 'standalone');
    await soon('the controller', changed('remove controller tcp:192.0.2.9:6653 from br-int'));
    await soon('the fail mode', changed('change bridge br-phy: fail_mode='));
    t.equal((await ovs.vsctl('get-controller', 'br-int')).trim(), '');
    t.equal((await ovs.vsctl('get-fail-mode', 'br-phy')).trim(), 'secure');
  });

  await t.test('an error that is no longer true is asked about once', async t => {
    const asked = async () => Number(await ovs.vsctl('get', 'Open_vSwitch', '.', 'next_cfg'));
    const before = await asked();
    // vswitchd does not look at what others write into this column.
    const stale = "error=\"No usable peer 'int-p0' exists in 'netdev' datapath.\"";
    await ovs.vsctl('--no-wait', 'set', 'Interface', 'phy-p0', stale);
    await soon('no error', async () => (await ovs.vsctl('get', 'Interface', 'phy-p0', 'error')).trim() === '[]');
    await ready(pointsman);
    t.equal(await asked(), before + 1);
  });

  await t.test('a cable that is pulled', async t => {
    await ip(peer, 'link', 'set', 'eth0', 'down');
    t.ok(await notReady(pointsman, /physical port p0 has no carrier, and with it the tunnels of evpn, aci/));
    t.match((await statusOf()).warnings.join(), /physical port p0 has no carrier/);
    t.match(await pointsman.cli('status'), /physical port p0 has no carrier/);
    await ip(peer, 'link', 'set', 'eth0', 'up');
    await ready(pointsman);
    t.same((await statusOf()).warnings, []);
    t.match((await happened()).slice(-2), ['devices/p0 carrier-lost', 'devices/p0 carrier-back']);
  });

  await t.test('a representor without a machine is nothing to be unready for', async t => {
    await ip(peer, 'link', 'set', 'eth1', 'down');
    await soon('the warning', async () => (await statusOf()).warnings.includes(`no carrier: ${NET.representor}`));
    t.match(
      (await statusOf()).interfaces.find(({ name }) => name === NET.representor),
      { link: 'down' },
    );
    t.equal(await whyNotReady(pointsman), '');
    await ip(peer, 'link', 'set', 'eth1', 'up');
  });

  await t.test('a port of ours that has become somebody else’s', async t => {
    await ovs.vsctl('add-br', 'br-theirs', '--', 'set', 'Bridge', 'br-theirs', 'datapath_type=netdev');
    await ovs.vsctl('del-port', 'br-phy', NET.uplink, '--', 'add-port', 'br-theirs', NET.uplink);
    t.ok(await notReady(pointsman, /port p0, wanted on br-phy, is on bridge br-theirs already; it stays there/));
    t.equal((await ovs.vsctl('port-to-br', NET.uplink)).trim(), 'br-theirs');
    await ovs.vsctl('del-br', 'br-theirs');
    await ready(pointsman);
  });

  const addresses = async () =>
    [...(await ip(netns, '-o', 'addr', 'show', 'dev', 'br-phy')).matchAll(/inet (\S+)/g)].map(([, address]) => address);
  await t.test('a VTEP address that is taken away, and a device that is switched off', async t => {
    await ip(netns, 'addr', 'del', NET.evpnVtepPrefix, 'dev', 'br-phy');
    await ip(netns, 'link', 'set', 'vtep-aci', 'down');
    await soon('the address', async () => (await addresses()).includes(NET.evpnVtepPrefix));
    await soon('the device', async () => (await ip(netns, 'link', 'show', 'dev', 'vtep-aci')).includes(',UP'));
    await eventually(() => pointsman.logged('VTEP address changed').some(({ device }) => device === 'vtep-aci'));
    t.ok((await happened()).includes('vteps/evpn vtep-added'));
  });

  await t.test('a VTEP address that was wrong and is corrected: nobody answers for the old one', async t => {
    await ip(peer, 'addr', 'add', '192.0.2.9/24', 'dev', 'eth0');
    const answers = async (address: string) => {
      await lab.run('ping', ['-c', '1', '-W', '1', address], { netns: peer, allowFailure: true });
      return (await ip(peer, 'neigh', 'show', address)).includes('lladdr');
    };
    t.ok(await answers(NET.evpnVtep));
    await ip(netns, 'addr', 'add', '192.0.2.77/24', 'dev', 'br-phy');
    await pointsman.stop();
    const config = await readFile(pointsman.configFile, 'utf8');
    await writeFile(pointsman.configFile, config.replace(NET.evpnVtepPrefix, '192.0.2.3/24'));
    await pointsman.start();
    t.same((await addresses()).sort(), ['192.0.2.3/24', '192.0.2.77/24'], 'what somebody else has put there stays');
    await ip(peer, 'neigh', 'flush', 'all');
    t.ok(await answers('192.0.2.3'));
    t.notOk(await answers(NET.evpnVtep));
  });

  await t.test('addresses that somebody else assigns from now on are left to them', async t => {
    await pointsman.stop();
    const config = await readFile(pointsman.configFile, 'utf8');
    await writeFile(pointsman.configFile, `${config}assignAddresses: false\n`);
    await pointsman.start();
    const ids = () => ovs.vsctl('get', 'Bridge', 'br-phy', 'external_ids');
    await soon('the records to go', async () => !(await ids()).includes('pointsman-vtep-'));
    t.same((await addresses()).sort(), ['192.0.2.3/24', '192.0.2.77/24']);
  });
});
