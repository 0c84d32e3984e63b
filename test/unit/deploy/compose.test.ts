import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'tap';
import { readCompose } from '../../ovs/deploy/compose-file.ts';

const docker = join(import.meta.dirname, '../../../docker');

test('compose.yaml names only what there is', async t => {
  const { services, volumes } = await readCompose();
  t.same(Object.keys(services), ['ovsdb-server', 'ovs-vswitchd', 'pointsman']);
  for (const [name, { build, depends_on, volumes: mounts }] of Object.entries(services)) {
    if (build) t.ok(existsSync(join(docker, '..', build.dockerfile)), `${name} is built from a file of ours`);
    for (const other of Object.keys(depends_on ?? {})) {
      t.ok(services[other]?.healthcheck, `${name} waits for a health check of ${other}`);
    }
    t.ok(
      mounts.some(mount => mount.startsWith('ovs-run:/run/openvswitch')),
      `${name} shares the run directory`,
    );
    for (const mount of mounts) {
      const source = mount.split(':')[0] ?? '';
      if (/^[a-z]/.test(source)) t.ok(source in volumes, `volume ${source} is declared`);
      else if (source.startsWith('..')) t.ok(existsSync(join(docker, source)), `${source} is in the repository`);
    }
  }
});

test('pointsman has one capability, and only the switch is privileged', async t => {
  const { services } = await readCompose();
  t.match(services.pointsman, { cap_drop: ['ALL'], cap_add: ['NET_ADMIN'], read_only: true });
  const privileged = Object.entries(services).filter(([, { privileged }]) => privileged);
  t.same(
    privileged.map(([name]) => name),
    ['ovs-vswitchd'],
  );
});
