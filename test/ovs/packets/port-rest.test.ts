// Ports that a tenant gave up rest before another gets them: what the far end still sends to them reaches nobody.

import { readFile, writeFile } from 'node:fs/promises';
import t from 'tap';
import { capture } from '../../lab/capture.ts';
import { udp } from '../../lab/frames.ts';
import type { LabHost } from '../../lab/hosts.ts';
import { Lab } from '../../lab/lab.ts';
import { rawFrames, udpEcho } from '../../lab/packets.ts';
import { eventually } from '../../lab/wait.ts';
import { buildWorld } from '../../scenarios/world.ts';

const echoPort = 7003;
/** All that the pool has: who fills it has every port. */
const ports = { min: 4096, max: 4159 };
const address = '203.0.113.40';
/** Seconds: none of it passes while the test looks, and so little that the test can wait for it. */
const [long, short] = [3600, 2];

interface RuleStatus {
  readonly chunks: readonly { readonly address: string; readonly ports: object }[];
  readonly reason?: string;
  readonly detail?: string;
  readonly waitsUntil?: string;
}

t.test('ports rest between two tenants', async t => {
  const lab = await Lab.open();
  t.teardown(() => lab.close());
  const world = await buildWorld(lab, undefined, { portRest: long });
  const { pointsman } = world;
  const [red, blue, outside] = ['red-vlan', 'blue-vlan', 'outside'].map(world.host) as [LabHost, LabHost, LabHost];
  const request = async (method: string, path: string, body?: object) => {
    const { status, body: answer } = await pointsman.api(method, `/v1/${path}?wait=installed`, body);
    if (status >= 300) throw new Error(`${method} ${path}: ${status} ${JSON.stringify(answer)}`);
  };
  const rule = (tenant: string) => request('PUT', `nat-rules/${tenant}`, { tenant, source: '10.0.0.0/8', pool: 'one' });
  const end = (tenant: string) => request('DELETE', `nat-rules/${tenant}`);
  const statusOf = async (name: string) =>
    ((await pointsman.api('GET', `/v1/nat-rules/${name}`)).body as { status: RuleStatus }).status;
  const hasChunk = (name: string) =>
    eventually(async () => (await statusOf(name)).chunks.length === 1, { what: `a chunk for ${name}`, interval: 20 });

  for (const name of ['red-out', 'blue-out']) await request('DELETE', `nat-rules/${name}`);
  await request('PUT', 'nat-pools/one', { interface: 'outside', addresses: [address], ports, chunkSize: 64 });
  await rule('red');
  const { received } = await udpEcho(lab, red, outside, { localPort: 40_000, count: 2 });
  t.equal(received, 2);
  await end('red');
  await rule('blue');

  await t.test('another tenant waits, and status says until when', async t => {
    await eventually(async () => (await statusOf('blue')).waitsUntil !== undefined, { what: 'all to have let go' });
    const { chunks, reason, detail, waitsUntil = '' } = await statusOf('blue');
    t.match({ chunks, reason }, { chunks: [], reason: 'no-chunk' });
    const left = Date.parse(waitsUntil) - Date.now();
    t.ok(left > 0 && left <= long * 1000, waitsUntil);
    t.equal(detail, `a chunk of nat-pools/one is free at ${waitsUntil}: until then what others gave up rests`);
    const { warnings } = (await pointsman.api('GET', '/v1/status')).body as { warnings: string[] };
    t.ok(
      warnings.includes(
        `nat-pools/one has no chunk for this node: what was given up rests, and one is free at ${waitsUntil}`,
      ),
      warnings.join('\n'),
    );
  });

  await t.test('what still comes for red reaches nobody', async t => {
    const before = await pointsman.dropped('no-chunk');
    const atBlue = await capture(lab, blue.netns, blue.device, `udp and src host ${outside.ip}`, { direction: 'in' });
    const opens = Array.from({ length: 200 }, (_, i) =>
      udp({
        source: blue.mac,
        destination: '02:70:6d:00:12:01',
        sourceIp: blue.ip,
        destinationIp: outside.ip,
        sourcePort: 30_000 + i,
        destinationPort: echoPort + 1,
      }),
    );
    await rawFrames(blue.netns, blue.device, opens, { pps: 1_000 });
    const late = Array.from({ length: 64 }, (_, i) =>
      udp({
        source: outside.mac,
        destination: '02:70:6d:00:30:01',
        sourceIp: outside.ip,
        destinationIp: address,
        sourcePort: echoPort + 1,
        destinationPort: ports.min + i,
        payload: Buffer.from('for red'),
      }),
    );
    await rawFrames(outside.netns, outside.device, late, { pps: 1_000 });
    const counted = async () =>
      (await pointsman.dropped('unknown-outside-address')) + (await pointsman.dropped('new-from-outside'));
    await eventually(async () => (await counted()) >= 64, { what: '64 drops' }).catch(() => undefined);
    t.equal((await pointsman.dropped('no-chunk')) - before, 200);
    t.strictSame((await atBlue.stop()).length, 0, 'blue hears nothing');
  });

  await t.test('a restart changes nothing, and who had them has them back at once', async t => {
    const { waitsUntil } = await statusOf('blue');
    await pointsman.stop();
    const config = await readFile(pointsman.configFile, 'utf8');
    await writeFile(pointsman.configFile, config.replace(`portRest: ${long}`, `portRest: ${short}`));
    await pointsman.start();
    t.equal((await statusOf('blue')).waitsUntil, waitsUntil);
    t.strictSame((await statusOf('blue')).chunks, []);
    await rule('red');
    await hasChunk('red');
    t.match((await statusOf('red')).chunks, [{ address, ports }]);
  });

  await t.test('when the time is over who waits gets them, unasked', async t => {
    const givenUp = Date.now();
    await end('red');
    await hasChunk('blue');
    t.ok(Date.now() - givenUp >= short * 1000, `after ${Date.now() - givenUp} ms`);
    t.match((await statusOf('blue')).chunks, [{ address, ports }]);
    await eventually(async () => (await udpEcho(lab, blue, outside, { count: 1, timeout: 200 })).received === 1, {
      what: 'blue to get out',
    });
  });
});
