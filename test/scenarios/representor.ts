import { chunkOf, inside } from './chunks.ts';
import type { Scenario } from './scenario.ts';
import { allKinds, pings, untranslated } from './traffic.ts';

export const representor: Scenario = {
  title: 'A host behind a representor, to all of the above',
  run: async world => {
    const rep = world.host('red-rep');
    const chunk = await chunkOf(world, 'red-out');
    const checks = [];
    for (const name of ['red-vlan', 'red-evpn', 'red-aci']) {
      checks.push(...(await allKinds(world, rep, world.host(name), untranslated(rep))));
      checks.push(await pings(world.host(name), rep.ip));
    }
    return [...checks, ...(await allKinds(world, rep, world.host('outside'), inside(chunk)))];
  },
};
