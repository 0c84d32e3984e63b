// The order of fields in a match: one that needs another comes after it (OpenFlow 1.5.1 section 7.2.3.8).

import { fieldOf } from './fields.ts';
import type { Match } from './match.ts';

/** Whether a field stands before one it needs: the switch refuses that. */
function isOutOfOrder(match: Match): boolean {
  let needed = 0;
  for (const { field: name } of match) {
    const field = fieldOf(name);
    if (field.provides & needed) return true;
    needed |= field.needs;
  }
  return false;
}

/** The match in an order that a switch takes; itself when it is. */
export function inWireOrder(match: Match): Match {
  if (!isOutOfOrder(match)) return match;
  return [...match].sort((a, b) => fieldOf(a.field).order - fieldOf(b.field).order);
}
