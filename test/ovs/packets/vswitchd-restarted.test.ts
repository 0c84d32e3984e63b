// ovs-vswitchd goes away, with its flows, groups, meters, conntrack and devices: everything is back without help.

import t, { type Test as TapTest } from 'tap';
import { Lab } from '../../lab/lab.ts';
import { ping } from '../../lab/packets.ts';
import { eventually } from '../../lab/wait.ts';
import { snatAci } from '../../scenarios/snat-aci.ts';
import { snatEvpn } from '../../scenarios/snat-evpn.ts';
import { snatVlan } from '../../scenarios/snat-vlan.ts';
import { buildWorld, type World } from '../../scenarios/world.ts';

/** How often it was told of a bridge that its flows were lost and are back. */
async function restored({ pointsman }: World, bridge: string): Promise<number> {
  const { items } = (await pointsman.api('GET', '/v1/events')).body as {
    items: { reason: string; object: { name: string }; message: string; count: number }[];
  };
  const told = items.find(
    ({ reason, object, message }) =>
      reason === 'flows-restored' && object.name === bridge && message.startsWith('the switch came back without'),
  );
  return told?.count ?? 0;
}

async function everythingIsBack(t: TapTest, world: World): Promise<void> {
  const outside = world.host('outside');
  for (const name of ['red-vlan', 'red-evpn', 'red-aci', 'red-rep'])
    await eventually(async () => (await ping(world.host(name), outside.ip, { count: 1 })).received === 1, {
      what: `a ping from ${name}`,
      timeout: 20_000,
    });
  for (const { title, run } of [snatVlan, snatEvpn, snatAci])
    for (const { what, ok, seen } of await run(world)) t.ok(ok, `${title}: ${what}: ${seen}`);
  t.strictSame(((await world.pointsman.api('GET', '/v1/status')).body as { warnings: string[] }).warnings, []);
}

t.test('ovs-vswitchd is restarted', async t => {
  const lab = await Lab.open();
  t.teardown(() => lab.close());
  const world = await buildWorld(lab);
  await t.test('stopped as an upgrade does, and started', async t => {
    await world.node.restartVswitchd();
    await everythingIsBack(t, world);
    for (const bridge of ['br-int', 'br-phy']) t.equal(await restored(world, bridge), 1, `told of ${bridge}`);
  });
  await t.test('killed, and started', async t => {
    await world.node.killVswitchd();
    await world.node.startVswitchd();
    await everythingIsBack(t, world);
    for (const bridge of ['br-int', 'br-phy']) t.equal(await restored(world, bridge), 2, `told of ${bridge}`);
  });
  await t.test('gone with its devices (exit --cleanup), and started', async t => {
    await world.node.appctl('exit', '--cleanup');
    await world.node.stopVswitchd();
    await world.node.startVswitchd();
    await everythingIsBack(t, world);
  });
  await t.test('its database server is restarted', async t => {
    // What exit --cleanup took away while it still answered may have been told as somebody's change.
    const bridges = ['br-int', 'br-phy'];
    const told = () => Promise.all(bridges.map(bridge => restored(world, bridge)));
    const before = await told();
    await world.node.restartServer();
    await everythingIsBack(t, world);
    t.strictSame(await told(), before, 'no flow was lost by it');
  });
});
