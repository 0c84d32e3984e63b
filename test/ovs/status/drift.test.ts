// What somebody else does to the flows of a running node.

import { isDeepStrictEqual } from 'node:util';
import t from 'tap';
import { Lab } from '../../lab/lab.ts';
import { startOvs } from '../../lab/ovs.ts';
import { LabPointsman } from '../../lab/pointsman.ts';
import { NET } from '../../lab/topology.ts';
import { eventually } from '../../lab/wait.ts';

t.test(
  'flows that somebody else deletes come back at once; it is told and counted, and status asks no switch for the count',
  async t => {
    const lab = await Lab.open();
    t.teardown(() => lab.close());
    const netns = await lab.namespace('node');
    await lab.veth(netns, NET.uplink, await lab.namespace('peer'), 'eth0');
    const ovs = await startOvs(lab, { netns });
    const pointsman = await LabPointsman.prepare(lab, ovs);
    await pointsman.start();
    const flows = async () => (await ovs.ofctl('--no-stats', 'dump-flows', 'br-int')).split('\n').sort();
    const before = await flows();
    const bridge = async () => {
      const { bridges } = (await pointsman.api('GET', '/v1/status')).body as {
        readonly bridges: readonly { readonly name: string; readonly flows?: number; readonly drift: number }[];
      };
      return bridges.find(({ name }) => name === 'br-int');
    };
    t.match(await bridge(), { flows: before.filter(line => line.includes('cookie=')).length, drift: 0 });
    await ovs.ofctl('del-flows', 'br-int');
    const emptied = performance.now();
    await eventually(async () => isDeepStrictEqual(await flows(), before), { what: 'the flows', interval: 20 });
    t.ok(performance.now() - emptied < 3000, 'within a second, were the machine quiet');
    const { flows: count, drift } = (await bridge()) ?? {};
    t.equal(drift, count);
    t.match(JSON.stringify((await pointsman.api('GET', '/v1/events')).body), /flows-restored.*br-int/);
  },
);
