// A state database that has lost something, or is another, under a running pointsman and at its start: the switch keeps what it has,
// nothing says ready or installed, until somebody adopts it.

import { copyFile, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { LabPointsman } from '../../lab/pointsman.ts';
import { NET } from '../../lab/topology.ts';
import { eventually } from '../../lab/wait.ts';
import { openNode } from '../bridges/one-node.ts';

interface Status {
  readonly generation: { readonly intent: number; readonly installed: number };
  readonly state: {
    readonly held?: string;
    readonly unaccounted?: { readonly flows: number; readonly byKind: Record<string, number>; readonly zones: number };
  };
  readonly warnings: readonly string[];
}

t.test('a state that lost something is held until somebody adopts it', async t => {
  const { lab, ovs } = await openNode(t);
  const pointsman = await LabPointsman.prepare(lab, ovs);
  const file = join(lab.path('state'), 'pointsman.db');
  const older = lab.path('older.db');

  const put = (name: string, query = '?wait=installed&timeout=8') =>
    pointsman.api('PUT', `/v1/interfaces/${name}${query}`, interfaces.get(name));
  const interfaces = new Map(
    [10, 11, 12, 13, 14, 15].map(vlan => [
      `vlan${vlan}`,
      {
        role: 'inner',
        tenant: 'red',
        attachment: { type: 'vlan', port: NET.uplink, vlan },
        mac: '02:00:00:00:0a:01',
        addresses: [`10.0.${vlan}.1/24`],
      },
    ]),
  );
  // Cookies carry ids, registers and meters indexes, and those are new ones behind a setback.
  const flows = async () =>
    (await ovs.ofctl('--no-stats', 'dump-flows', 'br-int'))
      .replaceAll(/cookie=0x\w+|(?<=reg0=)0x\w+|0x\w+(?=\/0xffff(0000)?->reg[08])|(?<=meter:)\d+/g, '')
      .split('\n')
      .sort();
  const status = async () => (await pointsman.api('GET', '/v1/status')).body as Status;
  const readiness = () => pointsman.api('GET', '/readyz');
  const held = (reason: RegExp) =>
    eventually(async () => reason.exec((await status()).state.held ?? '')?.[0], {
      what: `held: ${reason}`,
      timeout: 30_000,
    });
  const remembered = async () =>
    Number((await ovs.vsctl('get', 'Bridge', 'br-int', 'external_ids:pointsman-installed')).split(' ')[1]);
  /** Starts it where it is not going to be ready. @returns the end of the wait for that */
  const startHeld = async (reason: RegExp) => {
    const starting = pointsman.start().catch(() => 'not ready');
    await held(reason);
    return { starting };
  };
  const adopt = async () => {
    const { intent } = (await status()).generation;
    const post = (body: object) => pointsman.api('POST', '/v1/state/adopt', body);
    t.match(await post({ generation: intent + 1, discard: true }), { status: 409, body: { type: /:not-held$/ } });
    const what = /the switch holds \d+ flows \(.*interfaces \d+.*\).*only "adopt --discard" takes them away/;
    t.match(await post({ generation: intent }), { status: 409, body: { type: /:unaccounted$/, detail: what } });
    t.match((await readiness()).body, { detail: what });
    t.ok(((await status()).state.unaccounted?.byKind.interfaces ?? 0) > 0);
    t.match(await pointsman.cli('adopt', '--discard'), /held: .*\nadopted/);
    await eventually(async () => (await readiness()).status === 200, { what: 'ready' });
    return (await status()).generation;
  };

  await pointsman.start();
  await pointsman.api('PUT', '/v1/tenants/red', {});
  t.equal((await put('vlan10')).status, 201);
  const few = await flows();
  await copyFile(file, older);
  for (const name of ['vlan11', 'vlan12']) t.equal((await put(name)).status, 201);
  const before = (await status()).generation;
  t.equal(before.installed, before.intent);
  const many = await flows();
  t.notSame(many, few);
  await eventually(async () => (await remembered()) === before.intent, { what: 'the memory of the switch' });

  // B1: under a running pointsman.
  const [{ pid }] = pointsman.logged('ovsdb-server is up') as [{ pid: number }];
  // pino says its own process id under the same key: the server's comes second.
  const serverPid = Number(/"pid":(\d+),"socket"/.exec(pointsman.log)?.[1] ?? pid);
  await rm(file);
  await copyFile(older, file);
  process.kill(serverPid, 'SIGKILL');
  await held(new RegExp(`went back from generation ${before.intent} to 2`));
  t.match(await readiness(), { status: 503, body: { detail: /went back/ } });
  t.match((await status()).generation, { intent: 2, installed: 0 });
  t.match((await status()).warnings.join('\n'), /went back/);
  t.match(await put('vlan13'), { status: 503, body: { type: 'urn:pointsman:problem:state-held' } });
  t.match(await put('vlan10'), { status: 503, body: { type: 'urn:pointsman:problem:state-held' } });
  t.equal((await pointsman.api('GET', '/v1/interfaces/vlan10')).status, 200, 'it can be read');
  t.equal(pointsman.logged('the state is held').length, 1);
  t.same(await flows(), many, 'the switch keeps what it has');
  const after = await adopt();
  t.ok(after.intent > before.intent, 'beyond what was given out');
  t.same(await flows(), few, 'the switch follows');
  t.equal((await put('vlan11')).status, 201);

  // The same at the start; the file put right again.
  await put('vlan12');
  await pointsman.stop();
  await copyFile(file, lab.path('right.db'));
  await copyFile(older, file);
  let { starting } = await startHeld(/went back/);
  await pointsman.stop();
  await starting;
  await copyFile(lab.path('right.db'), file);
  await pointsman.start();
  t.same(await flows(), many);

  // B2: a damaged middle.
  for (const name of ['vlan13', 'vlan14', 'vlan15']) t.equal((await put(name)).status, 201);
  await pointsman.stop();
  const bytes = await readFile(file);
  bytes[bytes.lastIndexOf('vlan13')] = 0x58;
  await writeFile(file, bytes);
  const all = await flows();
  ({ starting } = await startHeld(/went back from generation/));
  t.strictSame(await readFile(`${file}.damaged`), bytes, 'the damaged file is kept');
  t.match((await status()).warnings.join('\n'), /ovsdb-server, about the state file: syntax error.*SHA-1/);
  t.same(await flows(), all, 'the switch keeps what it has');
  await adopt();
  t.same(await flows(), many);
  t.ok((await readdir(lab.path('state'))).includes('pointsman.db.damaged-accepted'));
  await pointsman.stop();
  await starting;

  // Emptied: what is written meanwhile is kept, and comes in with the word.
  await rm(file);
  ({ starting } = await startHeld(/another state database/));
  await pointsman.api('PUT', '/v1/tenants/red', {});
  t.match(await put('vlan10'), { status: 502, body: { type: 'urn:pointsman:problem:install-failed' } });
  t.same(await flows(), many, 'the switch keeps what it has');
  await adopt();
  t.same(await flows(), few);
  t.equal(await remembered(), (await status()).generation.intent);

  // Objects deleted past pointsman, while it runs; then everything, as if the database were new.
  t.equal((await put('vlan11')).status, 201);
  const transact = (...operations: object[]) =>
    pointsman.cli(
      'ovsdb',
      'transact',
      `unix:${lab.path('pointsman', 'ovsdb', 'db.sock')}`,
      'Pointsman',
      JSON.stringify(operations),
    );
  const two = await flows();
  await transact({ op: 'delete', table: 'Interface', where: [['name', '==', 'vlan11']] });
  await held(/has 2 objects, and had 3 at the same generation/);
  t.match(await put('vlan12'), { status: 503, body: { type: 'urn:pointsman:problem:state-held' } });
  t.same(await flows(), two, 'the switch keeps what it has');
  await adopt();
  t.same(await flows(), few);
  const everything = ['Interface', 'Tenant', 'Node', 'Retired_Number', 'Pointsman'];
  await transact(...everything.map(table => ({ op: 'delete', table, where: [] })));
  await held(/this is another state database, at generation 0/);
  t.match((await status()).state.unaccounted, { zones: 1 });
  t.same(await flows(), few, 'the switch keeps what it has');
  await adopt();
  t.not((await flows()).length, few.length);

  // Nothing is installed on a switch that is not there.
  await ovs.killVswitchd();
  await pointsman.api('PUT', '/v1/tenants/red', {});
  t.match(await put('vlan10', '?wait=installed&timeout=1'), { status: 504 });
  t.match(await put('vlan11', '?wait=installed&timeout=1'), { status: 504 });
  t.equal((await status()).generation.installed, 0);
  await ovs.startVswitchd();
  t.equal((await put('vlan11')).status, 200);
  t.equal((await status()).generation.installed, (await status()).generation.intent);

  // The switch remembers nothing, as when somebody has removed it.
  const left = await flows();
  await pointsman.stop();
  await ovs.vsctl(
    'remove',
    'Bridge',
    'br-int',
    'external_ids',
    'pointsman-installed',
    '--',
    'remove',
    'Bridge',
    'br-int',
    'external_ids',
    'pointsman-state',
  );
  await rm(file);
  ({ starting } = await startHeld(/nothing says that the switch was programmed from this state database/));
  t.same(await flows(), left, 'the switch keeps what it has');
  await adopt();
  await starting;
  const events = JSON.stringify((await pointsman.api('GET', '/v1/events')).body);
  t.match(events, /state-held.*nothing says.*state-released/);
});
