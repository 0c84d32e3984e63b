// The package as it is published: what npm packs is enough to run, and its libraries can be imported, with types.

import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { Lab } from '../../lab/lab.ts';
import { startOvs } from '../../lab/ovs.ts';
import { LabPointsman } from '../../lab/pointsman.ts';
import { run } from '../../lab/process.ts';
import { NET } from '../../lab/topology.ts';

const ROOT = join(import.meta.dirname, '../../..');

const importer = `
import { OvsdbClient, parseActiveEndpoint, type UntypedTables } from 'pointsman/ovsdb-client';
import { encode, decode, formatFlow, SwitchConnection, type FlowEntry } from 'pointsman/openflow-ts';

const flow: FlowEntry = { table: 0, priority: 1, cookie: 2n, match: [{ field: 'in_port', value: 3 }], instructions: [] };
const frame: Uint8Array = encode({ kind: 'flow_mod', command: 'add', flow, version: 6, xid: 7 });
const endpoint = parseActiveEndpoint('unix:/run/openvswitch/db.sock', 6640);
const text: string = formatFlow(flow);
export const seen = [decode(frame).kind, text, endpoint.kind, typeof OvsdbClient, typeof SwitchConnection];
export type Tables = UntypedTables;
`;

/** A project that has the packed package installed, beside this checkout's dependencies. */
async function install(lab: Lab): Promise<string> {
  const project = lab.path('project');
  await mkdir(join(project, 'node_modules'), { recursive: true });
  await run('npm', ['pack', '--silent', '--pack-destination', project], { cwd: ROOT, timeout: 60_000 });
  await run('sh', ['-c', 'tar xzf pointsman-*.tgz && mv package node_modules/pointsman'], { cwd: project });
  for (const name of ['@types', 'undici-types'])
    await symlink(join(ROOT, 'node_modules', name), join(project, 'node_modules', name));
  await symlink(join(ROOT, 'node_modules'), join(project, 'node_modules/pointsman/node_modules'));
  return project;
}

t.test('the packed package', async t => {
  const lab = await Lab.open();
  t.teardown(() => lab.close());
  const project = await install(lab);

  await t.test('exports both libraries, with types', async t => {
    await writeFile(join(project, 'package.json'), '{"type": "module"}');
    await writeFile(join(project, 'importer.ts'), importer);
    const options = ['--strict', '--module', 'nodenext', '--target', 'es2023', '--types', 'node', 'importer.ts'];
    // By way of env: the test runner puts its loader hooks into the options of every node that it sees started.
    const node = (...args: string[]) =>
      run('env', ['-u', 'NODE_OPTIONS', 'node', ...args], { cwd: project, timeout: 60_000 });
    await node(join(ROOT, 'node_modules/typescript/bin/tsc'), ...options);
    const print = "import('./importer.js').then(({ seen }) => console.log(JSON.stringify(seen)))";
    const { stdout } = await node('-e', print);
    t.strictSame(JSON.parse(stdout), [
      'flow_mod',
      'cookie=0x2, priority=1,in_port=3 actions=drop',
      'unix',
      'function',
      'function',
    ]);
  });

  await t.test('runs', async t => {
    const netns = await lab.namespace('node');
    const peer = await lab.namespace('peer');
    await lab.veth(netns, NET.uplink, peer, 'eth0');
    const ovs = await startOvs(lab, { netns });
    const program = [join(project, 'node_modules/pointsman/dist/controller/main.js')];
    const pointsman = await LabPointsman.prepare(lab, ovs, { program });
    await pointsman.start();
    t.match(await pointsman.cli('status'), /br-int +connected/);
    await pointsman.stop();
    t.notOk(pointsman.running, 'and stops when told to');
  });
});
