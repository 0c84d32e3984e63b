// The disk of the switch's database is full: what it does not take is not said to be installed, and comes when there is room.

import { mkdir, rm } from 'node:fs/promises';
import t from 'tap';
import { startOvs } from '../../lab/ovs.ts';
import { LabPointsman } from '../../lab/pointsman.ts';
import { NET } from '../../lab/topology.ts';
import { notReady, openWires, ready } from './one-node.ts';

t.test('a switch whose database cannot write', async t => {
  const { lab, netns } = await openWires(t);
  const disk = lab.path('disk');
  await mkdir(disk);
  await lab.run('mount', ['-t', 'tmpfs', '-o', 'size=3m', 'tmpfs', disk]);
  lab.defer(() => lab.run('umount', [disk]));
  const ovs = await startOvs(lab, { netns, name: 'disk/ovs' });
  const pointsman = await LabPointsman.prepare(lab, ovs);
  await pointsman.start();

  pointsman.signal('SIGSTOP');
  const gone = [NET.uplink, `phy-${NET.uplink}`, `int-${NET.uplink}`, NET.representor, 'vxlan-int'];
  try {
    await ovs.vsctl('--no-wait', ...gone.flatMap(port => ['--', 'del-port', port]).slice(1));
    await lab.run('dd', ['if=/dev/zero', `of=${disk}/filler`, 'bs=4096'], { allowFailure: true });
    // What is left of the file's last page takes a few small ones.
    await t.rejects(async () => {
      for (let i = 0; i < 100; i++)
        await ovs.vsctl('--no-wait', 'set', 'Open_vSwitch', '.', `external_ids:filler=${i}`);
    });
  } finally {
    pointsman.signal('SIGCONT');
  }
  await notReady(pointsman, /the switch's database refused: .*No space left/);
  const waited = await pointsman.api('PUT', '/v1/tenants/red?wait=installed&timeout=1', {});
  t.ok(waited.status >= 500, `stored, and not installed: ${waited.status}`);
  const said = pointsman.log.split('\n').filter(line => line.includes('No space left'));
  t.ok(said.length <= 4, `${said.length} lines say why`);

  await rm(`${disk}/filler`);
  await ready(pointsman);
  for (const port of gone) t.ok((await ovs.ofport(port)) > 0, port);
  t.equal((await pointsman.api('PUT', '/v1/tenants/blue?wait=installed', {})).status, 201);
  await pointsman.stop();
});
