// Tells when a device of ours loses its carrier, and when it has it again.

import type { OpenVSwitchTables } from '../../ovsdb/generated/open-vswitch.ts';
import type { OvsdbClient } from '../../ovsdb/index.ts';
import type { NodeConfig } from '../../policy/node.ts';
import { interfaceStates } from '../bridges/observe-ports.ts';
import type { NoteEvent } from './event.ts';

export function watchLinks(node: NodeConfig, database: OvsdbClient<OpenVSwitchTables>, note: NoteEvent): void {
  const physical = new Set(node.physicalPorts.map(({ name }) => name));
  let before: ReadonlyMap<string, 'up' | 'down'> = new Map();
  database.on('update', changes => {
    if (!changes.some(({ table }) => table === 'Interface')) return;
    const now = new Map(
      interfaceStates(node, database).flatMap(({ name, linkState }) =>
        linkState === undefined ? [] : [[name, linkState] as const],
      ),
    );
    for (const [name, state] of now) {
      const was = before.get(name);
      // One that comes without a carrier is waiting for its machine.
      if (was === undefined || was === state) continue;
      const isLost = state === 'down';
      note({
        severity: isLost && physical.has(name) ? 'warning' : 'info',
        reason: isLost ? 'carrier-lost' : 'carrier-back',
        object: { kind: 'devices', name },
        message: isLost ? `${name} has no carrier` : `${name} has a carrier again`,
      });
    }
    before = now;
  });
}
