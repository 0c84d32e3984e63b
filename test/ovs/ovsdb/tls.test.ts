// TLS against a real ovsdb-server: both sides show certificates, and a wrong one is refused.

import { copyFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { type OpenVSwitchTables, openVSwitchSchema } from '../../../src/ovsdb/generated/open-vswitch.ts';
import { type DialTls, OvsdbClient } from '../../../src/ovsdb/index.ts';
import { createCertificates } from './certificates.ts';
import { createPrivateServer } from './server.ts';

t.test('tls', async t => {
  const server = await createPrivateServer();
  t.teardown(() => server.remove());
  createCertificates(server.directory);
  const file = (name: string): string => join(server.directory, name);
  await server.start(
    `--remote=pssl:${server.tls.port}:127.0.0.1`,
    `--private-key=${file('server.key')}`,
    `--certificate=${file('server.crt')}`,
    `--ca-cert=${file('ca.crt')}`,
  );
  const identity = { cert: readFileSync(file('client.crt')), key: readFileSync(file('client.key')) };
  const ca = readFileSync(file('ca.crt'));

  const open = (tls: DialTls): OvsdbClient<OpenVSwitchTables> => {
    const client = new OvsdbClient<OpenVSwitchTables>({
      remotes: [server.tls],
      schema: openVSwitchSchema,
      monitor: { Open_vSwitch: true },
      reconnect: { minBackoff: 20, maxBackoff: 20 },
      tls,
    });
    t.teardown(() => client.close());
    client.start();
    return client;
  };

  const client = open({ ...identity, ca, verifyName: false });
  await client.synced(AbortSignal.timeout(10_000));
  t.equal((await client.transact([{ op: 'insert', table: 'Open_vSwitch', row: {} }])).kind, 'committed');
  t.equal(client.replica.count('Open_vSwitch'), 1);

  await t.rejects(open({ ...identity, ca }).synced(AbortSignal.timeout(300)), { code: 'OVSDB_TIMEOUT' }, 'its name');
  await t.rejects(open({ ...identity }).synced(AbortSignal.timeout(300)), { code: 'OVSDB_TIMEOUT' }, 'its signer');
  await t.rejects(
    open({ ca, verifyName: false }).synced(AbortSignal.timeout(300)),
    { code: 'OVSDB_TIMEOUT' },
    'the server wants a certificate, too',
  );
  const trusting = open({ ...identity, verifyPeer: false });
  await trusting.synced(AbortSignal.timeout(10_000));
  t.equal(trusting.state.kind, 'ready');

  // Files are read for each new connection: a certificate that was renewed needs no restart.
  const paths = { cert: file('renewed.crt'), key: file('renewed.key'), ca: file('ca.crt') };
  copyFileSync(file('server.csr'), paths.cert);
  copyFileSync(file('server.key'), paths.key);
  const renewing = open({ ...paths, verifyName: false });
  await t.rejects(renewing.synced(AbortSignal.timeout(300)), { code: 'OVSDB_TIMEOUT' }, 'no certificate yet');
  copyFileSync(file('client.crt'), paths.cert);
  copyFileSync(file('client.key'), paths.key);
  await renewing.synced(AbortSignal.timeout(10_000));
});
