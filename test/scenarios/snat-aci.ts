import { capture } from '../lab/capture.ts';
import { NET } from '../lab/topology.ts';
import { chunkOf, inside } from './chunks.ts';
import { check, type Scenario } from './scenario.ts';
import { allKinds, streams } from './traffic.ts';

export const snatAci: Scenario = {
  title: 'ACI: VXLAN inside VLAN 2 → SNAT → VLAN 30 outside, while EVPN does the same on one node',
  run: async world => {
    const outside = world.host('outside');
    const chunk = await chunkOf(world, 'red-out');
    const { netns } = world.node;
    const tagged = await capture(world.lab, netns, NET.uplink, `vlan ${NET.infraVlan} and udp port 4789`);
    const apart = await allKinds(world, world.host('red-aci'), outside, inside(chunk));
    const together = await Promise.all(
      ['red-aci', 'red-evpn'].map(name => streams(world, world.host(name), outside, inside(chunk), 10_000_000)),
    );
    const frames = await tagged.stop();
    const from = (address: string) =>
      frames.filter(frame => frame.text.includes(`${address}.`) && frame.vlan === 2).length;
    const [hers, ours] = [from('192.0.3.11'), from(NET.aciVtep)];
    return [
      ...apart,
      ...together.map(each => ({ ...each, what: `${each.what}, both at the same time` })),
      check(
        'on the wire it is VXLAN in VLAN 2, both ways',
        hers > 0 && ours > 0,
        `${frames.length} such frames on ${NET.uplink}`,
      ),
    ];
  },
};
