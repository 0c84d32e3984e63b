// Flows in one form, so that what was sent and what a dump gives back can be compared.
//
// What OVS changes on the way through its tables (seen on 3.1.0 over OpenFlow 1.5):
// - registers in a match come back in pairs, as xreg0 to xreg15 with a mask (lib/nx-match.c);
// - value bits outside the mask come back as 0; a mask of all ones is dropped, one of all zeros drops the field;
// - an exact ct_state comes back with the mask 0xff; vlan_tci comes back as vlan_vid and vlan_pcp, nw_tos as ip_dscp;
// - a match on no Ethernet field gets packet_type=0 in front;
// - the order of fields and of instructions is its own; instructions with no actions are gone;
// - of the flags, send_flow_rem, no_pkt_counts and no_byt_counts stay (check_overlap and reset_counts act once).
// Actions come back as they were sent.

import { canonicalActions } from '../actions/list/canonical.ts';
import { canonicalMatch } from './canonical-match.ts';
import type { FlowEntry } from './flow.ts';
import type { Instruction } from './instruction.ts';

/** The bits of ofp_flow_mod_flags that stay with a flow. */
export const keptFlags = 1 | 8 | 16;
const allMetadata = 0xffff_ffff_ffff_ffffn;

/** OVS writes instructions in this order, whatever the order they came in (OpenFlow 1.5.1 section 5.9). */
const instructionOrder: Readonly<Record<Instruction['kind'], number>> = {
  meter: 0,
  apply_actions: 1,
  clear_actions: 2,
  write_actions: 3,
  write_metadata: 4,
  stat_trigger: 5,
  goto_table: 6,
  unknown_instruction: 7,
};

function canonicalApplied(
  instruction: Extract<Instruction, { readonly kind: 'apply_actions' | 'write_actions' }>,
): Instruction {
  const actions = canonicalActions(instruction.actions);
  return actions === instruction.actions ? instruction : { kind: instruction.kind, actions };
}

/** Undefined: it says nothing. */
function canonicalInstruction(instruction: Instruction): Instruction | undefined {
  switch (instruction.kind) {
    case 'apply_actions':
    case 'write_actions':
      if (instruction.actions.length === 0) return undefined;
      return canonicalApplied(instruction);
    case 'write_metadata': {
      const mask = instruction.mask ?? allMetadata;
      const value = instruction.value;
      return mask === allMetadata ? { kind: 'write_metadata', value } : { kind: 'write_metadata', value, mask };
    }
    default:
      return instruction;
  }
}

export function canonicalInstructions(instructions: readonly Instruction[]): readonly Instruction[] {
  const found: Instruction[] = [];
  let isSorted = true;
  let order = -1;
  for (const each of instructions) {
    const instruction = canonicalInstruction(each);
    if (!instruction) continue;
    found.push(instruction);
    const place = instructionOrder[instruction.kind];
    if (place < order) isSorted = false;
    order = place;
  }
  return isSorted ? found : found.sort((a, b) => instructionOrder[a.kind] - instructionOrder[b.kind]);
}

/**
 * The flow in the form both a wanted and a dumped flow come to. Counters are dropped; so is what says nothing.
 * A match on a TCI with part of the priority bits loses the partial mask, as it does in OVS.
 */
export function canonicalFlow(flow: FlowEntry): FlowEntry {
  const flags = (flow.flags ?? 0) & keptFlags;
  return {
    table: flow.table,
    priority: flow.priority,
    cookie: flow.cookie,
    match: canonicalMatch(flow.match),
    ...(flow.unknownMatch && { unknownMatch: flow.unknownMatch }),
    instructions: canonicalInstructions(flow.instructions),
    ...(flow.idleTimeout && { idleTimeout: flow.idleTimeout }),
    ...(flow.hardTimeout && { hardTimeout: flow.hardTimeout }),
    ...(flags !== 0 && { flags }),
  };
}

/**
 * What makes a flow that flow and no other: table, priority and match (OpenFlow 1.5.1 section 5.2). Two flows with one
 * key replace each other.
 */
export function flowKey(flow: FlowEntry): string {
  let key = `${flow.table}/${flow.priority}`;
  for (const { field, value, mask } of canonicalMatch(flow.match)) {
    key += `,${field}=${value.toString(16)}`;
    if (mask !== undefined) key += `/${mask.toString(16)}`;
  }
  for (const { bytes } of flow.unknownMatch ?? []) key += `,${Buffer.from(bytes).toString('hex')}`;
  return key;
}
