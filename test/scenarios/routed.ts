import { check, type Scenario } from './scenario.ts';
import { allKinds, untranslated } from './traffic.ts';
import type { World } from './world.ts';

/** Conntrack entries between two inside addresses. */
async function tracked({ node }: World, a: string, b: string): Promise<string[]> {
  const entries = (await node.appctl('dpctl/dump-conntrack')).split('\n');
  return entries.filter(entry => entry.includes(`=${a},`) && entry.includes(`=${b},`));
}

export const routed: Scenario = {
  title: 'VNI ↔ VNI and VNI ↔ VLAN of one tenant: routed, no NAT, no conntrack',
  run: async world => {
    const pairs = [
      ['red-evpn', 'red-aci'],
      ['red-aci', 'red-evpn'],
      ['red-evpn', 'red-vlan'],
      ['red-vlan', 'red-evpn'],
    ] as const;
    const checks = [];
    for (const [a, b] of pairs) {
      const [from, to] = [world.host(a), world.host(b)];
      checks.push(...(await allKinds(world, from, to, untranslated(from))));
      const entries = await tracked(world, from.ip, to.ip);
      checks.push(check(`no conntrack entry of ${a} and ${b}`, entries.length === 0, `${entries.length} entries`));
    }
    return checks;
  },
};
