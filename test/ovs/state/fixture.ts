// A store on an ovsdb-server of its own, and documents that fit its node.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Test } from 'tap';
import { EmbeddedServer } from '../../../src/controller/state/embedded-server.ts';
import { stateMonitor } from '../../../src/controller/state/state-monitor.ts';
import { Store, type StoreOptions } from '../../../src/controller/state/store.ts';
import type { StateView } from '../../../src/controller/state/view.ts';
import { parsePrefix } from '../../../src/lib/address.ts';
import { type PointsmanTables, pointsmanSchema } from '../../../src/ovsdb/generated/pointsman.ts';
import { OvsdbClient } from '../../../src/ovsdb/index.ts';
import type { Documents } from '../../../src/policy/documents.ts';
import type { InterfaceDocument } from '../../../src/policy/kinds/interfaces.ts';
import { kinds } from '../../../src/policy/kinds/names.ts';
import type { NodeConfig } from '../../../src/policy/node.ts';
import { port } from '../../fixtures/demo-intent.ts';

export const node: NodeConfig = {
  name: 'node1',
  datapathType: 'netdev',
  datapathFallback: undefined,
  physicalBridge: 'br-phy',
  integrationBridge: 'br-int',
  physicalMac: 0x020000000001n,
  integrationMac: 0x020000000002n,
  physicalPorts: [port('p0'), port('p1')],
  representors: [port('pf0vf0')],
  vteps: [
    { name: 'evpn', address: parsePrefix('192.0.2.1/24'), port: 'p0', infraVlan: undefined, device: 'br-phy' },
    { name: 'aci', address: parsePrefix('192.0.3.1/24'), port: 'p0', infraVlan: 2, device: 'vtep-aci' },
  ],
  fence: undefined,
  otherConfig: new Map(),
};

export interface Lab {
  readonly directory: string;
  readonly server: EmbeddedServer;
  readonly client: OvsdbClient<PointsmanTables>;
  readonly store: Store;
}

export function connect(server: EmbeddedServer): OvsdbClient<PointsmanTables> {
  const client = new OvsdbClient<PointsmanTables>({
    remotes: [server.endpoint],
    schema: pointsmanSchema,
    monitor: stateMonitor,
    reconnect: { minBackoff: 20, maxBackoff: 200 },
  });
  client.start();
  return client;
}

/** All of it is gone when the test ends. */
export async function startLab(t: Test, options: Partial<StoreOptions> = {}): Promise<Lab> {
  const directory = await mkdtemp(join(tmpdir(), 'pointsman-'));
  const server = new EmbeddedServer({ stateDirectory: directory, minBackoff: 20 });
  t.teardown(async () => {
    await server.stop();
    await rm(directory, { recursive: true, force: true });
  });
  await server.start();
  const client = connect(server);
  t.teardown(() => client.close());
  const store = new Store({ client, node, portRest: 0, ...options });
  await store.open(AbortSignal.timeout(10_000));
  await store.register();
  return { directory, server, client, store };
}

export function vlanInterface(name: string, vlan: number, more: Partial<InterfaceDocument> = {}): InterfaceDocument {
  return {
    name,
    role: 'inner',
    attachment: { type: 'vlan', port: 'p0', vlan },
    mac: '02:00:00:00:01:01',
    addresses: [`10.${vlan >> 8}.${vlan & 255}.1/24`],
    hosts: [],
    remoteVteps: [],
    arpRate: 100,
    ...more,
  };
}

/** A shared outer interface. */
export function outerInterface(name: string, vlan: number): InterfaceDocument {
  return vlanInterface(name, vlan, { role: 'outer', addresses: ['198.51.100.1/24'] });
}

export function pool(name: string, outer: string, more: Partial<Documents['nat-pools']> = {}): Documents['nat-pools'] {
  return {
    name,
    interface: outer,
    addresses: ['203.0.113.10'],
    ports: { min: 1024, max: 65535 },
    chunkSize: 4096,
    ...more,
  };
}

/** All that a view says, in one order: what was kept change by change can be held against what is read anew. */
export function everythingIn(view: StateView): unknown {
  const { documents, allocations, objects, nodes, bindings, lastPorts, retiredRows, chunkRows } = view;
  const sorted = (map: ReadonlyMap<string, unknown>) => [...map].sort(([a], [b]) => (a < b ? -1 : 1));
  const uuids = (map: ReadonlyMap<string, { readonly _uuid: string }>) =>
    sorted(map).map(([key, row]) => [key, (row as { readonly _uuid: string })._uuid]);
  return {
    generation: view.generation,
    documents: kinds.map(kind => [...documents[kind]]),
    numbers: [allocations.ids, allocations.zones, allocations.indexes].map(sorted),
    chunks: allocations.chunks,
    retired: retiredRows.map(({ _uuid, holders }) => [_uuid, holders]).sort(),
    objects: uuids(objects),
    nodes: [...nodes].map(([name, { row, offer }]) => [name, row.heartbeat, offer]),
    bindings: [sorted(bindings.interfaces), sorted(bindings.ports)],
    lastPorts: sorted(lastPorts),
    chunkRows: uuids(chunkRows),
  };
}
