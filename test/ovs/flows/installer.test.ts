// The installer against a real vswitchd: sends the difference, touches nothing of others, blames what is refused.

import t from 'tap';
import { type FlowEntry, sealFlow } from '../../../src/openflow/index.ts';
import { encodeCookie } from '../../../src/policy/cookies.ts';
import { demoObjects, programOf } from '../../fixtures/demo-intent.ts';
import { badFlow, flowLines, install, ofRoute, openBridge, openInstaller, plainFlow } from './one-bridge.ts';

t.test('the installer', async t => {
  const ovs = await openBridge(t);
  const { integration: program } = programOf(demoObjects);
  await ovs.ofctl('add-meter', 'br0', 'meter=9999,pktps,band=type=drop,rate=5');
  await ovs.ofctl('add-group', 'br0', 'group_id=77,type=all,bucket=actions=drop');
  await ovs.ofctl('add-flow', 'br0', 'cookie=0xabc,table=3,priority=9,actions=group:77');
  const dump = async (...match: string[]) => flowLines(await ovs.ofctl('dump-flows', 'br0', ...match));

  await t.test('installs all of a program', async t => {
    const installer = await openInstaller(t, ovs);
    const { sent, refused } = await install(installer, program);
    t.equal(sent, program.flows.length + program.meters.length + program.groups.length);
    t.strictSame(refused, []);
    t.equal((await dump()).length, program.flows.length + 1);
    t.equal(installer.flowCount, program.flows.length);
    t.equal(installer.behindFor, 0);
  });

  await t.test('sends nothing that is already there, not even after a restart', async t => {
    const again = await openInstaller(t, ovs);
    t.equal((await install(again, program)).sent, 0);
    again.forget();
    t.equal((await install(again, program)).sent, 0);
    t.equal(again.driftCount, 0);
  });

  await t.test('modifies a flow, which keeps its counters, unless a modification cannot say it', async t => {
    const installer = await openInstaller(t, ovs);
    const of = (flow: FlowEntry) => install(installer, { ...program, flows: [...program.flows, flow] });
    await of(plainFlow(7));
    const age = async () => Number(/duration=([\d.]+)s/.exec((await dump('table=120')).join())?.[1]);
    await new Promise(resolve => setTimeout(resolve, 1100));
    await of(plainFlow(7, ofRoute(1), { instructions: [{ kind: 'goto_table', table: 122 }] }));
    t.match((await dump('table=120')).join(), /goto_table:122/);
    t.ok((await age()) > 1, 'modified');
    await of(plainFlow(7, ofRoute(2), { idleTimeout: 900 }));
    t.match((await dump('table=120')).join(), /idle_timeout=900/);
    t.ok((await age()) < 1, 'another one');
  });

  await t.test('blames the objects that the switch refuses, all of them, and installs the rest', async t => {
    const installer = await openInstaller(t, ovs);
    const many = Array.from({ length: 40 }, (_, i) => plainFlow(100 + i, ofRoute(100 + i)));
    // Nine objects with one bad flow, one good one, and one that drops.
    const spoilt = Array.from({ length: 9 }, (_, i) => [
      badFlow(200 + i, ofRoute(200 + i)),
      plainFlow(300 + i, ofRoute(200 + i)),
      plainFlow(400 + i, encodeCookie({ kind: 'routes', id: 200 + i, drop: 'no-route' }), { instructions: [] }),
    ]).flat();
    const flows = [...program.flows, ...many, ...spoilt];
    const { refused } = await install(installer, { ...program, flows });
    t.strictSame(
      refused.map(refusal => refusal.what === 'flow' && refusal.object).sort(),
      Array.from({ length: 9 }, (_, i) => ({ kind: 'routes', id: 200 + i })),
    );
    t.ok(refused.every(({ reason }) => reason === 'OFPBAC_BAD_OUT_GROUP'));
    t.equal((await dump('table=120')).length, 40 + 9, 'whole objects, and of the refused ones what drops');
    t.equal((await install(installer, { ...program, flows })).sent, 0, 'not tried again');

    const mended = flows.map(flow =>
      flow.cookie === ofRoute(204) && flow.priority === 204 ? plainFlow(204, ofRoute(204)) : flow,
    );
    const second = await install(installer, { ...program, flows: mended });
    t.equal(second.refused.length, 8);
    t.equal(second.sent, 2, 'the object that has changed, all of it');
    const grouped = await install(installer, {
      ...program,
      flows: mended,
      groups: [...program.groups, { group: 4711, type: 'indirect', buckets: [{ actions: [] }] }],
    });
    t.strictSame(grouped.refused, [], 'the group that they waited for');
    await install(installer, program);
    t.strictSame(await dump('table=120'), []);
  });

  await t.test('leaves a refused object as it was before, with the meter that it uses', async t => {
    const installer = await openInstaller(t, ovs);
    const metered = (meter: number) =>
      plainFlow(1, ofRoute(9), { instructions: [{ kind: 'apply_actions', actions: [{ kind: 'meter', meter }] }] });
    const meterOf = (meter: number) =>
      ({ meter, unit: 'pktps', burst: true, bands: [{ kind: 'drop', rate: 10, burst: 10 }] }) as const;
    const meters = [...program.meters, meterOf(501)];
    await install(installer, { ...program, meters, flows: [...program.flows, metered(501), plainFlow(2, ofRoute(9))] });
    const before = (await ovs.ofctl('--no-stats', 'dump-flows', 'br0', 'table=120')).split('\n').sort();
    const changed = {
      ...program,
      meters: [...program.meters, meterOf(502)],
      flows: [...program.flows, metered(502), badFlow(3, ofRoute(9))],
    };
    t.equal((await install(installer, changed)).refused.length, 1);
    t.strictSame((await ovs.ofctl('--no-stats', 'dump-flows', 'br0', 'table=120')).split('\n').sort(), before);
    t.match(await ovs.ofctl('dump-meters', 'br0'), /meter=501 /);
    t.strictSame((await install(installer, program)).refused, []);
    t.notMatch(await ovs.ofctl('dump-meters', 'br0'), /meter=50\d /);
    t.equal((await dump()).length, program.flows.length + 1);
  });

  await t.test('takes a change by its keys, also one that comes during another', async t => {
    const installer = await openInstaller(t, ovs);
    const rows = new Map(program.flows.map(sealFlow).map(row => [row.key, row]));
    const desired = {
      flows: { rows: () => rows.values(), get: (key: string) => rows.get(key) },
      groups: {
        rows: () => program.groups,
        get: (key: string) => program.groups.find(({ group }) => String(group) === key),
      },
      meters: {
        rows: () => program.meters,
        get: (key: string) => program.meters.find(({ meter }) => String(meter) === key),
      },
    };
    t.equal((await installer.install(desired)).sent, 0);
    const put = (flow: FlowEntry) => {
      const row = sealFlow(flow);
      rows.set(row.key, row);
      return installer.install(desired, { flows: [{ key: row.key }] });
    };
    const first = put(plainFlow(1));
    const { key } = sealFlow(plainFlow(1));
    const others = [put(plainFlow(2)), put(plainFlow(3))];
    rows.delete(key);
    others.push(installer.install(desired, { flows: [{ key }] }));
    t.ok(installer.behindFor > 0);
    await first;
    const reports = await Promise.all(others);
    t.equal(new Set(reports).size, 1, 'the later ones go together');
    t.strictSame((await dump('table=120')).map(line => /priority=(\d+)/.exec(line)?.[1]).sort(), ['2', '3']);
    t.equal(installer.behindFor, 0);
    await install(installer, program);
  });

  await t.test('takes away what is no longer wanted, and nothing of others', async t => {
    await install(await openInstaller(t, ovs), { flows: [], groups: [], meters: [] });
    t.match(await dump(), [/cookie=0xabc/]);
    t.match(await ovs.ofctl('dump-groups', 'br0'), /group_id=77/);
    t.notMatch(await ovs.ofctl('dump-groups', 'br0'), /group_id=1,/);
    t.match(await ovs.ofctl('dump-meters', 'br0'), /meter=9999/);
    t.notMatch(await ovs.ofctl('dump-meters', 'br0'), /meter=8 /);
  });
});
