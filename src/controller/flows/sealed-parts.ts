// What must be known of a sealed flow without opening it, and what only an opened one tells.

import type { FlowEntry, SealedFlow } from '../../openflow/index.ts';
import { ownedCookie } from '../../policy/cookies.ts';

/** Content begins with the cookie, eight characters. */
export function cookieOf(content: string): bigint {
  let cookie = 0n;
  for (let i = 0; i < 8; i++) cookie = (cookie << 8n) | BigInt(content.charCodeAt(i));
  return cookie;
}

/** A flow of ours of which no more is known than that: enough to take it away. */
export function strayFlow(key: string): SealedFlow {
  const bytes = Buffer.alloc(14);
  bytes.writeBigUInt64BE(ownedCookie);
  return { key, content: bytes.toString('latin1') };
}

/** Numbers of groups and meters, as keys. */
export interface Uses {
  readonly groups: Set<string>;
  readonly meters: Set<string>;
}

export function noUses(): Uses {
  return { groups: new Set(), meters: new Set() };
}

export function noteUses({ groups, meters }: Uses, { instructions }: Pick<FlowEntry, 'instructions'>): void {
  for (const instruction of instructions) {
    if (instruction.kind === 'meter') meters.add(String(instruction.meter));
    if (instruction.kind !== 'apply_actions' && instruction.kind !== 'write_actions') continue;
    for (const action of instruction.actions) {
      if (action.kind === 'meter') meters.add(String(action.meter));
      if (action.kind === 'group') groups.add(String(action.group));
    }
  }
}
