// The command line against a REST server on a unix socket, with a real store behind it.

import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { runCli } from '../../../src/controller/cli/program.ts';
import type { ConnectionQuery } from '../../../src/controller/conntrack/query.ts';
import type { Event } from '../../../src/controller/events/event.ts';
import { batchLimits } from '../../../src/controller/rest/batch-limits.ts';
import { examples } from '../../../src/controller/rest/examples.ts';
import type { Runtime, StatusReport } from '../../../src/controller/rest/runtime.ts';
import { type RestOptions, startRest } from '../../../src/controller/rest/server.ts';
import { kinds } from '../../../src/policy/kinds/names.ts';
import { makeCertificates } from '../../lab/certificates.ts';
import { startLab } from '../state/fixture.ts';

const report: StatusReport = {
  node: 'node1',
  version: '1.2.3',
  generation: { intent: 7, installed: 6 },
  state: { connected: true, embedded: true, retries: 0 },
  ovs: {
    connected: true,
    version: '3.1.0',
    datapathType: 'doca',
    datapathInUse: 'netdev',
    offload: { active: false, reason: 'netdev has none' },
  },
  holder: { self: true, who: 'node lab, pid 7 on lab, state /var/lib/pointsman' },
  bridges: [{ name: 'br-int', connected: true, flows: 42, drift: 3, behindFor: 0 }],
  program: { instances: 9, flows: 42, faults: 0, collisions: 0, audit: { rounds: 1, mismatches: 0 } },
  interfaces: [
    { name: 'p0', bridge: 'br-phy', ofport: 1 },
    { name: 'p1', bridge: 'br-phy', error: 'No such device' },
  ],
  nodes: [],
  warnings: ['doca is not there: netdev is used'],
};

const files = {
  'base.yaml': `
interfaces:
  - name: wan
    role: outer
    attachment: { type: vlan, port: p0, vlan: 30 }
    mac: 02:00:00:00:01:01
    addresses: [198.51.100.1/24]
  - name: red-in
    role: inner
    tenant: red
    attachment: { type: vni, vni: red-100 }
    mac: 02:00:00:00:01:02
    addresses: [10.0.0.1/24]
tenants:
  - name: red
vnis:
  - { name: red-100, tenant: red, vni: 100, vtep: evpn }
`,
  'nat.json': JSON.stringify({
    'nat-pools': [{ name: 'p', interface: 'wan', addresses: ['203.0.113.10'] }],
    'nat-rules': [{ name: 'red-out', tenant: 'red', source: '10.0.0.0/24', pool: 'p' }],
  }),
  'labels.yaml': 'tenants: [{ name: red, labels: { env: prod, n: 1 } }]\n',
  'wrong.yaml': 'tenants: [{ name: red, colour: red }]\n',
  'clash.yaml': `
interfaces:
  - { name: b, role: outer, attachment: { type: vlan, port: p0, vlan: 99 }, mac: 02:00:00:00:01:03, addresses: [198.51.101.1/24] }
  - { name: a, role: outer, attachment: { type: vlan, port: p0, vlan: 99 }, mac: 02:00:00:00:01:04, addresses: [198.51.102.1/24] }
`,
  'broken.yaml': 'tenants: [',
  'dangling.yaml': 'tenants: [{ name: blue }]\nvnis: [{ name: v, tenant: nobody, vni: 1, vtep: evpn }]\n',
};

const happened: readonly Event[] = [
  {
    time: '2026-01-31T12:00:01.000Z',
    since: '2026-01-31T12:00:01.000Z',
    count: 1,
    severity: 'info',
    reason: 'node-joined',
    object: { kind: 'nodes', name: 'n1' },
    message: 'it takes part',
  },
  {
    time: '2026-01-31T12:00:03.000Z',
    since: '2026-01-31T12:00:02.000Z',
    count: 3,
    severity: 'warning',
    reason: 'nat-exhausted',
    object: { kind: 'nat-rules', name: 'red-out' },
    message: 'no free port',
  },
];

/** Three of red's, by their outside ports. */
function connectionsOf(
  { tenant }: ConnectionQuery,
  limit: number,
  after = '0',
): Awaited<ReturnType<Runtime['connections']>> {
  const ports = tenant === 'red' ? [1, 2, 3].filter(port => port > Number(after)) : [];
  const items = ports.slice(0, limit).map(port => ({
    ...{
      tenant: 'red',
      rule: 'red-out',
      interface: 'red-vlan',
      protocol: 'tcp',
      zone: 0x8000,
      state: 'ESTABLISHED',
      timeout: 86400,
    },
    inside: { address: '10.1.0.10', port: 40000 },
    outside: { address: '203.0.113.10', port },
    remote: { address: '198.51.100.254', port: 7002 },
    original: { source: '10.1.0.10', destination: '198.51.100.254', sourcePort: 40000, destinationPort: 7002 },
    reply: { source: '198.51.100.254', destination: '203.0.113.10', sourcePort: 7002, destinationPort: port },
  }));
  return { items, next: ports.length > limit ? String(ports[limit - 1]) : undefined };
}

async function start(t: Test, more: Partial<RestOptions> = {}, env: Record<string, string> = {}) {
  const lab = await startLab(t);
  const waited: number[] = [];
  const runtime: Runtime = {
    nodes: () => [],
    events: after => happened.filter(({ time }) => after === undefined || new Date(time) > after),
    connections: async (query, limit, after) => connectionsOf(query, limit, after),
    endConnections: async ({ tenant }) => ({ ended: tenant === 'red' ? 2 : 0, left: 0 }),
    dropNode: async () => 'absent' as const,
    waitInstalled: async generation => void waited.push(generation),
    status: async () => report,
    flowsOfCookie: async () => undefined,
    adopt: async () => ({ kind: 'not-held' }),
    dropCounters: async () => [],
    newConnections: async () => [],
    interfaceCounters: async () => [],
    ruleCounters: async () => [],
    poolCounters: async () => [],
    ready: async () => ({ ready: true, reasons: [] }),
  };
  const listen = { unix: join(lab.directory, 'api.sock') };
  const rest = await startRest({ store: lab.store, runtime, listen, version: '0.0.0', ...more });
  t.teardown(() => rest.close());
  for (const [name, text] of Object.entries(files)) await writeFile(join(lab.directory, name), text);
  const cli = async (...args: string[]) => {
    const out: string[] = [];
    const err: string[] = [];
    const code = await runCli(args, {
      output: { out: line => out.push(line), err: line => err.push(line) },
      env: { POINTSMAN_SERVER: rest.address, ...env },
      version: '0.0.0',
      run: async () => {},
    });
    return { code, out: out.join('\n'), err: err.join('\n') };
  };
  return { cli, lab, waited, file: (name: keyof typeof files) => join(lab.directory, name) };
}

t.test('apply is ordered and idempotent', async t => {
  const { cli, file, lab, waited } = await start(t);
  const both = ['-f', file('nat.json'), '-f', file('base.yaml')];
  t.match((await cli('apply', ...both, '--dry-run')).out, /6 created, 0 updated, 0 unchanged \(dry run\)$/);
  t.match(await cli('plan', '-f', file('base.yaml')), {
    code: 0,
    out: /\nflows of interfaces\/wan:\n[\s\S]*\n {2}\+ br-int: .*\n[\s\S]*on the switch: \d+ added, 0 changed, 0 removed\n/,
  });
  t.match(await cli('apply', '--dry-run', '-f', file('dangling.yaml')), {
    code: 1,
    err: /there is no tenant "nobody"/,
  });
  t.equal(lab.store.snapshot().generation, 0);
  t.strictSame(await cli('apply', ...both, '--wait'), {
    code: 0,
    out: [
      'tenant/red created',
      'vni/red-100 created',
      'interface/wan created',
      'interface/red-in created',
      'nat-pool/p created',
      'nat-rule/red-out created',
      '6 created, 0 updated, 0 unchanged',
    ].join('\n'),
    err: '',
  });
  t.strictSame(waited, [1]);
  t.match(await cli('apply', ...both), { code: 0, out: /0 created, 0 updated, 6 unchanged$/ });
  t.match(await cli('apply', ...both, '--dry-run'), { code: 0, out: /0 created, 0 updated, 6 unchanged \(dry run\)$/ });
  t.equal(lab.store.snapshot().generation, 1, 'one transaction');
});

t.test('what get prints, apply and delete take', async t => {
  const { cli, lab } = await start(t);
  await writeFile(join(lab.directory, 'all.json'), JSON.stringify(examples));
  t.match(await cli('apply', '-f', join(lab.directory, 'all.json')), { code: 0 });
  const printed: string[] = [];
  const check = async (...args: string[]) => {
    const file = join(lab.directory, `${printed.length}.yaml`);
    const { out } = await cli('get', ...args);
    await writeFile(file, out);
    printed.push(file);
    t.match(await cli('apply', '-f', file), { code: 0, out: /0 created, 0 updated, [12] unchanged/ }, args.join(' '));
  };
  for (const kind of kinds) {
    await check(kind);
    await check(kind, examples[kind][0]?.name ?? '', '-o', 'json');
  }
  const whole = printed.filter((_, index) => index % 2 === 0);
  t.match(await cli('delete', '-f', whole[0] ?? ''), { code: 1, err: /\S+0\.yaml:2:5: tenants\/red: .*refers to/ });
  t.match(await cli('delete', '-f', ...whole), {
    code: 0,
    out: /^port-forward\/red-https deleted\nstatic-nat\/red-web deleted\nnat-rule\/red-out deleted\n[\s\S]*\ntenant\/red deleted\n11 deleted, 0 absent$/,
  });
  t.match(await cli('delete', '-f', ...whole), { code: 0, out: /0 deleted, 11 absent$/ });
});

t.test('apply --prune', async t => {
  const { cli, lab } = await start(t);
  const path = join(lab.directory, 'shop.yaml');
  const write = (text: string) => writeFile(path, text);
  const shop = '{ app: shop }';
  await write(`tenants: [{ name: red, labels: ${shop} }, { name: old, labels: ${shop} }]\n`);
  await cli('apply', '-f', path);
  await cli('apply', '-f', join(lab.directory, 'base.yaml'));
  await write(`tenants: [{ name: new, labels: ${shop} }]\n`);
  const prune = ['-f', path, '--prune', '-l', 'app=shop'];
  const out = ['tenant/new created', 'tenant/old pruned', '1 created, 0 updated, 0 unchanged, 1 pruned'];
  t.match((await cli('plan', ...prune)).out, /tenant\/old pruned \(dry run\)\n[\s\S]*1 pruned \(dry run\)$/);
  t.match((await cli('get', 'tenants', 'old')).code, 0);
  t.strictSame(await cli('apply', ...prune), { code: 0, out: out.join('\n'), err: '' });
  t.match((await cli('get', 'tenants', '-l', 'app')).out, /^tenants:\n {2}- name: new\n/);
  t.match((await cli('get', 'tenants', 'red')).code, 0, 'which has lost its labels');

  await write(`tenants:\n  - { name: new, labels: ${shop} }\n  - { name: x }\n  - { name: y, labels: { app: x } }\n`);
  const { code, err } = await cli('apply', ...prune);
  t.equal(code, 1);
  t.match(err.split('\n'), [/shop.yaml:3:5: tenants\/x: labels: the selector/, /shop.yaml:4:24: tenants\/y: labels: /]);
  t.match(await cli('apply', '-f', path, '--prune'), { code: 2, err: /--prune needs a selector/ });
  t.match(await cli('apply', '-f', path, '-l', 'app'), { code: 2, err: /goes with --prune/ });
  t.match(await cli('apply', '-f', path, '--prune', '-l', '!app'), { code: 2, err: /carries no label/ });
  t.match(await cli('apply', '-f', path, '--prune', '-l', 'app='), {
    code: 1,
    err: /shop.yaml:2:26: tenants\/new: labels: the selector/,
  });
  await write('');
  t.match(await cli('apply', ...prune), { code: 2, err: /holds no objects/ });
  const many = Array.from({ length: batchLimits.items + 1 }, (_, i) => ({ name: `t${i}`, labels: { app: 'shop' } }));
  await write(JSON.stringify({ tenants: many }));
  t.match(await cli('apply', ...prune), {
    code: 2,
    err: /2001 objects are more than a batch may hold, and what is pruned/,
  });
  t.match((await cli('get', 'tenants', 'new')).code, 0);
});

t.test('export and import', async t => {
  const { cli, lab } = await start(t);
  const other = await start(t);
  t.strictSame(await cli('export'), { code: 0, out: '{}', err: '' });
  await writeFile(join(lab.directory, 'all.json'), JSON.stringify(examples));
  await cli('apply', '-f', join(lab.directory, 'all.json'));
  const write = async (...args: string[]) => {
    const { code, out, err } = await cli('export', ...args);
    t.equal(code, 0, err);
    const file = join(lab.directory, 'export');
    await writeFile(file, out);
    return file;
  };
  for (const format of ['yaml', 'json']) {
    const file = await write('-o', format);
    t.match(await cli('apply', '-f', file), { code: 0, out: /0 created, 0 updated, 11 unchanged$/ }, format);
    t.match(await other.cli('apply', '-f', file, '--dry-run'), { code: 0, out: /11 created, .* \(dry run\)$/ }, format);
    t.notMatch(await readFile(file, 'utf8'), /status|allocation/);
  }
  t.match(
    (await cli('export', '-l', 'example.com/team')).out,
    /^tenants:\n {2}- name: red\n {4}desc.*\n {4}labels:\n.*\n.*$/,
  );
  t.match(await cli('export', '-l', 'env', '--with-allocations'), { code: 2, err: /goes with no selector/ });

  const carried = await write('--with-allocations');
  const text = await readFile(carried, 'utf8');
  t.match(text, /^numbers:\n {2}nextId: 12\n/);
  t.match(await cli('apply', '-f', carried), { code: 2, err: /export: holds numbers .*"pointsman import" takes it/ });
  t.match(await cli('import', '-f', join(lab.directory, 'all.json')), { code: 1, err: /allocation: missing/ });
  t.match(await cli('import', '-f', carried), { code: 1, err: /^refused: .*\n.*the state is not empty: it holds 11/ });
  const swap = (what: RegExp, to: string) => writeFile(carried, text.replace(what, to));
  await swap(/zone: 32768/, 'zone: 0');
  t.match(await other.cli('import', '-f', carried), {
    code: 1,
    err: /export:\d+:\d+: tenants\/red: allocation.zone: exp/,
  });
  await swap(/id: 1\n/, 'id: 2\n');
  t.match(await other.cli('import', '-f', carried), {
    code: 1,
    err: /export:\d+:\d+: vnis\/red-web: allocation.id: id 2 is that of tenants\/red/,
  });
  await swap(/node: node1(?=\n +address)/g, 'node: old');
  t.match(await other.cli('import', '-f', carried), {
    code: 1,
    err: /nat-rules\/red-dns: allocation.chunks\[0\].node: there is no node "old"/,
  });
  t.equal(other.lab.store.view().nextId, 1, 'nothing is written');
  t.match(await other.cli('import', '-f', carried, '--map-node', 'old'), { code: 2, err: /FROM=TO/ });
  t.strictSame(await other.cli('import', '-f', carried, '--map-node', 'old=node1', '--map-node', 'x=y'), {
    ...{ code: 0, err: '' },
    out: '11 objects imported, at generation 1',
  });
  t.strictSame((await other.cli('export', '--with-allocations')).out, text);
  await write('--with-allocations', '-o', 'json');
  const third = await start(t);
  t.match(await third.cli('import', '-f', carried), { code: 0 });
  t.strictSame((await third.cli('export', '--with-allocations')).out, text);
});

t.test('a file that is larger than a batch', async t => {
  const { cli, lab } = await start(t);
  const count = batchLimits.items + 1;
  const path = join(lab.directory, 'many.json');
  const tenants = Array.from({ length: count }, (_, number) => ({ name: `t${number}` }));
  await writeFile(path, JSON.stringify({ tenants, vnis: [{ name: 'v', tenant: 'nobody', vni: 1, vtep: 'evpn' }] }));
  t.match(await cli('apply', '-f', path), {
    code: 1,
    err: /^2002 objects .* they go in 2.*\n2000 created, 0 updated, 0 unchanged, 2 left undone\nrefused/,
  });
});

t.test('connections', async t => {
  const { cli } = await start(t);
  const all = await cli('connections', '--tenant', 'red');
  t.match(all.out.split('\n'), [
    /^TENANT CAUSE +PROTOCOL INSIDE +OUTSIDE +REMOTE +STATE +TIMEOUT$/,
    /^-+/,
    'red    red-out tcp      10.1.0.10:40000 203.0.113.10:1 198.51.100.254:7002 ESTABLISHED 86400 s',
    /203\.0\.113\.10:2/,
    /203\.0\.113\.10:3/,
  ]);
  const some = await cli('connections', '--tenant', 'red', '--limit', '2');
  t.equal(some.out.split('\n').length, 4);
  t.match(some.err, /more than 2/);
  t.match(JSON.parse((await cli('connections', '--tenant', 'red', '-o', 'json')).out).length, 3);
  t.match(await cli('connections', '--tenant', 'red', '--end'), { code: 0, out: '2 connections ended' });
  t.match(await cli('connections', '--end'), { code: 1, err: /one of tenant, .* is needed/ });
  t.match(await cli('connections', '--outside', '203.0.113.10:70000'), {
    code: 1,
    err: /is not ADDRESS or ADDRESS:PORT/,
  });
});

t.test('events', async t => {
  const { cli } = await start(t);
  const lines = [
    '2026-01-31T12:00:01.000Z  info     nodes/n1  node-joined: it takes part',
    '2026-01-31T12:00:03.000Z  warning  nat-rules/red-out  nat-exhausted: no free port (3 times since 2026-01-31T12:00:02.000Z)',
  ];
  t.strictSame((await cli('events')).out.split('\n'), lines);
  t.strictSame((await cli('events', '--since', '2026-01-31T13:00:01+01:00')).out, lines[1]);
  t.strictSame(JSON.parse((await cli('events', '-o', 'json')).out), happened);
  t.match(await cli('events', '--since', 'yesterday'), { code: 1, err: /a time of RFC 3339/ });
});

t.test('get, delete, status', async t => {
  const { cli, file, waited } = await start(t);
  await cli('apply', '-f', file('base.yaml'), file('nat.json'));
  t.strictSame(await cli('get', 'tenants'), { code: 0, out: 'tenants:\n  - name: red', err: '' });
  t.match(JSON.parse((await cli('get', 'nat-rules', 'red-out', '-o', 'json')).out), {
    'nat-rules': [{ status: { chunks: [{ icmp: true }] } }],
  });
  await writeFile(file('labels.yaml'), 'tenants: [{ name: red, labels: { env: prod } }, { name: blue }]');
  await cli('apply', '-f', file('labels.yaml'));
  const red = 'tenants:\n  - name: red\n    labels:\n      env: prod';
  t.strictSame(await cli('get', 'tenants', '-l', 'env=prod'), { code: 0, out: red, err: '' });
  t.match(await cli('get', 'tenants', '--selector', 'env!=prod'), { out: 'tenants:\n  - name: blue' });
  t.match(await cli('get', 'tenants', '-l', 'env in (a)'), { code: 2, err: /env in \(a\)/ });
  t.match(await cli('get', 'tenants', 'red', '-l', 'env'), { code: 2, err: /a name or a selector/ });
  t.match(await cli('get', 'tenants', 'nobody'), { code: 1, err: /there is no tenants\/nobody/ });
  t.match(await cli('delete', 'tenants', 'red'), { code: 1, err: /vnis\/red-100 \/tenant: / });
  t.match(await cli('delete', 'nat-rules', 'red-out', '--wait'), { code: 0, out: 'nat-rule/red-out deleted' });
  t.strictSame(waited, [3]);
  t.strictSame(JSON.parse((await cli('status', '-o', 'json')).out), report);
  t.matchOnly((await cli('status')).out.split('\n'), [
    'Node          node1, pointsman 1.2.3',
    'Intent        generation 7, 6 installed',
    'State         connected (embedded)',
    'Open vSwitch  connected, version 3.1.0',
    'Switch        ours',
    'Datapath      netdev (asked: doca)',
    'Offload       inactive: netdev has none',
    'Bridges',
    '  br-int  connected, 42 flows, 3 changes of others put right',
    'Interfaces',
    '  p0  on br-phy, port 1',
    '  p1  on br-phy, ERROR: No such device',
    'Warnings',
    '  doca is not there: netdev is used',
  ]);
});

t.test('exit codes', async t => {
  const { cli, file } = await start(t);
  t.match(await cli('--help'), { code: 0, out: /Exit codes:/ });
  t.match(await cli('apply', '--help'), { code: 0, out: /Examples:[\s\S]*Exit codes:/ });
  t.match(await cli('nonsense'), { code: 2 });
  t.match(await cli('apply'), { code: 2, err: /--file/ });
  t.match(await cli('get', 'colours'), { code: 2 });
  t.match(await cli('status', '--server', 'ftp://x'), { code: 2, err: /is not a server/ });
  t.match(await cli('apply', '-f', '/nonexistent'), { code: 2, err: /cannot read/ });
  t.match(await cli('apply', '-f', file('broken.yaml')), { code: 2 });
  t.match(await cli('apply', '-f', file('base.yaml'), file('base.yaml')), {
    code: 2,
    err: /tenants\/red: is at \S+:15:5 already/,
  });
  t.match(await cli('apply', '-f', file('wrong.yaml')), {
    code: 1,
    err: /wrong\.yaml:1:24: tenants\/red: colour: unknown key "colour", expected name, labels, description or newConnections/,
  });
  t.match(await cli('apply', '-f', file('labels.yaml')), {
    code: 1,
    err: /labels\.yaml:1:\d+: tenants\/red: labels\.n: expected a text, found 1/,
  });
  t.match(await cli('apply', '-f', file('dangling.yaml')), {
    code: 1,
    out: '',
    err: /refused: .*\n {2}\S+dangling\.yaml:2:27: vnis\/v: tenant: there is no tenant "nobody"/,
  });
  t.match(await cli('get', 'tenants', 'blue'), { code: 1 }, 'nothing is left of it');
  t.match(await cli('delete'), { code: 2, err: /a kind and a name, or files/ });
  t.match(await cli('delete', 'tenants', 'x', '-f', file('base.yaml')), { code: 2 });
  // Of two on one VLAN the one that comes second, by name, is refused, and told where it is at fault and who has it.
  t.match(await cli('apply', '-f', file('clash.yaml')), {
    code: 1,
    err: /refused: .*\n {2}\S+clash\.yaml:3:71: interfaces\/b: attachment\.vlan: .*"a"/,
  });
  t.match(await cli('status', '--server', 'unix:/nonexistent.sock'), {
    code: 3,
    err: /cannot reach unix:\/nonexistent.sock/,
  });
  t.match(await cli('status', '--server', 'http://127.0.0.1:1'), { code: 3 });
});

t.test('over TCP, with a token', async t => {
  const token = '0123456789abcdef';
  const { cli, lab } = await start(t, { listen: { host: '127.0.0.1', port: 0 }, tokens: [token] });
  const file = join(lab.directory, 'token');
  await writeFile(file, `# of the test\n${token}\n`, { mode: 0o600 });
  const commands = [
    ['get', 'tenants'],
    ['status'],
    ['delete', 'tenants', 'x'],
    ['apply', '-f', join(lab.directory, 'base.yaml')],
  ];
  for (const command of commands) {
    t.match(await cli(...command), { code: 1, err: /bearer token/ }, command.join(' '));
    t.notMatch(
      (await cli(...command, '--token-file', file)).err,
      /bearer token/,
      `${command.join(' ')}, with the token`,
    );
  }
  t.match(await cli('get', 'vnis', 'x', '--token', token), { code: 1, err: /no such resource/ });
  t.match(await cli('get', 'tenants', '--token', token, '--token-file', file), { code: 2, err: /cannot be used with/ });
  await chmod(file, 0o644);
  t.match(await cli('get', 'tenants', '--token-file', file), { code: 2, err: /others can read or change it/ });
  await writeFile(file, '\n');
  await chmod(file, 0o600);
  t.match(await cli('get', 'tenants', '--token-file', file), { code: 2, err: /holds no token/ });
  t.match(await cli('get', 'tenants', '--ca', file), { code: 2, err: /--ca is for a server at https/ });
});

t.test('over TLS', async t => {
  const certificates = await makeCertificates(t.testdir({}));
  const { key, cert } = certificates.controller;
  const ca = await readFile(certificates.ca);
  const tls = { key: await readFile(key), cert: await readFile(cert), clientCa: ca };
  const { cli } = await start(t, { listen: { host: '127.0.0.1', port: 0 }, tls });
  const identity = ({ key, cert }: { key: string; cert: string }) => ['--cert', cert, '--key', key];
  const ours = identity(certificates.switch);
  t.match(await cli('get', 'tenants', '--ca', certificates.ca, ...ours), { code: 0, out: 'tenants: []' });
  t.match(
    await cli('get', 'tenants', ...ours),
    { code: 3, err: /certificate/ },
    'the system does not know the authority',
  );
  t.match(await cli('get', 'tenants', '--ca', certificates.otherCa, ...ours), { code: 3, err: /certificate/ });
  t.match(await cli('get', 'tenants', '--ca', certificates.ca), { code: 3 }, 'no certificate of ours');
  t.match(await cli('get', 'tenants', '--ca', certificates.ca, ...identity(certificates.stranger)), { code: 3 });
  t.match(await cli('get', 'tenants', '--cert', cert), { code: 2, err: /go together/ });
  t.match(await cli('get', 'tenants', '--ca', '/nonexistent'), { code: 2, err: /cannot read \/nonexistent/ });
});

t.test('every option of the server has a variable', async t => {
  const certificates = await makeCertificates(t.testdir({}));
  const token = '0123456789abcdef';
  const file = join(t.testdirName, 'token');
  await writeFile(file, token, { mode: 0o600 });
  const { key, cert } = certificates.controller;
  const tls = { key: await readFile(key), cert: await readFile(cert), clientCa: await readFile(certificates.ca) };
  const env = {
    POINTSMAN_TOKEN_FILE: file,
    POINTSMAN_CA: certificates.ca,
    POINTSMAN_CERT: certificates.switch.cert,
    POINTSMAN_KEY: certificates.switch.key,
  };
  const { cli } = await start(t, { listen: { host: '127.0.0.1', port: 0 }, tls, tokens: [token] }, env);
  t.match(await cli('get', 'tenants'), { code: 0, out: 'tenants: []' });
});
