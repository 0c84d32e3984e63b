// docker/compose.yaml starts: the images' own steps and entry points, with the users, capabilities, mounts and read-only
// roots that it names, on fresh volumes and on used ones.

import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { Lab } from '../../lab/lab.ts';
import { type BackgroundProcess, run } from '../../lab/process.ts';
import { eventually, Hopeless } from '../../lab/wait.ts';
import { DOCKER, readCompose } from './compose-file.ts';
import { type ContainerSpec, checkHealth, startContainer } from './container.ts';
import { readDockerfile } from './dockerfile.ts';

const ROOT = join(DOCKER, '..');

t.test('what the images copy is in their build context', async t => {
  for (const name of ['Dockerfile', 'ovs.Dockerfile']) {
    const { fromContext } = await readDockerfile(DOCKER, name);
    const taken = (await readFile(join(DOCKER, `${name}.dockerignore`), 'utf8')).split('\n');
    t.equal(taken[0], '*');
    for (const source of fromContext) t.ok(taken.includes(`!${source}`), `${name}: ${source}`);
  }
});

t.test('the services of compose.yaml', async t => {
  const lab = await Lab.open();
  t.teardown(() => lab.close());
  const { services } = await readCompose();
  const host = await lab.namespace('host');
  const wire = await lab.namespace('wire');
  for (const device of ['p0', 'pf0vf0', 'pf0vf1', 'pf0vf2', 'pf0vf3'])
    await lab.veth(host, device, wire, device, { mtu: 9000 });
  const bridge = await lab.namespace('bridge');
  const volumes = lab.path('volumes');
  const socket = join(volumes, 'pointsman-run/api.sock');
  const api = async (method: string, path: string, body = '') => {
    const options = ['-sS', '-X', method, '--unix-socket', socket, '-w', '\n%{http_code}', '-d', body];
    const { stdout } = await run('curl', [
      ...options,
      '-H',
      'content-type: application/json',
      `http://localhost${path}`,
    ]);
    return stdout.trim();
  };

  const specs = new Map<string, ContainerSpec>();
  for (const [name, service] of Object.entries(services)) {
    const dockerfile = service.image === 'pointsman' ? 'docker/Dockerfile' : 'docker/ovs.Dockerfile';
    const image = await readDockerfile(ROOT, dockerfile);
    specs.set(name, { name, service, image, netns: service.network_mode === 'host' ? host : bridge, volumes });
  }

  /** In the order of compose.yaml, which is that of their dependencies; each waits for the health of those before it. */
  const up = async (): Promise<readonly BackgroundProcess[]> => {
    const running: BackgroundProcess[] = [];
    for (const spec of specs.values()) {
      const child = await startContainer(lab, spec);
      running.push(child);
      const check = async (): Promise<boolean> => {
        if (!child.running) throw new Hopeless(`${spec.name} ended: ${child.stdout()}${child.stderr()}`);
        if (!spec.service.healthcheck) return (await api('GET', '/readyz')).endsWith('200');
        const { code, stderr } = await checkHealth(lab, spec);
        if (code !== 0) throw new Error(stderr);
        return true;
      };
      await eventually(check, { what: spec.name, interval: 200, timeout: 30_000 });
    }
    return running;
  };
  const switchShows = async (...args: string[]) =>
    (await run('ovs-vsctl', [`--db=unix:${join(volumes, 'ovs-run/db.sock')}`, '--timeout=5', ...args])).stdout.trim();

  const first = await up();
  t.equal(await switchShows('list-br'), 'br-int\nbr-phy');
  const { stdout: addresses } = await run('ip', ['-o', 'addr', 'show'], { netns: host });
  t.match(addresses, /br-phy +inet 192\.0\.2\.1\/24/, 'the VTEP address is on its device');
  const status = await readFile(`/proc/${first[2]?.pid}/status`, 'utf8');
  t.match(status, /^CapEff:\s0*1000$/m, 'NET_ADMIN and nothing else');
  t.match(status, /^Uid:\s0\s/m);
  t.match(status, /^Gid:\s990\s/m);
  for (const [volume, file] of [
    ['pointsman-state', 'pointsman.db'],
    ['ovs-data', 'conf.db'],
  ] as const)
    t.ok((await stat(join(volumes, volume, file))).size > 0, `${file} is in its volume`);
  for (const volume of ['pointsman-state', 'pointsman-run']) {
    const { mode, uid, gid } = await stat(join(volumes, volume));
    t.strictSame([mode & 0o7777, uid, gid], [0o2770, 990, 990], `${volume} is as the image made it`);
  }
  t.match(await api('PUT', '/v1/tenants/red?wait=installed', '{}'), /201$/);

  await t.test('used volumes, after an orderly end', async t => {
    t.match(await first[2]?.stop(), { code: 0 }, 'pointsman ends in order');
    for (const child of first.toReversed()) await child.stop();
    const second = await up();
    t.match(await api('GET', '/v1/tenants/red'), /200$/);
    await switchShows('get', 'Bridge', 'br-int', 'external_ids:pointsman');
    for (const child of second.toReversed()) await child.kill();
  });

  await t.test('used volumes, after a crash', async t => {
    await up();
    t.match(await api('GET', '/v1/tenants/red'), /200$/);
  });
});
