// docs/cluster.md is true: its commands make a cluster, pointsman works with it, and its leader may die under load.

import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { Lab } from '../../lab/lab.ts';
import { LabPointsman } from '../../lab/pointsman.ts';
import { run } from '../../lab/process.ts';
import { buildTopology } from '../../lab/topology.ts';
import { eventually } from '../../lab/wait.ts';

const ROOT = join(import.meta.dirname, '../../..');
const members = [1, 2, 3];
const writers = 8;
const writes = 500;

/** The commands under a heading of the page. */
function commands(page: string, heading: string): string {
  const [, section = ''] = page.split(`\n## ${heading}\n`);
  const [, block = ''] = /\n\n((?: {4}.*\n)+)/.exec(section) ?? [];
  return block.replace(/^ {4}/gm, '');
}

t.test('docs/cluster.md', async t => {
  const page = await readFile(join(ROOT, 'docs/cluster.md'), 'utf8');
  const lab = await Lab.open();
  t.teardown(() => lab.close());
  const { node } = await buildTopology(lab);
  const { netns } = node;
  // A machine for each member, on one LAN with the node.
  const lan = await lab.namespace('lan');
  await run('ip', ['link', 'add', 'lan0', 'up', 'type', 'bridge'], { netns: lan });
  const machines = new Map<number, string>();
  const plug = async (ns: string, device: string, port: string, address: string) => {
    await lab.veth(ns, device, lan, port);
    await run('ip', ['link', 'set', port, 'master', 'lan0'], { netns: lan });
    await run('ip', ['address', 'add', address, 'dev', device], { netns: ns });
  };
  await plug(netns, 'mgmt', 'node', '192.0.2.100/32');
  for (const n of members) {
    const machine = await lab.namespace(`m${n}`);
    machines.set(n, machine);
    await plug(machine, 'eth0', `m${n}`, `192.0.2.10${n}/24`);
    // The node's VTEP is on the same subnet, elsewhere.
    await run('ip', ['route', 'add', `192.0.2.10${n}/32`, 'dev', 'mgmt', 'src', '192.0.2.100'], { netns });
  }
  /** In place: what stands on three machines stands in three directories here. */
  const local = (text: string, n = 1) =>
    text
      .replaceAll('/etc/pointsman/pki', lab.path('pki'))
      .replaceAll('/usr/share/pointsman', join(ROOT, 'schemas'))
      .replaceAll('/var/lib/pointsman-state', lab.path(`state${n}`));
  const shell = (script: string, n?: number) =>
    run('bash', ['-euo', 'pipefail', '-c', local(script, n)], {
      netns: machines.get(n ?? 0) ?? netns,
      timeout: 60_000,
    });
  const pidOf = async (n: number) => Number(await readFile(lab.path(`state${n}`, 'pid'), 'utf8'));
  const status = async (n: number) =>
    (await shell('ovs-appctl -T 1 -t /var/lib/pointsman-state/ctl cluster/status Pointsman', n)).stdout;
  const start = (n: number, isWanted = (_line: string) => true) => {
    const script = commands(page, n === 1 ? 'The first member' : 'The others')
      .split('\n')
      .filter(isWanted)
      .join('\n');
    return shell(script.replaceAll('192.0.2.102', `192.0.2.10${n}`).replaceAll('/state2.', `/state${n}.`), n);
  };

  await mkdir(lab.path('pki'));
  await shell(commands(page, 'Certificates'));
  // The members detach themselves, so it is by their pid files that they are ended.
  lab.defer(() =>
    Promise.all(members.map(async n => process.kill(await pidOf(n), 'SIGKILL')).map(killed => killed.catch(() => {}))),
  );
  for (const n of members) await start(n);
  const settled = async () => {
    const all = await Promise.all(members.map(status));
    const voted = all.filter(one => /^Role: (leader|follower)$/m.test(one) && /^Status: cluster member$/m.test(one));
    if (voted.length < members.length) throw new Error(all.join('\n'));
    return true;
  };
  await eventually(settled, { what: 'the cluster', timeout: 30_000 });
  const leader = () =>
    eventually(
      async () => {
        for (const n of members) if (/^Role: leader$/m.test(await status(n).catch(() => ''))) return n;
        throw new Error('no member leads');
      },
      { what: 'a leader', timeout: 30_000 },
    );

  const [, config = ''] = /```yaml\nstate:\n((?: {2}.*\n)+)```/.exec(page) ?? [];
  t.match(config, /remotes/);
  const pointsman = await LabPointsman.prepare(lab, node, { state: local(config) });
  await pointsman.start();
  t.match((await pointsman.api('GET', '/v1/status')).body, { state: { connected: true, embedded: false } });
  const { stdout: dumped } = await shell(
    commands(page, 'pointsman').replace(
      /^pointsman/,
      `env -u NODE_OPTIONS node --import=tsx ${join(ROOT, 'src/controller/main.ts')}`,
    ),
  );
  t.match(dumped, /^Tenant table\n_uuid description id labels name new_connections revision writes zone\n/);

  await t.test('a port is where the switch says', async t => {
    const readme = await readFile(join(ROOT, 'README.md'), 'utf8');
    const [api = ''] = /^ {4}api\(\).*$/m.exec(readme) ?? [];
    const puts = readme.match(/^ {4}api PUT (tenants\/red|vnis|interfaces\/red-evpn).*$/gm) ?? [];
    t.equal(puts.length, 3);
    const script = [api, ...puts, commands(page, 'Several nodes')].join('\n');
    await shell(`export OVS_RUNDIR=${node.runDir}\n${script.replaceAll('/run/pointsman/api.sock', pointsman.socket)}`);
    await eventually(
      async () => {
        const { body } = await pointsman.api('GET', '/v1/ports/vm-b');
        return (body as { status: { node?: string } }).status.node === 'lab';
      },
      { what: 'the binding' },
    );
    t.match(await node.ofctl('--names', 'dump-flows', 'br-int', 'table=egress'), /output:"?pf0vf0"?/);
  });

  await t.test('one pointsman of a name at a time', async t => {
    const second = await lab.start(
      process.execPath,
      ['--import=tsx', join(ROOT, 'src/controller/main.ts'), 'run', '--config', pointsman.configFile],
      { netns, cwd: ROOT, env: { NODE_OPTIONS: '' } },
    );
    const ended = await second.exited;
    t.equal(ended.code, 1);
    t.match(second.stdout() + second.stderr(), /another pointsman named "lab" works with this cluster/);
  });

  await t.test('one that was frozen while another took its place ends', async t => {
    const twin = await LabPointsman.prepare(lab, node, { name: 'twin', state: local(config) });
    await writeFile(twin.configFile, (await readFile(twin.configFile, 'utf8')).replace('name: twin', 'name: lab'));
    const { pid } = pointsman;
    if (pid === undefined) throw new Error('pointsman does not run');
    process.kill(pid, 'SIGSTOP');
    // The cluster takes the lock from who does not answer its probes. Until then the twin ends.
    const start = () =>
      twin.start().then(
        () => true,
        () => false,
      );
    await eventually(start, { what: 'the place of the frozen one', timeout: 60_000 });
    process.kill(pid, 'SIGCONT');
    await eventually(async () => !pointsman.running, { what: 'the end of the other', timeout: 40_000 });
    t.ok(twin.running);
    await twin.stop();
    await pointsman.start();
  });

  /** What befalls the leader, and how it is undone. */
  const faults: Readonly<Record<string, readonly [fault: (n: number) => unknown, mend: (n: number) => unknown]>> = {
    killed: [async n => process.kill(await pidOf(n), 'SIGKILL'), n => start(n, line => !line.startsWith('ovsdb-tool'))],
    paused: [async n => process.kill(await pidOf(n), 'SIGSTOP'), async n => process.kill(await pidOf(n), 'SIGCONT')],
    'cut off': [
      n => run('ip', ['link', 'set', `m${n}`, 'down'], { netns: lan }),
      n => run('ip', ['link', 'set', `m${n}`, 'up'], { netns: lan }),
    ],
  };
  for (const [fault, [strike, mend]] of Object.entries(faults)) {
    await t.test(`${writes} writes while the leader is ${fault}`, async t => {
      /** `201`, or what kind of problem it was. */
      const answers = new Map<string, string>();
      const prefix = fault.replace(' ', '-');
      let next = 0;
      const work = Array.from({ length: writers }, async () => {
        while (next < writes) {
          const name = `${prefix}-${next++}`;
          const { status, body } = await pointsman.api('PUT', `/v1/tenants/${name}`, {});
          answers.set(name, status === 201 ? '201' : String((body as { readonly type?: string }).type));
        }
      });
      await eventually(() => next > writes / 4, { what: 'the first writes', interval: 5 });
      const dying = await leader();
      await strike(dying);
      await Promise.all(work);
      await mend(dying);
      await eventually(settled, { what: 'the cluster', timeout: 30_000 });

      const kinds = new Map<string, number>();
      for (const kind of answers.values()) kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
      t.comment([...kinds].map(([kind, count]) => `${kind}: ${count}`).join(', '));
      t.equal(answers.size, writes);
      t.ok((kinds.get('201') ?? 0) > writes / 2, `${kinds.get('201')} were acknowledged`);
      const { stdout } = await shell(
        commands(page, 'pointsman').replace(
          /^pointsman/,
          `env -u NODE_OPTIONS node --import=tsx ${join(ROOT, 'src/controller/main.ts')}`,
        ),
      );
      const found = new Map<string, number>();
      for (const [, name = ''] of stdout.matchAll(/ "?((?:killed|paused|cut-off)-\d+)"? /g))
        found.set(name, (found.get(name) ?? 0) + 1);
      t.same(
        [...answers].filter(([name, kind]) => kind === '201' && found.get(name) !== 1),
        [],
        'what was acknowledged is there, once',
      );
      t.same(
        [...found].filter(([name, times]) => {
          const isOurs = name.startsWith(prefix);
          return times > 1 || (isOurs && !/^201$|outcome-unknown/.test(answers.get(name) ?? ''));
        }),
        [],
        'nothing is there twice, or although it was refused',
      );
    });
  }

  await t.test('a cluster of an older version', async t => {
    // Which had no ports.
    t.equal((await pointsman.api('DELETE', '/v1/ports/vm-b')).status, 204);
    await pointsman.stop();
    const older = join(ROOT, 'test/fixtures/pointsman-1.0.0.ovsschema');
    const upgrade = commands(page, 'Upgrade');
    const downgrade = upgrade
      .split('\n')
      .filter(line => !line.includes('backup'))
      .join('\n')
      .replace('/usr/share/pointsman/pointsman.ovsschema', older);
    await shell(downgrade);
    await t.rejects(pointsman.start(), { message: /schema version 1\.0\.0, this pointsman has/ });
    await shell(upgrade);
    await pointsman.start();
    t.equal((await pointsman.api('GET', '/v1/tenants/killed-0')).status, 200);
    const backup = await readFile(lab.path('state1', 'backup.db'), 'utf8');
    t.match(backup, /"version":"1\.0\.0"/);
    t.match(backup, /killed-0/);
  });
});
