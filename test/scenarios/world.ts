// The world that the scenarios play in: the standard topology, pointsman on its node, and the demo's intent installed.

import { join } from 'node:path';
import type { LabHost } from '../lab/hosts.ts';
import type { Lab } from '../lab/lab.ts';
import type { LabOvs } from '../lab/ovs.ts';
import { LabPointsman, type LabPointsmanOptions } from '../lab/pointsman.ts';
import { buildTopology, type Topology } from '../lab/topology.ts';

export const DEMO_INTENT = join(import.meta.dirname, '../../configs/demo.yaml');

export interface World {
  readonly lab: Lab;
  readonly topology: Topology;
  readonly node: LabOvs;
  readonly pointsman: LabPointsman;
  readonly host: (name: string) => LabHost;
}

export async function buildWorld(
  lab: Lab,
  say: (step: string) => void = () => {},
  options: LabPointsmanOptions = {},
): Promise<World> {
  say('hosts, top-of-rack switch and a private Open vSwitch');
  const topology = await buildTopology(lab);
  const { node } = topology;
  const pointsman = await LabPointsman.prepare(lab, node, options);
  say('pointsman');
  await pointsman.start();
  say('pointsman apply -f configs/demo.yaml');
  await pointsman.cli('apply', '--wait', '-f', DEMO_INTENT);
  return { lab, topology, node, pointsman, host: name => topology.host(name) };
}
