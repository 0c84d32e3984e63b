// Remotes that dial: an ovsdb-server with an active remote connects to a client that listens.

import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { type OpenVSwitchTables, openVSwitchSchema } from '../../../src/ovsdb/generated/open-vswitch.ts';
import {
  formatEndpoint,
  OvsdbClient,
  type OvsdbClientOptions,
  type PassiveEndpoint,
} from '../../../src/ovsdb/index.ts';
import { createCertificates } from './certificates.ts';
import { createPrivateServer, type PrivateServer } from './server.ts';

type Client = OvsdbClient<OpenVSwitchTables>;

function open(t: Test, remote: PassiveEndpoint, options: Partial<OvsdbClientOptions<OpenVSwitchTables>> = {}): Client {
  const client = new OvsdbClient<OpenVSwitchTables>({
    remotes: [remote],
    schema: openVSwitchSchema,
    monitor: { Open_vSwitch: true },
    ...options,
  });
  t.teardown(() => client.close());
  client.start();
  return client;
}

/** ovsdb-server tries its active remotes again and again, at first after a second. */
function dial(server: PrivateServer, remote: string, what: 'add-remote' | 'remove-remote' = 'add-remote'): void {
  execFileSync('ovs-appctl', ['-t', join(server.directory, 'ctl'), `ovsdb-server/${what}`, remote], {
    timeout: 10_000,
  });
}

async function untilListening(client: Client): Promise<PassiveEndpoint> {
  while (!client.listening) await new Promise(resolve => setTimeout(resolve, 5));
  return client.listening;
}

t.test('over TCP: it waits, follows, and waits again', async t => {
  const server = await createPrivateServer();
  t.teardown(() => server.remove());
  await server.start();
  const client = open(t, { kind: 'ptcp', host: '127.0.0.1', port: 0 });
  const listening = await untilListening(client);
  const remote = formatEndpoint(listening).replace(/^p(tcp):(\d+):(.*)$/, '$1:$3:$2');
  t.equal(client.state.kind, 'connecting', 'nobody has dialled');
  await t.rejects(client.synced(AbortSignal.timeout(50)), { code: 'OVSDB_TIMEOUT' });

  dial(server, remote);
  await client.synced(AbortSignal.timeout(20_000));
  t.equal((await client.transact([{ op: 'insert', table: 'Open_vSwitch', row: {} }])).kind, 'committed');
  t.equal(client.replica.count('Open_vSwitch'), 1);

  const gone = once(client, 'disconnected');
  dial(server, remote, 'remove-remote');
  await gone;
  dial(server, remote);
  await client.synced(AbortSignal.timeout(20_000));
  t.equal(client.replica.count('Open_vSwitch'), 1);

  const replaced = once(client, 'disconnected');
  const back = once(client, 'connected');
  const other = await createPrivateServer();
  t.teardown(() => other.remove());
  await other.start();
  dial(other, remote);
  t.match(await replaced, [{ message: 'the server made another connection' }], 'the newest connection counts');
  await back;
});

t.test('over a unix socket, and its end', async t => {
  const server = await createPrivateServer();
  t.teardown(() => server.remove());
  await server.start();
  const path = join(server.directory, 'passive.sock');
  const client = open(t, { kind: 'punix', path });
  await untilListening(client);
  dial(server, `unix:${path}`);
  await client.synced(AbortSignal.timeout(20_000));
  t.same(client.remote, { kind: 'punix', path });
  await client.close();
  t.equal(client.listening, undefined);
});

t.test('over TLS: only a server whose certificate was signed', async t => {
  const server = await createPrivateServer();
  const stranger = await createPrivateServer();
  t.teardown(() => Promise.all([server.remove(), stranger.remove()]));
  for (const { directory } of [server, stranger]) createCertificates(directory);
  const startWith = async (one: PrivateServer) => {
    const file = (name: string) => join(one.directory, name);
    await one.start(
      `--private-key=${file('server.key')}`,
      `--certificate=${file('server.crt')}`,
      // Both know who we are; we know who signed the first.
      `--ca-cert=${join(server.directory, 'ca.crt')}`,
    );
  };
  await Promise.all([server, stranger].map(startWith));
  const file = (name: string) => join(server.directory, name);
  const tls = { cert: file('client.crt'), key: file('client.key'), ca: file('ca.crt') };
  const client = open(t, { kind: 'pssl', host: '127.0.0.1', port: 0 }, { tls });
  const listening = await untilListening(client);
  const remote = formatEndpoint(listening).replace(/^p(ssl):(\d+):(.*)$/, '$1:$3:$2');

  dial(stranger, remote);
  const state = () => execFileSync('ovs-appctl', ['-t', join(stranger.directory, 'ctl'), 'ovsdb-server/list-remotes']);
  t.match(state().toString(), remote, 'it dials');
  await t.rejects(client.synced(AbortSignal.timeout(2_500)), { code: 'OVSDB_TIMEOUT' }, 'and is refused');
  t.equal(client.replica.count('Open_vSwitch'), 0);

  dial(server, remote);
  await client.synced(AbortSignal.timeout(20_000));
  t.equal((await client.transact([{ op: 'insert', table: 'Open_vSwitch', row: {} }])).kind, 'committed');
  t.equal(client.replica.count('Open_vSwitch'), 1);
  t.match(
    server.ovsdbClient('dump', 'Open_vSwitch', 'Open_vSwitch', '_uuid'),
    /[0-9a-f]{8}-/,
    'that server has the row',
  );
});

t.test('an address that is taken is tried again', async t => {
  const first = open(t, { kind: 'ptcp', host: '127.0.0.1', port: 0 });
  const taken = await untilListening(first);
  const second = open(t, taken, { reconnect: { minBackoff: 20, maxBackoff: 20 } });
  await t.rejects(second.synced(AbortSignal.timeout(100)), { code: 'OVSDB_TIMEOUT' });
  t.equal(second.listening, undefined);
  await first.close();
  t.same(await untilListening(second), taken);
});
