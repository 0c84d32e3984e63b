import { chunkOf, inside } from './chunks.ts';
import type { Scenario } from './scenario.ts';
import { allKinds } from './traffic.ts';

export const snatEvpn: Scenario = {
  title: 'EVPN: VXLAN VNI 5001 inside → SNAT → VLAN 30 outside, and back',
  run: async world => {
    const chunk = await chunkOf(world, 'red-out');
    return allKinds(world, world.host('red-evpn'), world.host('outside'), inside(chunk));
  },
};
