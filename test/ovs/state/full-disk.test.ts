// A disk that is full: writes are refused, and say so; with room again they go on; what was acknowledged is there.

import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, rmdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { EmbeddedServer } from '../../../src/controller/state/embedded-server.ts';
import { StateError } from '../../../src/controller/state/errors.ts';
import { Store } from '../../../src/controller/state/store.ts';
import { connect, node } from './fixture.ts';

t.test('a full disk', async t => {
  const directory = await mkdtemp(join(tmpdir(), 'pointsman-disk-'));
  t.teardown(() => rmdir(directory));
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', directory]);
  t.teardown(() => execFileSync('umount', [directory]));
  const server = new EmbeddedServer({ stateDirectory: directory, minBackoff: 20 });
  t.teardown(() => server.stop());
  await server.start();
  const client = connect(server);
  t.teardown(() => client.close());
  const store = new Store({ client, node });
  await store.open(AbortSignal.timeout(10_000));

  const acknowledged: string[] = [];
  const refused: string[] = [];
  const put = async (name: string) => {
    try {
      await store.put('tenants', { name, description: 'x'.repeat(900) });
      acknowledged.push(name);
    } catch (error) {
      if (!(error instanceof StateError)) throw error;
      t.match(error, { code: 'STATE_DISK_FULL', message: /No space left/ });
      refused.push(name);
    }
  };
  await put('before');
  const filler = join(directory, 'filler');
  await writeFile(filler, Buffer.alloc(1024 * 1024)).catch(() => {});
  // What is left of the last page takes one or two.
  for (let i = 0; i < 8; i++) await put(`full-${i}`);
  t.ok(refused.length >= 5, `${refused.length} refused`);
  t.ok(store.connected, 'the server lives on');
  await rm(filler);
  await put('after');
  t.ok(acknowledged.includes('after'), 'with room again it goes on');

  const names = () => store.list('tenants', { limit: 100 }).items.map(({ document }) => document.name);
  t.same(names(), [...acknowledged].sort());
  const pid = server.pid;
  if (pid !== undefined) process.kill(pid, 'SIGKILL');
  await new Promise(resolve => client.once('disconnected', resolve));
  await client.synced(AbortSignal.timeout(10_000));
  t.same(names(), [...acknowledged].sort(), 'and all of it was on disk');
});
