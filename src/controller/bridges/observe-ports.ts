// What became of our ports: their OpenFlow numbers for the compiler, their errors for the operator.

import type { NodeConfig } from '../../policy/node.ts';
import type { Observed } from '../../policy/observed.ts';
import { type IndexedPort, indexSwitch } from './switch-index.ts';
import { type InterfaceRow, ownerOf, type SwitchSource } from './switch-source.ts';

export interface InterfaceState {
  readonly name: string;
  readonly bridge: string;
  /** 1 to 65534, where 65534 is LOCAL; undefined: it has none (yet). */
  readonly ofport: number | undefined;
  /** Why vswitchd could not make it. */
  readonly error: string | undefined;
  /** Of the device; undefined where it is unknown. */
  readonly linkState: 'up' | 'down' | undefined;
}

/** Every interface that carries the mark of this node, by bridge and name. */
export function interfaceStates(node: Pick<NodeConfig, 'name'>, source: SwitchSource): readonly InterfaceState[] {
  return ourPorts(node, source)
    .map(({ bridge, iface }) => ({
      name: iface.name,
      bridge: bridge.name,
      ofport: portNumber(iface),
      error: iface.error ?? (iface.ofport === -1 ? 'ovs-vswitchd could not add the port' : undefined),
      linkState: iface.link_state,
    }))
    .sort((a, b) => compare(a.bridge, b.bridge) || compare(a.name, b.name));
}

/** The key of `Interface.external_ids` that says whose the interface is (Open vSwitch, IntegrationGuide). */
const attachmentKey = 'iface-id';

/** A port of the integration bridge that says which Port of the intent it is, whoever put it there. */
export interface AttachedPort {
  readonly device: string;
  readonly ofport: number | undefined;
}

/**
 * By the name of the Port. Of several interfaces that claim one name those count that work, as others may be what a crash
 * has left; of these the first by device.
 */
export function attachedPorts(
  { integrationBridge }: Pick<NodeConfig, 'integrationBridge'>,
  source: SwitchSource,
): ReadonlyMap<string, AttachedPort> {
  const found = [...indexSwitch(source).ports.values()]
    .filter(({ bridge }) => bridge.name === integrationBridge)
    .flatMap(({ interfaces }) => interfaces)
    .flatMap(iface => {
      const name = iface.external_ids.get(attachmentKey);
      return name === undefined ? [] : [{ name, device: iface.name, ofport: portNumber(iface) }];
    })
    .sort((a, b) => Number(a.ofport !== undefined) - Number(b.ofport !== undefined) || compare(b.device, a.device));
  // The last of a name is the one that stays.
  return new Map(found.map(({ name, device, ofport }) => [name, { device, ofport }]));
}

/** Port numbers of our interfaces that have one, and of those that are attached to the intent. */
export function observedPorts(
  node: Pick<NodeConfig, 'name' | 'physicalBridge' | 'integrationBridge'>,
  source: SwitchSource,
): Observed {
  const ports = ourPorts(node, source);
  const on = (name: string) =>
    new Map(
      ports.flatMap(({ bridge, iface }) => {
        const number = portNumber(iface);
        return bridge.name === name && number !== undefined ? [[iface.name, number] as const] : [];
      }),
    );
  const attached = [...attachedPorts(node, source)].flatMap(([name, { ofport }]) =>
    ofport === undefined ? [] : [[name, ofport] as const],
  );
  return {
    integrationPorts: on(node.integrationBridge),
    physicalPorts: on(node.physicalBridge),
    attached: new Map(attached),
  };
}

interface OurPort extends Pick<IndexedPort, 'bridge'> {
  readonly iface: InterfaceRow;
}

function ourPorts(node: Pick<NodeConfig, 'name'>, source: SwitchSource): readonly OurPort[] {
  return [...indexSwitch(source).ports.values()].flatMap(({ bridge, interfaces }) =>
    interfaces.filter(row => ownerOf(row) === node.name).map(iface => ({ bridge, iface })),
  );
}

/** vswitchd writes -1 for a port that it could not add. */
function portNumber({ ofport }: InterfaceRow): number | undefined {
  return typeof ofport === 'number' && ofport > 0 ? ofport : undefined;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
