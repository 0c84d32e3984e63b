// docs/ovsdb-client.md is true: its program has the right types, runs against a real server, and prints what the page says.

import t from 'tap';
import { createPrivateServer } from '../ovsdb/server.ts';
import { checkPage } from './page-program.ts';

t.test('docs/ovsdb-client.md', async t => {
  const server = await createPrivateServer();
  t.teardown(() => server.remove());
  await server.start();
  const here = { '/run/openvswitch/db.sock': `${server.directory}/db.sock` };
  await checkPage(t, { page: 'ovsdb-client.md', directory: server.directory, here, leastBlocks: 8 });
});
