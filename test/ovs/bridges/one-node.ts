// A switch with an uplink and a representor, each to a device of one peer, and how ready a pointsman on it is.

import type { Test } from 'tap';
import { Lab } from '../../lab/lab.ts';
import { type LabOvs, startOvs } from '../../lab/ovs.ts';
import type { LabPointsman } from '../../lab/pointsman.ts';
import { NET } from '../../lab/topology.ts';
import { eventually } from '../../lab/wait.ts';

/** Its wires alone. */
export async function openWires(test: Test) {
  const lab = await Lab.open();
  test.teardown(() => lab.close());
  const netns = await lab.namespace('node');
  const peer = await lab.namespace('peer');
  await lab.veth(netns, NET.uplink, peer, 'eth0');
  await lab.veth(netns, NET.representor, peer, 'eth1');
  return { lab, netns, peer };
}

export async function openNode(test: Test) {
  const wires = await openWires(test);
  return { ...wires, ovs: await startOvs(wires.lab, { netns: wires.netns }) };
}

/** Empty: ready. */
export async function whyNotReady(pointsman: LabPointsman): Promise<string> {
  const { status, body } = await pointsman.api('GET', '/readyz');
  return status === 200 ? '' : (body as { detail: string }).detail;
}

export const notReady = (pointsman: LabPointsman, why: RegExp) =>
  eventually(async () => why.exec(await whyNotReady(pointsman))?.[0], { what: String(why), interval: 20 });
export const ready = (pointsman: LabPointsman) =>
  eventually(async () => (await whyNotReady(pointsman)) === '', { what: 'ready', interval: 20, timeout: 20_000 });

/** All that both bridges of a node hold of anybody's, but for ages and counts, in one order. */
export async function programOn(node: LabOvs): Promise<readonly string[]> {
  const dumps = await Promise.all([
    node.ofctl('--no-stats', 'dump-flows', 'br-int'),
    node.ofctl('--no-stats', 'dump-flows', 'br-phy'),
    node.ofctl('dump-groups', 'br-int'),
    node.ofctl('dump-meters', 'br-int'),
  ]);
  return dumps.flatMap(text => text.split('\n').filter(line => !line.includes('xid='))).sort();
}
