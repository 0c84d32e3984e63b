// How a look-up goes through many connections: a page is kept, one look is taken at a time, and a switch that cannot be asked
// is an error. The control socket is one of our own, for a real one has no hundred thousand connections.

import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { ConnectionLookup } from '../../../src/controller/conntrack/look-up.ts';
import { parseIp } from '../../../src/lib/address.ts';
import type { SwitchConnection } from '../../../src/openflow/index.ts';
import { tenants } from '../../../src/policy/facts/objects.ts';
import { programOfObjects } from '../../fixtures/state-program.ts';
import { inside, outside } from '../../fixtures/two-legs.ts';

const forward = {
  ...{ name: 'web', tenant: 'red', interface: 'outside', outside: '203.0.113.80', protocol: 'tcp' },
  ...{ ports: { min: 80, max: 80 }, inside: '10.1.0.80', insidePort: 8080 },
};
const program = programOfObjects({
  tenants: [{ name: 'red' }],
  interfaces: [outside, inside],
  'port-forwards': [forward],
});
const zone = program.get(tenants, 'red')?.zone ?? 0;

/** A vswitchd that remembers these, and answers when it is let. */
async function lookup(t: Test, lines: readonly string[], gate: Promise<void> = Promise.resolve()) {
  const dir = await mkdtemp(join(tmpdir(), 'pointsman-'));
  const path = join(dir, 'ctl');
  const asked: string[] = [];
  const server = createServer(socket => {
    socket.on('error', () => {});
    socket.once('data', async data => {
      const { id, method, params } = JSON.parse(String(data));
      asked.push([method, ...params].join(' '));
      await gate;
      socket.end(JSON.stringify({ id, error: null, result: lines.map(line => `${line}\n`).join('') }));
    });
  });
  await new Promise<void>(resolve => server.listen(path, resolve));
  t.teardown(async () => {
    await new Promise(resolve => server.close(resolve));
    await rm(dir, { recursive: true });
  });
  const options = { connection: {} as SwitchConnection, program, datapath: () => 'netdev@ovs-netdev' };
  return { looking: new ConnectionLookup({ ...options, control: async () => path }), asked };
}

const line = (port: number, of = zone) =>
  `udp,orig=(src=10.1.0.10,dst=198.51.100.9,sport=${port},dport=53),reply=(src=198.51.100.9,dst=203.0.113.10,sport=53,dport=${port}),zone=${of},timeout=29`;

t.test('pages of many, in whatever order they come', async t => {
  const ports = Array.from({ length: 5_000 }, (_, i) => 1024 + ((i * 7919) % 5_000));
  const { looking, asked } = await lookup(t, [...ports.map(port => line(port)), line(5, zone + 1), 'not one']);
  const found: number[] = [];
  let after: string | undefined;
  for (let pages = 0; pages < 5; pages++) {
    const page = await looking.find({}, 1000, after);
    found.push(...page.found.map(({ original }) => original.sourcePort ?? 0));
    t.equal(page.isCut, pages < 4);
    after = page.found.at(-1)?.key;
  }
  t.equal(new Set(found).size, 5_000, 'each once, and none of a zone that is no tenant’s');
  t.equal(
    asked[0],
    `dpctl/dump-conntrack -m -s netdev@ovs-netdev zone=${zone}`,
    'of one tenant its zone alone is read',
  );
  const [one] = (await looking.find({ outside: { ip: { family: 4, value: 0xcb00710a }, port: 1030 } }, 10)).found;
  t.match(one, { tenant: 'red', interface: 'inside', rule: undefined, timeout: 29 });
});

t.test('one look at a time, and few that wait', async t => {
  let resolve = (): void => {};
  const promise = new Promise<void>(done => {
    resolve = done;
  });
  const { looking, asked } = await lookup(t, [line(1024)], promise);
  const looks = Array.from({ length: 4 }, () => looking.find({}, 1));
  await t.rejects(looking.find({}, 1), { code: 'CONNTRACK_BUSY' });
  t.ok(asked.length <= 1);
  resolve();
  t.same(
    (await Promise.all(looks)).map(({ found }) => found.length),
    [1, 1, 1, 1],
  );
  t.equal((await looking.find({}, 1)).found.length, 1, 'and then again');
});

t.test('what began outside is turned round', async t => {
  const { looking } = await lookup(t, [
    line(1024),
    `tcp,orig=(src=198.51.100.9,dst=203.0.113.80,sport=40000,dport=80),reply=(src=10.1.0.80,dst=198.51.100.9,sport=8080,dport=40000),zone=${zone},timeout=9`,
  ]);
  const sameOne = [
    { outside: { ip: parseIp('203.0.113.80'), port: 80 } },
    { inside: { ip: parseIp('10.1.0.80'), port: 8080 } },
    { remote: { ip: parseIp('198.51.100.9'), port: 40000 } },
  ];
  for (const query of sameOne)
    t.match((await looking.find(query, 10)).found, [{ forward: 'web', rule: undefined, interface: 'inside' }]);
  const byOuter = await looking.find({ interface: 'outside' }, 10);
  t.same(
    byOuter.found.map(({ forward }) => forward),
    ['web'],
  );
});

t.test('names that nobody has', async t => {
  const { looking } = await lookup(t, []);
  for (const query of [{ tenant: 'x' }, { rule: 'x' }, { interface: 'x' }])
    await t.rejects(looking.find(query, 1), { code: 'CONNTRACK_UNKNOWN_NAME', parameter: Object.keys(query)[0] });
});
