// The replica's rows by name, each port with the bridge it is on.

import type { Uuid } from '../../ovsdb/index.ts';
import type { BridgeRow, InterfaceRow, PortRow, SwitchSource } from './switch-source.ts';

export interface IndexedPort {
  readonly row: PortRow;
  readonly bridge: BridgeRow;
  readonly interfaces: readonly InterfaceRow[];
}

export interface SwitchIndex {
  readonly bridges: ReadonlyMap<string, BridgeRow>;
  readonly ports: ReadonlyMap<string, IndexedPort>;
  /** The port that an interface belongs to, by the interface's name: a bond has several. */
  readonly portOfInterface: ReadonlyMap<string, IndexedPort>;
}

export function indexSwitch({ replica }: SwitchSource): SwitchIndex {
  const bridges = new Map<string, BridgeRow>();
  const ports = new Map<string, IndexedPort>();
  const portOfInterface = new Map<string, IndexedPort>();
  const present = <T>(row: T | undefined): readonly T[] => (row === undefined ? [] : [row]);
  for (const bridge of replica.rows('Bridge')) {
    bridges.set(bridge.name, bridge);
    for (const row of bridge.ports.flatMap((uuid: Uuid) => present(replica.get('Port', uuid)))) {
      const interfaces = row.interfaces.flatMap((uuid: Uuid) => present(replica.get('Interface', uuid)));
      const port = { row, bridge, interfaces };
      ports.set(row.name, port);
      for (const { name } of interfaces) portOfInterface.set(name, port);
    }
  }
  return { bridges, ports, portOfInterface };
}
