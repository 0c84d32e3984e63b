// From the file to the NodeConfig: defaults that depend on other values, and patterns written out.

import type { NodeConfig, PortConfig, VtepConfig } from '../../policy/node.ts';
import { fenceOf } from '../membership/fence.ts';
import type { DocumentPath } from '../yaml/problem.ts';
import { deriveBridgeMac } from './bridge-mac.ts';
import { expandPattern, fillNumbers } from './expand-pattern.ts';
import type { ConfigFile, PortEntry } from './file-schema.ts';

/** Called with everything that cannot be; building goes on, so that one run tells it all. */
export type Complain = (path: DocumentPath, message: string) => void;

/** A port with the place in the file that it came from. */
export interface PlacedPort {
  readonly port: PortConfig;
  readonly path: DocumentPath;
}

export interface PlacedPorts {
  readonly physical: readonly PlacedPort[];
  readonly representors: readonly PlacedPort[];
}

export function placePorts(file: ConfigFile, complain: Complain): PlacedPorts {
  return {
    physical: file.physicalPorts.map((entry, index) => ({
      port: { ...portOf(entry, entry.name, []), checksTagType: entry.checkTagType },
      path: ['physicalPorts', index],
    })),
    representors: file.representors.flatMap((entry, index) => {
      const path = ['representors', index];
      const names = expandPattern(entry.name);
      if (typeof names === 'string') {
        complain([...path, 'name'], names);
        return [];
      }
      return names.map(({ name, numbers }) => ({ port: portOf(entry, name, numbers), path }));
    }),
  };
}

function portOf(entry: PortEntry, name: string, numbers: readonly number[]): PortConfig {
  return {
    name,
    type: entry.type,
    options: new Map([...entry.options].map(([key, value]) => [key, fillNumbers(value, numbers)])),
    mtuRequest: entry.mtu,
    rxQueues: entry.rxQueues,
  };
}

export function buildNode(file: ConfigFile, ports: PlacedPorts, hostname: string): NodeConfig {
  const name = file.node.name ?? hostname;
  const physicalBridge = file.bridges.physical.name ?? 'br-phy';
  const integrationBridge = file.bridges.integration.name ?? 'br-int';
  return {
    name,
    datapathType: file.datapath.type,
    datapathFallback: file.datapath.fallback,
    physicalBridge,
    integrationBridge,
    physicalMac: file.bridges.physical.mac ?? deriveBridgeMac(name, physicalBridge),
    integrationMac: file.bridges.integration.mac ?? deriveBridgeMac(name, integrationBridge),
    physicalPorts: ports.physical.map(({ port }) => port),
    representors: ports.representors.map(({ port }) => port),
    vteps: file.vteps.map(entry => vtepOf(entry, physicalBridge)),
    fence: file.state.fencing ? fenceOf(file.state.lease * 1000) : undefined,
    otherConfig: file.ovs.settings,
  };
}

function vtepOf(entry: ConfigFile['vteps'][number], physicalBridge: string): VtepConfig {
  return {
    name: entry.name,
    address: entry.address,
    port: entry.port,
    infraVlan: entry.infraVlan,
    // Behind a tag the address needs a port that carries it; without one the bridge itself will do.
    device: entry.device ?? (entry.infraVlan === undefined ? physicalBridge : `vtep-${entry.name}`),
  };
}
