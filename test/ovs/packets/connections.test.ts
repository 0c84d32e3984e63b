// Connections are looked up by whatever is known of them, and ended one by one: real ones, in the switch's own table.

import t from 'tap';
import type { ConnectionReport } from '../../../src/controller/rest/runtime.ts';
import type { LabHost } from '../../lab/hosts.ts';
import { Lab } from '../../lab/lab.ts';
import { ping, udpEcho } from '../../lab/packets.ts';
import { eventually } from '../../lab/wait.ts';
import { buildWorld } from '../../scenarios/world.ts';

t.test('connections are found and ended', async t => {
  const lab = await Lab.open();
  t.teardown(() => lab.close());
  const { pointsman, node, host } = await buildWorld(lab);
  const [vlan, evpn, blue, outside] = ['red-vlan', 'red-evpn', 'blue-vlan', 'outside'].map(host) as [
    LabHost,
    LabHost,
    LabHost,
    LabHost,
  ];
  const look = async (query: string) => {
    const { status, body } = await pointsman.api('GET', `/v1/connections?${query}`);
    t.equal(status, 200, query);
    return body as { readonly items: readonly ConnectionReport[]; readonly next?: string };
  };
  const sources = async (query: string) =>
    (await look(query)).items.map(
      ({ tenant, original: { source, sourcePort } }) => `${tenant} ${source} ${sourcePort}`,
    );
  const end = async (query: string) => (await pointsman.api('DELETE', `/v1/connections?${query}`)).body;
  const held = async () => (await node.appctl('dpctl/dump-conntrack')).split('\n').filter(line => line !== '').length;

  // The tenants' hosts have one address: only zones tell them apart.
  for (const from of [vlan, evpn, blue])
    for (const localPort of [40001, 40002]) await udpEcho(lab, from, outside, { localPort, count: 1 });
  await ping(vlan, outside.ip, { count: 1 });

  await t.test('by what is known of them', async t => {
    t.same(await sources('tenant=blue'), ['blue 10.1.0.10 40001', 'blue 10.1.0.10 40002']);
    t.same(await sources('rule=red-out&protocol=udp&inside=10.2.0.10'), ['red 10.2.0.10 40001', 'red 10.2.0.10 40002']);
    t.same(await sources('interface=red-evpn&inside=10.2.0.10:40002'), ['red 10.2.0.10 40002']);
    t.same((await sources('interface=outside')).length, 7, 'by the outer interface');
    t.same((await sources(`remote=${outside.ip}&protocol=udp`)).length, 6);
    t.same(await sources('tenant=red&inside=10.9.9.9'), []);
    const [mine] = (await look('tenant=red&inside=10.1.0.10:40001')).items;
    t.match(mine, {
      ...{ tenant: 'red', rule: 'red-out', interface: 'red-vlan', protocol: 'udp' },
      original: { source: '10.1.0.10', destination: outside.ip, sourcePort: 40001 },
      reply: { source: outside.ip, destination: '203.0.113.10' },
      timeout: Number,
    });
    const place = `203.0.113.10:${mine?.reply.destinationPort}`;
    t.same(await sources(`outside=${place}`), ['red 10.1.0.10 40001'], 'who has a port outside');
    t.match((await look('tenant=red&protocol=icmp')).items, [{ original: { icmpType: 8, icmpId: Number } }]);
  });

  await t.test('by pages', async t => {
    const found: string[] = [];
    for (let after = ''; ; ) {
      const { items, next } = await look(`limit=2${after}`);
      t.ok(items.length <= 2);
      found.push(...items.map(item => JSON.stringify(item.original) + item.tenant));
      if (next === undefined) break;
      after = `&after=${next}`;
    }
    t.equal(new Set(found).size, 7);
    t.equal(found.length, 7);
  });

  await t.test('counted, by interface, rule and pool', async t => {
    const counters = async (what: string) =>
      ((await pointsman.api('GET', `/v1/counters/${what}`)).body as { items: Record<string, unknown>[] }).items;
    const packets = async (direction: 'in' | 'out') =>
      Number(
        (await counters('interfaces')).find(of => of.interface === 'blue-vlan' && of.direction === direction)?.packets,
      );
    const begun = async () => Number((await counters('nat-rules')).find(({ rule }) => rule === 'blue-out')?.packets);
    // Counts come with vswitchd's revalidators, and answers are a second old: what has come is all when it stands still.
    await eventually(async () => (await begun()) === 2, { what: 'two connections of blue' });
    const before = { in: await packets('in'), out: await packets('out') };
    await udpEcho(lab, blue, outside, { localPort: 40001, count: 20, interval: 5 });
    await eventually(async () => (await packets('in')) >= before.in + 20 && (await packets('out')) >= before.out + 20, {
      what: '20 packets in, 20 out',
    });
    t.equal(await begun(), 2, 'a connection that is known begins nothing');
    t.ok((await counters('interfaces')).some(of => of.interface === 'outside' && Number(of.bytes) > 0));
    t.match(await counters('nat-pools'), [{ pool: 'internet', taken: 2, here: 2, chunkSize: 4096 }]);
  });

  await t.test('ended, and no others', async t => {
    const before = await held();
    t.same(await end('tenant=red&inside=10.1.0.10:40001'), { ended: 1, left: 0 });
    t.equal(await held(), before - 1);
    t.same(await sources('tenant=blue'), ['blue 10.1.0.10 40001', 'blue 10.1.0.10 40002'], 'of the same address');
    t.same(await end('rule=blue-out'), { ended: 2, left: 0 });
    t.same(await sources('tenant=blue'), []);
    t.same((await sources('tenant=red')).length, 4);
    t.same(await end('tenant=red'), { ended: 4, left: 0 });
    t.equal(await held(), before - 7);
    t.match(
      await udpEcho(lab, vlan, outside, { localPort: 40001, count: 3 }),
      { received: 3, wrong: 0 },
      'what comes begins anew',
    );
  });

  await t.test('what nobody can mean is refused', async t => {
    for (const query of ['tenant=nobody', 'rule=none', 'interface=nowhere', 'outside=203.0.113.10:70000', 'limit=0'])
      t.match(await pointsman.api('GET', `/v1/connections?${query}`), { status: 400 }, query);
    t.match(await pointsman.api('DELETE', '/v1/connections'), { status: 400 }, 'all of them');
  });
});
