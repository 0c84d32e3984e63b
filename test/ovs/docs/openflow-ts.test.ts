// docs/openflow-ts.md is true: its program has the right types, runs against a real switch, and prints what the page says.

import t from 'tap';
import { PrivateOvs } from '../openflow/private-ovs.ts';
import { checkPage } from './page-program.ts';

t.test('docs/openflow-ts.md', async t => {
  const ovs = await PrivateOvs.start('host');
  t.teardown(() => ovs.stop());
  const here = { '/run/openvswitch/br0.mgmt': await ovs.addBridge('br0') };
  await checkPage(t, { page: 'openflow-ts.md', directory: ovs.directory, here, leastBlocks: 9 });
});
