// Actions and instructions as `ovs-ofctl dump-flows` writes them over OpenFlow 1.5 (OVS lib/ofp-actions.c).

import { actionBits } from '../codec/oxm.ts';
import type { Action, CtAction, CtNat } from '../flow/action.ts';
import { fieldOf } from '../flow/fields.ts';
import type { Instruction } from '../flow/instruction.ts';
import type { Subfield } from '../flow/match.ts';
import { port } from '../flow/ports.ts';
import { formatFieldValue, hex, hexPadded, ipText } from './format-value.ts';
import { type FormatOptions, formatPort, formatTable } from './names.ts';

const reasons = ['no_match', 'action', 'invalid_ttl', 'action_set', 'group', 'packet_out'];
const algs: Readonly<Record<number, string>> = { 21: 'ftp', 69: 'tftp' };

/** `NXM_NX_REG0[0..15]`, `NXM_NX_REG0[3]`, `NXM_NX_REG0[]`. */
function formatSubfield({ field: name, offset, bits }: Subfield): string {
  const field = fieldOf(name);
  if (offset === 0 && bits === actionBits(field)) return `${field.oxmName}[]`;
  return bits === 1 ? `${field.oxmName}[${offset}]` : `${field.oxmName}[${offset}..${offset + bits - 1}]`;
}

function formatOutput(action: Action & { kind: 'output' }, options: FormatOptions): string {
  if (action.port === port.controller) return `CONTROLLER:${action.maxLength ?? 0xffff}`;
  const text = formatPort(action.port, options);
  return action.port < 0xff00 ? `output:${text}` : text;
}

function formatController(action: Action & { kind: 'controller' }): string {
  const { maxLength, controllerId = 0, reason = 1, userdata, pause, meter } = action;
  const parts = [
    ...(reason === 1 ? [] : [`reason=${reasons[reason] ?? reason}`]),
    ...(maxLength === 0xffff ? [] : [`max_len=${maxLength}`]),
    ...(controllerId === 0 ? [] : [`id=${controllerId}`]),
    ...(userdata?.length
      ? [
          `userdata=${Buffer.from(userdata)
            .toString('hex')
            .replace(/..(?=.)/g, '$&.')}`,
        ]
      : []),
    ...(pause ? ['pause'] : []),
    ...(meter === undefined ? [] : [`meter_id=${meter}`]),
  ];
  const onlyLength = parts.every(part => part.startsWith('max_len='));
  return onlyLength ? `CONTROLLER:${maxLength}` : `controller(${parts.join(',')})`;
}

function formatResubmit(action: Action & { kind: 'resubmit' }, options: FormatOptions): string {
  const { table, inPort, ct } = action;
  const inText = inPort === undefined || inPort === port.inPort ? '' : formatPort(inPort, options);
  if (inText && table === undefined) return `resubmit:${inText}`;
  return `resubmit(${inText},${table === undefined ? '' : formatTable(table, options)}${ct ? ',ct' : ''})`;
}

function formatNat({ direction, address, port: ports, persistent, mode }: CtNat): string {
  if (!direction) return 'nat';
  if (!address) return `nat(${direction})`;
  const brackets = address.family === 6 && ports !== undefined;
  const text = (value: number | bigint) => {
    const ip = ipText(address.family, value);
    return brackets ? `[${ip}]` : ip;
  };
  const addresses =
    address.max === undefined || address.max === address.min
      ? text(address.min)
      : `${text(address.min)}-${text(address.max)}`;
  const range = ports && (ports.max === undefined || ports.max === ports.min ? ports.min : `${ports.min}-${ports.max}`);
  const parts = [
    `${direction}=${addresses}${range === undefined ? '' : `:${range}`}`,
    ...(persistent ? ['persistent'] : []),
    ...(mode ? [mode] : []),
  ];
  return `nat(${parts.join(',')})`;
}

function formatCt(action: CtAction, options: FormatOptions): string {
  const { commit, force, table, zone, nat, exec, alg } = action;
  const parts = [
    ...(commit ? ['commit'] : []),
    ...(force ? ['force'] : []),
    ...(table === undefined ? [] : [`table=${formatTable(table, options)}`]),
    ...(zone ? [`zone=${typeof zone === 'number' ? zone : formatSubfield(zone)}`] : []),
    ...(nat ? [formatNat(nat)] : []),
    ...(exec?.length ? [`exec(${exec.map(inner => formatAction(inner, options)).join(',')})`] : []),
    ...(alg ? [`alg=${algs[alg] ?? alg}`] : []),
  ];
  return `ct(${parts.join(',')})`;
}

export function formatAction(action: Action, options: FormatOptions = {}): string {
  switch (action.kind) {
    case 'output':
      return formatOutput(action, options);
    case 'group':
      return `group:${action.group}`;
    case 'controller':
      return formatController(action);
    case 'push_vlan':
      return `push_vlan:${hexPadded(action.etherType, 4)}`;
    case 'set_field': {
      const field = fieldOf(action.field);
      return `set_field:${formatFieldValue(field, action.value, action.mask, options)}->${field.setName ?? field.name}`;
    }
    case 'move':
      return `move:${formatSubfield(action.from)}->${formatSubfield(action.to)}`;
    case 'meter':
      return `meter:${action.meter}`;
    case 'resubmit':
      return formatResubmit(action, options);
    case 'ct':
      return formatCt(action, options);
    case 'pop_vlan':
    case 'dec_ttl':
    case 'ct_clear':
      return action.kind;
    case 'unknown_action':
      return `unknown(${Buffer.from(action.bytes).toString('hex')})`;
  }
}

/** A list of actions; `drop` when it is empty. */
export function formatActions(actions: readonly Action[], options: FormatOptions = {}): string {
  return actions.length === 0 ? 'drop' : actions.map(action => formatAction(action, options)).join(',');
}

function formatInstruction(instruction: Instruction, options: FormatOptions): readonly string[] {
  switch (instruction.kind) {
    case 'apply_actions':
      return instruction.actions.map(action => formatAction(action, options));
    case 'write_actions':
      return [`write_actions(${formatActions(instruction.actions, options)})`];
    case 'clear_actions':
      return ['clear_actions'];
    case 'write_metadata': {
      const mask = instruction.mask === undefined ? '' : `/${hex(instruction.mask)}`;
      return [`write_metadata:${hex(instruction.value)}${mask}`];
    }
    case 'goto_table':
      return [`goto_table:${formatTable(instruction.table, options)}`];
    case 'unknown_instruction':
      return [`unknown(${Buffer.from(instruction.bytes).toString('hex')})`];
  }
}

/** What stands behind `actions=`: the instructions one after the other. */
export function formatInstructions(instructions: readonly Instruction[], options: FormatOptions = {}): string {
  const parts = instructions.flatMap(instruction => formatInstruction(instruction, options));
  return parts.length === 0 ? 'drop' : parts.join(',');
}
