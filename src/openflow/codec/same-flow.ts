// Whether two flows are one, or say the same (see flow/canonical.ts for what OVS changes).

import { canonicalInstructions, flowKey, keptFlags } from '../flow/canonical.ts';
import type { FlowEntry } from '../flow/flow.ts';
import type { Instruction } from '../flow/instruction.ts';
import { Writer } from '../wire/writer.ts';
import { encodeInstructions } from './instructions.ts';

/** The canonical instructions as bytes: equal when, and only when, they do the same in the same words. */
function instructionBytes(instructions: readonly Instruction[]): Uint8Array {
  const writer = new Writer(256);
  encodeInstructions(writer, canonicalInstructions(instructions));
  return writer.finish();
}

/** Whether two flows of one key also have the same cookie, timeouts, flags and instructions. */
export function sameContent(a: FlowEntry, b: FlowEntry): boolean {
  return (
    a.cookie === b.cookie &&
    (a.idleTimeout ?? 0) === (b.idleTimeout ?? 0) &&
    (a.hardTimeout ?? 0) === (b.hardTimeout ?? 0) &&
    ((a.flags ?? 0) & keptFlags) === ((b.flags ?? 0) & keptFlags) &&
    Buffer.compare(instructionBytes(a.instructions), instructionBytes(b.instructions)) === 0
  );
}

/** Whether `b` needs no change to be `a`: key and content are the same. */
export function sameFlow(a: FlowEntry, b: FlowEntry): boolean {
  return sameContent(a, b) && flowKey(a) === flowKey(b);
}
