// Ports that are there, or should be, and carry nothing. Without an uplink, or a port of the pipeline's own, the node does
// not do its work; a representor without a machine behind it is nothing unusual.

import type { NodeConfig } from '../../policy/node.ts';
import { type InterfaceState, interfaceStates } from './observe-ports.ts';
import type { OwnershipConflict } from './plan-context.ts';
import type { SwitchPlan } from './plan-switch.ts';
import type { SwitchSource } from './switch-source.ts';

export interface PortFaults {
  /** A line each: the node is not ready. */
  readonly faults: readonly string[];
  /** A line each, for status. */
  readonly warnings: readonly string[];
}

/** How many names a line holds. */
const maxNames = 8;

export function portFaults(node: NodeConfig, source: SwitchSource): PortFaults {
  const representors = new Set(node.representors.map(({ name }) => name));
  const states = interfaceStates(node, source);
  const idle = states.filter(({ name, linkState }) => representors.has(name) && linkState === 'down');
  return {
    faults: states.filter(({ name }) => !representors.has(name)).flatMap(state => faultOf(node, state)),
    warnings: idle.length === 0 ? [] : [`no carrier: ${someOf(idle.map(({ name }) => name))}`],
  };
}

function faultOf(node: NodeConfig, { name, error, linkState }: InterfaceState): readonly string[] {
  if (error !== undefined) return [`port ${name}: ${error}`];
  if (linkState !== 'down' || !node.physicalPorts.some(port => port.name === name)) return [];
  const vteps = node.vteps.filter(({ port }) => port === name).map(vtep => vtep.name);
  const tunnels = vteps.length === 0 ? '' : `, and with it the tunnels of ${vteps.join(', ')}`;
  return [`physical port ${name} has no carrier${tunnels}`];
}

/** Conflicts about names that the pipeline cannot do without. */
export function missingNames(node: NodeConfig, { conflicts }: SwitchPlan): readonly OwnershipConflict[] {
  const optional = new Set(node.representors.map(({ name }) => name));
  const bridges = [node.physicalBridge, node.integrationBridge];
  return conflicts.filter(({ kind, name }) => (kind === 'bridge' ? bridges.includes(name) : !optional.has(name)));
}

function someOf(names: readonly string[]): string {
  const rest = names.length - maxNames;
  return `${names.slice(0, maxNames).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}
