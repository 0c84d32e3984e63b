// What an operator does to a running pointsman, and what it says when the switch is away or hangs.

import { chmod, readFile, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { LabPointsman } from '../../lab/pointsman.ts';
import { NET } from '../../lab/topology.ts';
import { eventually } from '../../lab/wait.ts';
import { openNode } from '../bridges/one-node.ts';

const token = 'a-token-of-the-operator';

t.test('reload, and a switch that does not answer', async t => {
  const { lab, ovs } = await openNode(t);
  const pointsman = await LabPointsman.prepare(lab, ovs, { maxBehind: 2 });
  await pointsman.start();
  const { pid } = pointsman;
  const get = async (path: string, headers = {}) => {
    const started = performance.now();
    const { status, body } = await pointsman.api('GET', path, undefined, headers);
    return { status, body: body as Record<string, unknown>, took: performance.now() - started };
  };
  const lines = () => pointsman.log.split('\n').filter(line => line !== '').length;
  const isReady = () => eventually(async () => (await get('/readyz')).status === 200, { what: 'ready' });

  await t.test('SIGHUP', async t => {
    const config = await readFile(pointsman.configFile, 'utf8');
    const hangUp = async (text: string, message: string) => {
      const before = pointsman.logged(message).length;
      await writeFile(pointsman.configFile, text);
      await chmod(pointsman.configFile, 0o600);
      process.kill(pid ?? 0, 'SIGHUP');
      return eventually(() => pointsman.logged(message)[before], { what: message });
    };
    const read = 'the configuration was read again';
    t.match(await hangUp(config.replace('level: info', 'level: debug'), read), {
      changed: ['log.level'],
      needsRestart: [],
    });
    await get('/v1/tenants/nobody');
    await pointsman.api('PUT', '/v1/tenants/red?wait=installed', {});
    await eventually(() => /"level":20,.*"part":"/.test(pointsman.log), { what: 'a debug line of a part' });
    t.match(await hangUp(`${config}frobnicate: true\n`, 'the configuration cannot be used, and the old one stays'), {
      why: /frobnicate/,
    });
    t.equal((await get('/v1/tenants/red')).status, 200);
    const guarded = config.replace('rest: {', `rest: { tokens: [${token}],`).replace('name: lab', 'name: other');
    t.match(await hangUp(guarded, read), { changed: ['rest.tokens', 'log.level'], needsRestart: ['node'] });
    t.equal((await get('/v1/tenants/red')).status, 401);
    t.equal((await get('/v1/tenants/red', { authorization: `Bearer ${token}` })).status, 200);
    await hangUp(config, read);
    t.equal((await get('/v1/tenants/red')).status, 200);
    t.ok(pointsman.running);
    t.equal(pointsman.pid, pid);
  });

  await t.test('a switch that hangs', async t => {
    process.kill(ovs.vswitchdPid ?? 0, 'SIGSTOP');
    try {
      const unavailable = { status: 503, body: { type: 'urn:pointsman:problem:switch-unavailable', detail: /br-int/ } };
      const [drops, flows, status] = await Promise.all([
        get('/v1/counters/drops'),
        get('/v1/flows/0x706d000000000000'),
        get('/v1/status'),
      ]);
      t.match(drops, unavailable);
      t.match(flows, unavailable);
      t.equal(status.status, 200);
      t.match(status.body.bridges, [{ name: 'br-phy' }, { name: 'br-int' }].reverse());
      for (const { took } of [drops, flows, status]) t.ok(took < 6_000, `answered after ${took} ms`);
    } finally {
      process.kill(ovs.vswitchdPid ?? 0, 'SIGCONT');
    }
    await isReady();
    const { bridges } = (await get('/v1/status')).body as { bridges: { name: string; flows: number }[] };
    for (const { name, flows } of bridges) {
      const dumped = (await ovs.ofctl('dump-flows', name)).split('\n').filter(line => line.includes('cookie='));
      t.equal(flows, dumped.length, name);
    }
  });

  await t.test('a switch that hangs makes writers wait, when it has not confirmed what was written before', async t => {
    const put = (name: string) => pointsman.api('PUT', `/v1/tenants/${name}`, {});
    const behindFor = async () => {
      const { bridges } = (await get('/v1/status')).body as { bridges: { behindFor: number }[] };
      return Math.max(...bridges.map(bridge => bridge.behindFor));
    };
    await pointsman.api('PUT', '/v1/interfaces/late', {
      role: 'outer',
      attachment: { type: 'vlan', port: NET.uplink, vlan: 77 },
      mac: '02:70:6d:00:77:01',
      addresses: ['10.77.0.1/24'],
    });
    await isReady();
    process.kill(ovs.vswitchdPid ?? 0, 'SIGSTOP');
    try {
      t.equal((await pointsman.api('DELETE', '/v1/interfaces/late')).status, 204, 'nothing is behind yet');
      await eventually(async () => (await behindFor()) > 2_000, { what: 'the switch to be behind' });
      // While its connection is made anew it is not known whether it hangs.
      const refused = await eventually(
        async () => {
          const answer = await put('late');
          return answer.status === 503 && answer;
        },
        { what: 'a refusal', interval: 200 },
      );
      t.match(refused.body, { type: 'urn:pointsman:problem:switch-behind', detail: /br-int/ });
      t.equal((await get('/v1/tenants')).status, 200, 'what is read is answered');
    } finally {
      process.kill(ovs.vswitchdPid ?? 0, 'SIGCONT');
    }
    await isReady();
    t.ok([200, 201].includes((await put('late')).status), 'and it goes on');
  });

  await t.test('what a switch that hangs has been told is not yet let go of', async t => {
    const socket = `unix:${lab.path('pointsman/ovsdb/db.sock')}`;
    const query = JSON.stringify([
      'Pointsman',
      { op: 'select', table: 'Retired_Number', where: [['kind', '==', 'index']], columns: ['number'] },
    ]);
    const retired = async () => (await lab.run('ovsdb-client', ['transact', socket, query])).stdout.includes('number');
    await pointsman.api('PUT', '/v1/interfaces/gone?wait=installed', {
      role: 'inner',
      tenant: 'red',
      attachment: { type: 'vlan', port: NET.uplink, vlan: 11 },
      mac: '02:70:6d:00:11:01',
      addresses: ['10.1.0.1/24'],
    });
    t.equal((await pointsman.api('DELETE', '/v1/interfaces/gone?wait=installed')).status, 204);
    process.kill(ovs.vswitchdPid ?? 0, 'SIGSTOP');
    try {
      // Its datapath may go on with what it has cached, for as long as nobody looks.
      await sleep(1_500);
      t.ok(await retired());
    } finally {
      process.kill(ovs.vswitchdPid ?? 0, 'SIGCONT');
    }
    await eventually(async () => !(await retired()), { what: 'the index to be free' });
    await isReady();
  });

  await t.test('a switch that is away', async t => {
    await ovs.stopVswitchd();
    await eventually(async () => (await get('/readyz')).status === 503, { what: 'not ready' });
    t.match(await get('/v1/counters/drops'), { status: 503, body: { detail: /br-int/ } });
    t.match(await get('/v1/flows/0x706d000000000000'), { status: 503, body: { detail: /br-int/ } });
    const before = lines();
    for (let i = 0; i < 50; i++) {
      t.equal((await get('/readyz')).status, 503);
      await sleep(100);
    }
    const said = lines() - before;
    t.ok(said < 20, `${said} lines in five seconds, and fifty probes`);
    t.notMatch(pointsman.log, /not-ready.*"stack"/);
    await ovs.startVswitchd();
    await isReady();
  });

  await pointsman.stop();
});
