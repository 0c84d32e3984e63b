import { capture } from '../lab/capture.ts';
import { chunkOf, inside } from './chunks.ts';
import { check, type Scenario } from './scenario.ts';
import { allKinds } from './traffic.ts';

export const snatVlan: Scenario = {
  title: 'VLAN 11 inside → SNAT → VLAN 30 outside, and back',
  run: async world => {
    const [red, outside] = [world.host('red-vlan'), world.host('outside')];
    const chunk = await chunkOf(world, 'red-out');
    const seen = await capture(world.lab, outside.netns, outside.device, 'icmp[icmptype] = icmp-echo');
    const checks = await allKinds(world, red, outside, inside(chunk));
    const requests = await seen.stop();
    const translated = requests.filter(packet => packet.text.includes(`${chunk.address} > ${outside.ip}`));
    return [
      ...checks,
      check(
        `outside sees echo requests of ${chunk.address} alone`,
        requests.length > 0 && translated.length === requests.length,
        `${translated.length} of ${requests.length} captured`,
      ),
    ];
  },
};
