// The intent changes under traffic: what changed, changes; everything else is left alone.

import { dirname } from 'node:path';
import t from 'tap';
import { udp } from '../../lab/frames.ts';
import type { LabHost } from '../../lab/hosts.ts';
import { Lab } from '../../lab/lab.ts';
import { ping, udpEcho } from '../../lab/packets.ts';
import { run } from '../../lab/process.ts';
import { eventually } from '../../lab/wait.ts';
import { buildWorld, type World } from '../../scenarios/world.ts';

async function zone({ node }: World, number: number): Promise<string[]> {
  return (await node.appctl('dpctl/dump-conntrack', `zone=${number}`)).split('\n').filter(Boolean);
}

async function remove({ pointsman }: World, ...paths: string[]): Promise<void> {
  for (const path of paths) {
    const { status, body } = await pointsman.api('DELETE', `/v1/${path}?wait=installed`);
    if (status !== 204) throw new Error(`DELETE ${path}: ${status} ${JSON.stringify(body)}`);
  }
}

/** The first packets after a change may be lost: caches are cold, and vswitchd is busy with the change. */
async function reaches(from: LabHost, to: string): Promise<void> {
  await eventually(async () => (await ping(from, to, { count: 1 })).received === 1, { what: `a ping to ${to}` });
}

t.test('changes under traffic', async t => {
  const lab = await Lab.open();
  t.teardown(() => lab.close());
  const world = await buildWorld(lab);
  const { pointsman, node } = world;
  const [red, blue, outside] = [world.host('red-vlan'), world.host('blue-vlan'), world.host('outside')];
  const retired = async () =>
    (
      await run('ovsdb-client', [
        'dump',
        `unix:${dirname(pointsman.socket)}/ovsdb/db.sock`,
        'Pointsman',
        'Retired_Number',
      ])
    ).stdout;

  await t.test("one tenant's comings and goings cost another no packet", async t => {
    await ping(red, outside.ip);
    const pinging = ping(red, outside.ip, { count: 150, interval: 20 });
    for (let i = 0; i < 10; i++) {
      const rule = { tenant: 'blue', source: `10.${100 + i}.0.0/16`, pool: 'internet' };
      t.equal((await pointsman.api('PUT', `/v1/nat-rules/blue-${i}?wait=installed`, rule)).status, 201);
    }
    await remove(world, ...Array.from({ length: 10 }, (_, i) => `nat-rules/blue-${i}`));
    const { sent, received } = await pinging;
    t.equal(received, sent);
  });

  await t.test('an interface that moves to another VLAN is reached there, and no longer where it was', async t => {
    const { body, etag } = await pointsman.api('GET', '/v1/interfaces/red-vlan');
    const moved = { ...(body as object), attachment: { type: 'vlan', port: 'p0', vlan: 13 } };
    const answer = await pointsman.api('PUT', '/v1/interfaces/red-vlan?wait=installed', moved, {
      'if-match': etag ?? '',
    });
    t.equal(answer.status, 200);
    t.match(await ping(red, outside.ip, { count: 2, timeout: 300 }), { received: 0 });
    t.notMatch(await node.ofctl('dump-flows', 'br-phy'), /dl_vlan=11/);
    t.match(await node.ofctl('dump-flows', 'br-phy'), /dl_vlan=13/);
    t.equal((await pointsman.api('PUT', '/v1/interfaces/red-vlan?wait=installed', body)).status, 200);
    await reaches(red, outside.ip);
    t.match(await ping(red, outside.ip), { received: 3 });
  });

  await t.test('a conntrack zone that changes hands is flushed first', async t => {
    await udpEcho(lab, blue, outside, { count: 2 });
    const zones = await node.vsctl('get', 'Bridge', 'br-int', 'external_ids');
    t.match(zones, /pointsman-ct-zone-32768=.*pointsman-ct-zone-32769=/);
    t.not((await zone(world, 32769)).length, 0, 'blue has connections in its zone');
    await remove(world, 'nat-rules/blue-out', 'routes/blue-default', 'interfaces/blue-vlan', 'interfaces/blue-evpn');
    await remove(world, 'vnis/blue-evpn', 'tenants/blue');
    t.notMatch(await node.vsctl('get', 'Bridge', 'br-int', 'external_ids'), /pointsman-ct-zone-32769=/);
    t.not((await zone(world, 32768)).length, 0, 'red has connections in its own');
    await eventually(async () => !/\bzone\b/.test((await retired()).replace(/^.*kind.*$/m, '')), {
      what: 'the zone to be free',
    });
    t.equal((await pointsman.api('PUT', '/v1/tenants/green?wait=installed', {})).status, 201);
    t.match(
      await node.vsctl('get', 'Bridge', 'br-int', 'external_ids'),
      /pointsman-ct-zone-32769=/,
      'green has the zone',
    );
    t.strictSame(await zone(world, 32769), [], 'and nothing of blue is in it');
    t.not((await zone(world, 32768)).length, 0, 'the other zone was not flushed');
  });

  await t.test('what is not ours stays', async t => {
    await node.ofctl('add-flow', 'br-int', 'cookie=0xabc,table=200,priority=7,actions=drop');
    await node.vsctl('add-br', 'br-other', '--', 'set', 'Bridge', 'br-other', 'datapath_type=netdev');
    t.equal((await pointsman.api('PUT', '/v1/tenants/yellow?wait=installed', {})).status, 201);
    await pointsman.kill();
    await pointsman.start();
    t.match(await node.ofctl('dump-flows', 'br-int', 'table=200'), /cookie=0xabc/);
    t.match(await node.vsctl('list-br'), /br-other/);
  });

  await t.test('a conntrack zone that somebody else has is left alone', async t => {
    await node.vsctl('set', 'Bridge', 'br-other', 'external_ids:ct-zone-lr0=32768');
    const reasons = await eventually(
      async () => {
        const { status, body } = await pointsman.api('GET', '/readyz');
        return status === 503 && JSON.stringify(body);
      },
      { what: 'the complaint' },
    );
    t.match(reasons, /conntrack zone 32768 of tenants\/red is in use by bridge br-other \(external_ids:ct-zone-lr0\)/);
    const connections = await zone(world, 32768);
    t.not(connections.length, 0);
    await udpEcho(lab, red, outside, { localPort: 41_000, count: 1, timeout: 300 });
    const { status, body } = await pointsman.api('PUT', '/v1/tenants/purple?wait=installed', {});
    t.equal(status, 201, `what is not about it is installed: ${JSON.stringify(body)}`);
    await reaches(red, world.host('red-evpn').ip);
    const got = await udpEcho(lab, red, outside, { localPort: 41_001, count: 2, timeout: 300 });
    t.equal(got.received, 0, 'nothing is translated in a zone that is not ours');
    t.notMatch(await node.appctl('dpctl/dump-conntrack', 'zone=32768'), /sport=41001/);
    const warnings = ((await pointsman.api('GET', '/v1/status')).body as { warnings: string[] }).warnings.join('\n');
    t.match(warnings, /nat-rules\/red-out \/tenant: conntrack zone 32768 of tenants\/red is in use by bridge br-other/);
    await node.vsctl('remove', 'Bridge', 'br-other', 'external_ids', 'ct-zone-lr0');
    await eventually(async () => (await pointsman.api('GET', '/readyz')).status === 200, { timeout: 15_000 });
    await reaches(red, outside.ip);
  });

  await t.test('a zone of a tenant that goes is neither flushed nor given out while somebody else has it', async t => {
    const given = async (tenant: string) => {
      t.equal((await pointsman.api('PUT', `/v1/tenants/${tenant}?wait=installed`, {})).status, 201);
      const ids = await node.vsctl('get', 'Bridge', 'br-int', 'external_ids');
      return [...ids.matchAll(/pointsman-ct-zone-(\d+)=/g)].map(([, number]) => Number(number));
    };
    const before = await given('white');
    const [mine = 0] = [...before].sort((a, b) => b - a);
    await node.vsctl('set', 'Bridge', 'br-other', `external_ids:ct-zone-lr1=${mine}`);
    const frame = udp({
      ...{ source: red.mac, destination: red.mac, sourceIp: '192.0.2.77', destinationIp: '192.0.2.78' },
      ...{ sourcePort: 1, destinationPort: 2 },
    });
    const packet = `packet=${frame.toString('hex')} actions=ct(commit,zone=${mine})`;
    await node.ofctl('packet-out', 'br-int', `in_port=LOCAL ${packet}`);
    t.equal((await zone(world, mine)).length, 1);
    await remove(world, 'tenants/white');
    await eventually(async () => !/\bzone\b/.test((await retired()).replace(/^.*kind.*$/m, '')), {
      what: 'the zone to be retired no more',
    });
    t.equal((await zone(world, mine)).length, 1, 'the other’s connection stands');
    t.notOk((await given('orange')).includes(mine), 'another gets another');
    await node.vsctl('remove', 'Bridge', 'br-other', 'external_ids', 'ct-zone-lr1');
  });

  await t.test('what somebody deleted of ours is back after the next look', async t => {
    await node.ofctl('del-flows', 'br-int', 'cookie=0x706d000000000000/0xffff000000000000');
    t.match(await ping(red, outside.ip, { count: 1, timeout: 300 }), { received: 0 });
    await pointsman.kill();
    await pointsman.start();
    await reaches(red, outside.ip);
    t.match(await ping(red, outside.ip), { received: 3 });
  });
});
