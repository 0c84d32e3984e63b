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

import type { Action, CtAction, CtNat, SetFieldAction } from './action.ts';
import { type Field, type FieldName, fieldOf } from './fields.ts';
import type { FlowEntry } from './flow.ts';
import type { Instruction } from './instruction.ts';
import type { FieldValue, Match, MatchField } from './match.ts';
import { port } from './ports.ts';

/** The bits of ofp_flow_mod_flags that stay with a flow. */
export const keptFlags = 1 | 8 | 16;
const allMetadata = 0xffff_ffff_ffff_ffffn;

/** Registers that a wide register is made of: the first is the most significant. */
const parts: Partial<Record<FieldName, readonly FieldName[]>> = {};
for (let i = 0; i < 16; i++) parts[`xreg${i}` as FieldName] = registers(2 * i, 2);
for (let i = 0; i < 8; i++) parts[`xxreg${i}` as FieldName] = registers(4 * i, 4);

function registers(first: number, count: number): readonly FieldName[] {
  return Array.from({ length: count }, (_, i) => `reg${first + i}` as FieldName);
}

/** The field as numbers of its own width, value under mask; undefined when it matches everything. */
function canonicalField(field: Field, value: FieldValue, mask: FieldValue | undefined): MatchField | undefined {
  if (field.bytes <= 4) {
    const ones = Number(field.allOnes);
    const bits = mask === undefined ? ones : (Number(mask) & ones) >>> 0;
    if (bits === 0) return undefined;
    if (bits === ones)
      return { field: field.name, value: mask === undefined ? Number(value) : (Number(value) & ones) >>> 0 };
    return { field: field.name, value: (Number(value) & bits) >>> 0, mask: bits };
  }
  const bits = mask === undefined ? field.allOnes : BigInt(mask) & field.allOnes;
  if (bits === 0n) return undefined;
  if (bits === field.allOnes) return { field: field.name, value: BigInt(value) & field.allOnes };
  return { field: field.name, value: BigInt(value) & bits, mask: bits };
}

/** A field in terms of the fields OVS keeps. */
function expand({ field: name, value, mask }: MatchField): readonly MatchField[] {
  const registers = parts[name];
  if (registers) {
    const whole = mask === undefined ? undefined : BigInt(mask);
    return registers.map((register, i) => {
      const shift = BigInt(32 * (registers.length - 1 - i));
      const part = Number((BigInt(value) >> shift) & 0xffffffffn);
      return whole === undefined
        ? { field: register, value: part }
        : { field: register, value: part, mask: Number((whole >> shift) & 0xffffffffn) };
    });
  }
  if (name === 'vlan_tci') return expandTci(Number(value), mask === undefined ? 0xffff : Number(mask));
  if (name === 'nw_tos') return [{ field: 'ip_dscp', value: Number(value) >> 2 }];
  if (name === 'packet_type' && Number(value) === 0 && mask === undefined) return [];
  return [mask === undefined ? { field: name, value } : { field: name, value, mask }];
}

/** What OVS over 1.5 can say of a TCI: the priority only next to a tag or a VID, and only whole. */
function expandTci(tci: number, mask: number): readonly MatchField[] {
  const vid: MatchField = { field: 'vlan_vid', value: tci & 0x1fff, mask: mask & 0x1fff };
  const withPriority = (tci & 0x1fff) !== 0 && mask >> 13 !== 0;
  return withPriority ? [vid, { field: 'vlan_pcp', value: tci >> 13 }] : [vid];
}

/** Two statements about one register are one statement. */
function merge(a: MatchField, b: MatchField): MatchField {
  const field = fieldOf(a.field);
  const value = BigInt(a.value) | BigInt(b.value);
  const mask = BigInt(a.mask ?? field.allOnes) | BigInt(b.mask ?? field.allOnes);
  return canonicalField(field, field.bytes <= 4 ? Number(value) : value, mask) ?? a;
}

/** The match as OVS means it: fields in the table's order, each once, no wide registers. */
export function canonicalMatch(match: Match): Match {
  const found: MatchField[] = [];
  let sorted = true;
  let order = -1;
  for (const entry of match) {
    for (const part of isPlain(entry.field) ? [entry] : expand(entry)) {
      const field = fieldOf(part.field);
      const one = field.variable ? part : canonicalField(field, part.value, part.mask);
      if (!one) continue;
      if (order >= field.order) sorted = false;
      order = field.order;
      found.push(one);
    }
  }
  if (sorted) return found;
  found.sort((a, b) => fieldOf(a.field).order - fieldOf(b.field).order);
  return found.reduce<MatchField[]>((merged, one) => {
    const last = merged.at(-1);
    if (last?.field === one.field) merged[merged.length - 1] = merge(last, one);
    else merged.push(one);
    return merged;
  }, []);
}

function isPlain(name: FieldName): boolean {
  return !(name in parts) && name !== 'vlan_tci' && name !== 'nw_tos' && name !== 'packet_type';
}

function canonicalNat(nat: CtNat): CtNat {
  const { direction, persistent, mode, address, port: ports } = nat;
  return {
    ...(direction && { direction }),
    ...(persistent && { persistent }),
    ...(mode && { mode }),
    ...(address && { address }),
    ...(ports && { port: ports.max === undefined ? { min: ports.min } : { min: ports.min, max: ports.max } }),
  };
}

function canonicalCt(action: CtAction): CtAction {
  const { commit, force, zone, table, nat, alg, exec } = action;
  return {
    kind: 'ct',
    ...(commit && { commit }),
    ...(force && { force }),
    ...(zone !== undefined && zone !== 0 && { zone }),
    ...(table !== undefined && table !== 255 && { table }),
    ...(nat && { nat: canonicalNat(nat) }),
    ...(alg && { alg }),
    ...(exec && exec.length > 0 && { exec: exec.map(canonicalAction) }),
  };
}

/** A whole field, by the header that its version prefers. */
function isPlainSet({ field, value, mask, header, bytes, form }: SetFieldAction): boolean {
  const isBare = mask === undefined && header === undefined && bytes === undefined && form === undefined;
  return isBare && typeof value === (fieldOf(field).bytes <= 4 ? 'number' : 'bigint');
}

/** The list with each of its items made canonical; itself when that changes none. */
function canonicalList(actions: readonly Action[]): readonly Action[] {
  let changed: Action[] | undefined;
  for (let i = 0; i < actions.length; i++) {
    const action = actions[i] as Action;
    const canonical = canonicalAction(action);
    if (canonical !== action) changed ??= actions.slice(0, i);
    changed?.push(canonical);
  }
  return changed ?? actions;
}

/** The action without what says nothing: default values, masks of all ones, value bits outside the mask. */
export function canonicalAction(action: Action): Action {
  switch (action.kind) {
    case 'set_field': {
      if (isPlainSet(action)) return action;
      const field = fieldOf(action.field);
      const set = canonicalField(field, action.value, action.mask);
      return set ? { kind: 'set_field', ...set } : action;
    }
    case 'output': {
      if (action.port === port.controller && action.maxLength === undefined) return { ...action, maxLength: 0xffff };
      if (action.port === port.controller || action.maxLength === undefined) return action;
      return { kind: 'output', port: action.port };
    }
    case 'controller': {
      const { maxLength, controllerId, reason, userdata, pause, meter } = action;
      return {
        kind: 'controller',
        maxLength,
        ...(controllerId && { controllerId }),
        ...(reason !== undefined && reason !== 1 && { reason }),
        ...(userdata && userdata.length > 0 && { userdata }),
        ...(pause && { pause }),
        ...(meter !== undefined && { meter }),
      };
    }
    case 'resubmit': {
      const { table, inPort, ct, form } = action;
      if (table !== 255 && inPort !== port.inPort && ct !== false && form === undefined) return action;
      return {
        kind: 'resubmit',
        ...(table !== undefined && table !== 255 && { table }),
        ...(inPort !== undefined && inPort !== port.inPort && { inPort }),
        ...(ct && { ct }),
      };
    }
    case 'ct':
      return canonicalCt(action);
    default:
      return action;
  }
}

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

function canonicalActions(
  instruction: Extract<Instruction, { readonly kind: 'apply_actions' | 'write_actions' }>,
): readonly Instruction[] {
  const actions = canonicalList(instruction.actions);
  return [actions === instruction.actions ? instruction : { kind: instruction.kind, actions }];
}

function canonicalInstruction(instruction: Instruction): readonly Instruction[] {
  switch (instruction.kind) {
    case 'apply_actions':
    case 'write_actions':
      if (instruction.actions.length === 0) return [];
      return canonicalActions(instruction);
    case 'write_metadata': {
      const mask = instruction.mask ?? allMetadata;
      const value = instruction.value;
      return [mask === allMetadata ? { kind: 'write_metadata', value } : { kind: 'write_metadata', value, mask }];
    }
    default:
      return [instruction];
  }
}

export function canonicalInstructions(instructions: readonly Instruction[]): readonly Instruction[] {
  const [first, second] = instructions;
  // Most flows have one instruction: nothing to bring in order.
  if (first && !second) return canonicalInstruction(first);
  return instructions.flatMap(canonicalInstruction).sort((a, b) => instructionOrder[a.kind] - instructionOrder[b.kind]);
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
