import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'tap';
import { parse } from 'yaml';
import * as z from 'zod';

const docker = join(import.meta.dirname, '../../../docker');

const service = z.strictObject({
  build: z.strictObject({ context: z.literal('..'), dockerfile: z.string() }).optional(),
  image: z.string(),
  command: z.array(z.string()).optional(),
  restart: z.literal('unless-stopped'),
  depends_on: z.record(z.string(), z.strictObject({ condition: z.literal('service_healthy') })).optional(),
  network_mode: z.literal('host').optional(),
  privileged: z.literal(true).optional(),
  user: z.string().optional(),
  cap_drop: z.array(z.string()).optional(),
  cap_add: z.array(z.string()).optional(),
  security_opt: z.array(z.string()).optional(),
  read_only: z.boolean().optional(),
  tmpfs: z.array(z.string()).optional(),
  volumes: z.array(z.string()),
  healthcheck: z
    .strictObject({ test: z.array(z.string()), interval: z.string(), timeout: z.string(), retries: z.int() })
    .optional(),
});

const compose = z.strictObject({
  name: z.string(),
  services: z.record(z.string(), service),
  volumes: z.record(z.string(), z.null()),
});

test('compose.yaml names only what there is', async t => {
  const { services, volumes } = compose.parse(parse(await readFile(join(docker, 'compose.yaml'), 'utf8')));
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
  const { services } = compose.parse(parse(await readFile(join(docker, 'compose.yaml'), 'utf8')));
  t.match(services.pointsman, { cap_drop: ['ALL'], cap_add: ['NET_ADMIN'], read_only: true });
  const privileged = Object.entries(services).filter(([, { privileged }]) => privileged);
  t.same(
    privileged.map(([name]) => name),
    ['ovs-vswitchd'],
  );
});
