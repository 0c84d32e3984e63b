// Meters that a pointsman left behind which was killed between the flows and the meters that they used: no flow of ours tells
// of them any more.

import t from 'tap';
import { LabPointsman } from '../../lab/pointsman.ts';
import { NET } from '../../lab/topology.ts';
import { openNode } from '../bridges/one-node.ts';

t.test('meters without flows: what is ours goes at the next start, what is not stays', async t => {
  const { lab, ovs } = await openNode(t);
  const pointsman = await LabPointsman.prepare(lab, ovs);
  await pointsman.start();
  const meters = async () =>
    [...(await ovs.ofctl('dump-meters', 'br-int')).matchAll(/meter=(\d+)/g)].map(([, number]) => Number(number)).sort();
  await pointsman.api('PUT', '/v1/tenants/red', {});
  for (const vlan of [10, 11]) {
    const { status } = await pointsman.api('PUT', `/v1/interfaces/vlan${vlan}?wait=installed`, {
      role: 'inner',
      tenant: 'red',
      attachment: { type: 'vlan', port: NET.uplink, vlan },
      mac: '02:00:00:00:0a:01',
      addresses: [`10.0.${vlan}.1/24`],
      arpRate: 77,
    });
    t.equal(status, 201);
  }
  t.strictSame(await meters(), [4, 5, 8, 9], 'two of each interface');

  // Somebody else's: like ours, of an index that was never given out, and of no index at all.
  const like = 'pktps,burst,stats,band=type=drop,rate=77,burst_size=77';
  await ovs.ofctl('add-meter', 'br-int', `meter=4000,${like}`);
  await ovs.ofctl('add-meter', 'br-int', `meter=11,${like}`);

  process.kill(ovs.vswitchdPid ?? 0, 'SIGSTOP');
  t.equal((await pointsman.api('DELETE', '/v1/interfaces/vlan11')).status, 204);
  await pointsman.kill();
  process.kill(ovs.vswitchdPid ?? 0, 'SIGCONT');
  // What the bundle would have done: the interface has id 3.
  await ovs.ofctl('del-flows', 'br-int', 'cookie=0x706d030000000003/0xffffff00ffffffff');
  t.notMatch(await ovs.ofctl('dump-flows', 'br-int'), /meter:[89]/);
  t.strictSame(await meters(), [11, 4, 4000, 5, 8, 9], 'they are left behind');

  // Its number, and not like ours: somebody else's.
  await ovs.ofctl('del-meter', 'br-int', 'meter=9');
  await ovs.ofctl('add-meter', 'br-int', 'meter=9,kbps,band=type=drop,rate=1000');

  await pointsman.start();
  t.strictSame(await meters(), [11, 4, 4000, 5, 9], 'what was ours is gone, and nothing else');
});
