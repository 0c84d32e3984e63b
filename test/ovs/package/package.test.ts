// The package as it is published: packed from a clean clone, installed from its tarball into an empty folder, under the
// oldest Node that package.json promises.

import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { publint } from 'publint';
import { minVersion, subset } from 'semver';
import t from 'tap';
import { z } from 'zod';
import { Lab } from '../../lab/lab.ts';
import { nodeBinary } from '../../lab/node-binary.ts';
import { startOvs } from '../../lab/ovs.ts';
import { LabPointsman } from '../../lab/pointsman.ts';
import { run } from '../../lab/process.ts';
import { NET } from '../../lab/topology.ts';

const ROOT = join(import.meta.dirname, '../../..');

const importer = `
import { OvsdbClient, parseActiveEndpoint, type UntypedTables } from 'pointsman/ovsdb-client';
import { openVSwitchSchema, type OpenVSwitchTables } from 'pointsman/ovsdb-client/open-vswitch';
import { encode, decode, formatFlow, SwitchConnection, type FlowEntry } from 'pointsman/openflow-ts';

const flow: FlowEntry = { table: 0, priority: 1, cookie: 2n, match: [{ field: 'in_port', value: 3 }], instructions: [] };
const frame: Uint8Array = encode({ kind: 'flow_mod', command: 'add', flow, version: 6, xid: 7 });
const endpoint = parseActiveEndpoint('unix:/run/openvswitch/db.sock', 6640);
const text: string = formatFlow(flow);
export const seen = [
  process.version, decode(frame).kind, text, endpoint.kind, typeof OvsdbClient, typeof SwitchConnection, openVSwitchSchema.name,
];
export type Tables = [UntypedTables, OpenVSwitchTables];
`;

const packageSchema = z.looseObject({ engines: z.object({ node: z.string() }) });
const lockSchema = z.object({
  packages: z.record(
    z.string(),
    // Very old packages have a list in place of the object.
    z.object({
      dev: z.boolean().optional(),
      engines: z.looseObject({ node: z.string().optional() }).or(z.array(z.string())).optional(),
    }),
  ),
});

const json = async (file: string): Promise<unknown> => JSON.parse(await readFile(join(ROOT, file), 'utf8'));

t.test('the packed package', async t => {
  const { engines, overrides } = packageSchema.parse(await json('package.json'));
  t.notOk(overrides, 'npm takes no notice of the overrides of a dependency: there are none');
  const oldest = minVersion(engines.node)?.version ?? '';
  const lab = await Lab.open();
  t.teardown(() => lab.close());
  const project = lab.path('project');
  // Fetched while the clone is packed.
  const binary = nodeBinary(lab, oldest);
  binary.catch(() => undefined);
  // The test runner puts its loader hooks into the options of every node that it sees started.
  const node = async (...command: string[]) =>
    run('env', ['-u', 'NODE_OPTIONS', `PATH=${await binary}${delimiter}${process.env.PATH}`, ...command], {
      cwd: project,
      timeout: 60_000,
    });

  await t.test('no dependency asks for another Node than we do', async t => {
    const { packages } = lockSchema.parse(await json('package-lock.json'));
    for (const [path, { dev, engines: its }] of Object.entries(packages)) {
      const wanted = its === undefined || Array.isArray(its) ? '*' : (its.node ?? '*');
      if (path !== '' && !dev) t.ok(subset(engines.node, wanted), `${path}: ${wanted}`);
    }
  });

  await t.test('is packed from a clean clone, and installed', async t => {
    const clone = lab.path('clone');
    await mkdir(clone);
    await mkdir(project);
    // The sources as they are, committed or not, and nothing that was built.
    await run(
      'sh',
      ['-c', 'git ls-files -z --cached --others --exclude-standard | xargs -0 cp --parents -t "$0"', clone],
      { cwd: ROOT },
    );
    await symlink(join(ROOT, 'node_modules'), join(clone, 'node_modules'));
    const { stdout } = await run(
      'env',
      ['-u', 'NODE_OPTIONS', 'npm', 'pack', '--silent', '--pack-destination', project],
      { cwd: clone, timeout: 180_000 },
    );
    t.match(stdout, /^pointsman-[\d.]+\.tgz\n$/, 'only the name is printed');
    await writeFile(join(project, 'package.json'), '{"type": "module"}');
    const options = ['--engine-strict', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline'];
    await node('npm', 'install', ...options, join(project, stdout.trim()));
    const { messages } = await publint({ pkgDir: join(project, 'node_modules/pointsman'), pack: false, strict: true });
    t.strictSame(messages, [], 'publint has nothing to say');
  });

  await t.test('exports both libraries, with types', async t => {
    await writeFile(join(project, 'importer.ts'), importer);
    for (const name of ['@types', 'undici-types'])
      await symlink(join(ROOT, 'node_modules', name), join(project, 'node_modules', name));
    const options = ['--strict', '--module', 'nodenext', '--target', 'es2023', '--types', 'node', 'importer.ts'];
    await node(process.execPath, join(ROOT, 'node_modules/typescript/bin/tsc'), ...options);
    const print = "import('./importer.js').then(({ seen }) => console.log(JSON.stringify(seen)))";
    const { stdout } = await node('node', '-e', print);
    t.strictSame(JSON.parse(stdout), [
      `v${oldest}`,
      'flow_mod',
      'cookie=0x2, priority=1,in_port=3 actions=drop',
      'unix',
      'function',
      'function',
      'Open_vSwitch',
    ]);
  });

  await t.test('has commands', async t => {
    t.match((await node('npx', '--no-install', 'pointsman', '--help')).stdout, /^Usage: pointsman[\s\S]*Exit codes:/);
    const generate = ['npx', '--no-install', 'pointsman-ovsdb-generate', '--out', 'rows.ts'];
    await node(...generate, 'node_modules/pointsman/schemas/pointsman.ovsschema');
    t.match(await readFile(join(project, 'rows.ts'), 'utf8'), /^export interface PointsmanTables \{$/m);
    const options = [
      '--strict',
      '--noEmit',
      '--module',
      'nodenext',
      '--target',
      'es2023',
      '--types',
      'node',
      'rows.ts',
    ];
    await node(process.execPath, join(ROOT, 'node_modules/typescript/bin/tsc'), ...options);
    const installed = 'node_modules/pointsman/';
    for (const file of [
      'README.md',
      'configs/lab.yaml',
      'docs/state.md',
      'schemas/pointsman.ovsschema',
      'systemd/pointsman.service',
    ])
      t.ok((await readFile(join(project, installed, file))).length > 0, `${file} comes with it`);
  });

  await t.test('runs', async t => {
    const netns = await lab.namespace('node');
    const peer = await lab.namespace('peer');
    await lab.veth(netns, NET.uplink, peer, 'eth0');
    const ovs = await startOvs(lab, { netns });
    const program = [join(project, 'node_modules/pointsman/dist/controller/main.js')];
    const pointsman = await LabPointsman.prepare(lab, ovs, { execPath: join(await binary, 'node'), program });
    await pointsman.start();
    t.match(await pointsman.cli('status'), /br-int +connected/);
    await pointsman.stop();
    t.notOk(pointsman.running, 'and stops when told to');
  });
});
