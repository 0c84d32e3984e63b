// Actions and instructions as `ovs-ofctl dump-flows` writes them (OVS lib/ofp-actions.c).

import type { Action, EncapProperty, HashFields, LegacyField } from '../flow/action.ts';
import { fieldOf } from '../flow/fields.ts';
import type { Instruction } from '../flow/instruction.ts';
import type { Subfield } from '../flow/match.ts';
import { port } from '../flow/ports.ts';
import { formatCt, formatNat } from './format-ct.ts';
import { formatLearn } from './format-learn.ts';
import { formatSubfield } from './format-subfield.ts';
import { formatFieldValue, hex, hexPadded, ipText, macText } from './format-value.ts';
import { type FormatOptions, formatPort, formatTable } from './names.ts';

type ActionOf<K extends Action['kind']> = Extract<Action, { readonly kind: K }>;

const reasons = ['no_match', 'action', 'invalid_ttl', 'action_set', 'group', 'packet_out'];

/** Bytes as `01.2a.ff`. */
function dottedHex(bytes: Uint8Array): string {
  return Buffer.from(bytes)
    .toString('hex')
    .replace(/..(?=.)/g, '$&.');
}

function formatOutput(action: ActionOf<'output'>, options: FormatOptions): string {
  if (action.port === port.controller) return `CONTROLLER:${action.maxLength ?? 0xffff}`;
  const text = formatPort(action.port, options);
  return action.port < 0xff00 ? `output:${text}` : text;
}

function formatController(action: ActionOf<'controller'>): string {
  const { maxLength, controllerId = 0, reason = 1, userdata, pause, meter } = action;
  const parts = [
    ...(reason === 1 ? [] : [`reason=${reasons[reason] ?? reason}`]),
    ...(maxLength === 0xffff ? [] : [`max_len=${maxLength}`]),
    ...(controllerId === 0 ? [] : [`id=${controllerId}`]),
    ...(userdata?.length ? [`userdata=${dottedHex(userdata)}`] : []),
    ...(pause ? ['pause'] : []),
    ...(meter === undefined ? [] : [`meter_id=${meter}`]),
  ];
  const onlyLength = parts.every(part => part.startsWith('max_len='));
  return onlyLength ? `CONTROLLER:${maxLength}` : `controller(${parts.join(',')})`;
}

function formatResubmit(action: ActionOf<'resubmit'>, options: FormatOptions): string {
  const { table, inPort, ct } = action;
  const inText = inPort === undefined || inPort === port.inPort ? '' : formatPort(inPort, options);
  if (inText && table === undefined) return `resubmit:${inText}`;
  return `resubmit(${inText},${table === undefined ? '' : formatTable(table, options)}${ct ? ',ct' : ''})`;
}

const legacyNames: Readonly<Record<LegacyField, string>> = {
  vlan_vid: 'set_vlan_vid:',
  vlan_pcp: 'set_vlan_pcp:',
  dl_src: 'mod_dl_src:',
  dl_dst: 'mod_dl_dst:',
  nw_src: 'mod_nw_src:',
  nw_dst: 'mod_nw_dst:',
  nw_tos: 'mod_nw_tos:',
  nw_ecn: 'mod_nw_ecn:',
  tp_src: 'mod_tp_src:',
  tp_dst: 'mod_tp_dst:',
  mpls_label: 'set_mpls_label(',
  mpls_tc: 'set_mpls_tc(',
};

function formatLegacy({ field, value }: ActionOf<'set_legacy'>): string {
  const name = legacyNames[field];
  if (field === 'dl_src' || field === 'dl_dst') return name + macText(value);
  if (field === 'nw_src' || field === 'nw_dst') return name + ipText(4, value);
  return `${name}${value}${name.endsWith('(') ? ')' : ''}`;
}

function hashText(fields: HashFields): string {
  return typeof fields === 'number' ? '<unknown>' : fields;
}

function formatBundle(action: ActionOf<'bundle'>, options: FormatOptions): string {
  const algorithm = typeof action.algorithm === 'number' ? '<unknown>' : action.algorithm;
  const to = action.to ? `${formatSubfield(action.to)},` : '';
  const members = action.members.map(member => formatPort(member, options)).join(',');
  const name = action.to ? 'bundle_load' : 'bundle';
  return `${name}(${hashText(action.fields)},${action.basis},${algorithm},ofport,${to}members:${members})`;
}

function formatMultipath({ fields, basis, algorithm, links, argument, to }: ActionOf<'multipath'>): string {
  const name = typeof algorithm === 'number' ? '<unknown>' : algorithm;
  return `multipath(${hashText(fields)},${basis},${name},${links},${argument},${formatSubfield(to)})`;
}

function idText(id: number | Subfield): string {
  return typeof id === 'number' ? String(id) : formatSubfield(id);
}

function formatSample(action: ActionOf<'sample'>, options: FormatOptions): string {
  const { samplingPort, direction } = action;
  const parts = [
    `probability=${action.probability}`,
    `collector_set_id=${action.collectorSet}`,
    `obs_domain_id=${idText(action.observationDomain)}`,
    `obs_point_id=${idText(action.observationPoint)}`,
    ...(samplingPort === undefined ? [] : [`sampling_port=${formatPort(samplingPort, options)}`]),
    ...(typeof direction === 'string' ? [direction] : []),
  ];
  return `sample(${parts.join(',')})`;
}

const encapTypes: Readonly<Record<number, string>> = {
  0: 'ethernet',
  100687: 'nsh',
  100423: 'mpls',
  100424: 'mpls_mc',
};

function formatEncapProperty(property: EncapProperty): string {
  switch (property.kind) {
    case 'nsh_md_type':
      return `md_type=${property.mdType}`;
    case 'nsh_tlv': {
      const value = hex(BigInt(`0x${Buffer.from(property.value).toString('hex') || '0'}`));
      return `tlv(${hexPadded(property.tlvClass, 4)},${property.type},${value})`;
    }
    case 'unknown_property':
      return `unknown(${Buffer.from(property.bytes).toString('hex')})`;
  }
}

function formatEncap({ packetType, properties }: ActionOf<'encap'>): string {
  const inner = properties ? `(${properties.map(formatEncapProperty).join(',')})` : '';
  return `encap(${encapTypes[packetType] ?? 'UNKNOWN'}${inner})`;
}

const nextProtocol = 0xfffe;

function formatDecap(packetType: number): string {
  if (packetType === nextProtocol) return 'decap()';
  return `decap(packet_type(ns=${packetType >>> 16},type=${hex(packetType & 0xffff)}))`;
}

function formatMetadata(value: bigint, mask: bigint | undefined): string {
  const all = mask === undefined || mask === 0xffff_ffff_ffff_ffffn;
  return `write_metadata:${hex(value)}${all ? '' : `/${hex(mask)}`}`;
}

/** One action, as ovs-ofctl prints it. */
export function formatAction(action: Action, options: FormatOptions = {}): string {
  switch (action.kind) {
    case 'output':
      return formatOutput(action, options);
    case 'output_reg':
      return `output:${formatSubfield(action.from)}`;
    case 'output_trunc':
      return `output(port=${formatPort(action.port, options)},max_len=${action.maxLength})`;
    case 'group':
      return `group:${action.group}`;
    case 'controller':
      return formatController(action);
    case 'enqueue':
      return `enqueue:${formatPort(action.port, options)}:${action.queue}`;
    case 'set_queue':
      return `set_queue:${action.queue}`;
    case 'push_vlan':
    case 'push_mpls':
    case 'pop_mpls':
    case 'push_pbb':
      return `${action.kind}:${hexPadded(action.etherType, 4)}`;
    case 'set_field': {
      const field = fieldOf(action.field);
      return `set_field:${formatFieldValue(field, action.value, action.mask, options)}->${field.setName ?? field.name}`;
    }
    case 'load':
      return `load:${hex(action.value)}->${formatSubfield(action.to)}`;
    case 'move':
      return `move:${formatSubfield(action.from)}->${formatSubfield(action.to)}`;
    case 'push':
    case 'pop':
      return `${action.kind}:${formatSubfield(action.subfield)}`;
    case 'dec_ttl':
      return action.controllerIds ? `dec_ttl(${action.controllerIds.join(',')})` : 'dec_ttl';
    case 'set_ttl':
      return `mod_nw_ttl:${action.ttl}`;
    case 'set_mpls_ttl':
      return `set_mpls_ttl(${action.ttl})`;
    case 'set_legacy':
      return formatLegacy(action);
    case 'set_tunnel':
      return `set_tunnel${action.wide || action.tunnel > 0xffffffffn ? '64' : ''}:${hex(action.tunnel)}`;
    case 'delete_field':
      return `delete_field:${action.field}`;
    case 'meter':
      return `meter:${action.meter}`;
    case 'resubmit':
      return formatResubmit(action, options);
    case 'learn':
      return formatLearn(action, options);
    case 'conjunction':
      return `conjunction(${action.id},${action.clause + 1}/${action.clauses})`;
    case 'multipath':
      return formatMultipath(action);
    case 'bundle':
      return formatBundle(action, options);
    case 'fin_timeout': {
      const idle = action.idleTimeout ? [`idle_timeout=${action.idleTimeout}`] : [];
      const hard = action.hardTimeout ? [`hard_timeout=${action.hardTimeout}`] : [];
      return `fin_timeout(${[...idle, ...hard].join(',')})`;
    }
    case 'note':
      return `note:${dottedHex(action.note)}`;
    case 'nx_write_metadata':
      return formatMetadata(action.value, action.mask);
    case 'sample':
      return formatSample(action, options);
    case 'ct':
      return formatCt(action, options, formatActionList);
    case 'nat':
      return formatNat(action.nat);
    case 'clone':
      return `clone(${formatActions(action.actions, options)})`;
    case 'encap':
      return formatEncap(action);
    case 'decap':
      return formatDecap(action.packetType);
    case 'check_pkt_larger':
      return `check_pkt_larger(${action.length})->${formatSubfield({ ...action.to, bits: 1 })}`;
    case 'pop_vlan':
    case 'pop_pbb':
    case 'pop_queue':
    case 'dec_mpls_ttl':
    case 'dec_nsh_ttl':
    case 'copy_ttl_out':
    case 'copy_ttl_in':
    case 'exit':
    case 'ct_clear':
    case 'debug_recirc':
    case 'debug_slow':
      return action.kind;
    case 'unknown_action':
      return `unknown(${Buffer.from(action.bytes).toString('hex')})`;
  }
}

function formatActionList(actions: readonly Action[], options: FormatOptions): string {
  let text = '';
  for (const action of actions)
    text += text === '' ? formatAction(action, options) : `,${formatAction(action, options)}`;
  return text;
}

/** A list of actions; `drop` when it is empty (ovs-actions(7)). */
export function formatActions(actions: readonly Action[], options: FormatOptions = {}): string {
  return actions.length === 0 ? 'drop' : formatActionList(actions, options);
}

function formatInstruction(instruction: Instruction, options: FormatOptions): string {
  switch (instruction.kind) {
    case 'apply_actions':
      return formatActionList(instruction.actions, options);
    case 'write_actions':
      return `write_actions(${formatActions(instruction.actions, options)})`;
    case 'clear_actions':
      return 'clear_actions';
    case 'write_metadata':
      return formatMetadata(instruction.value, instruction.mask);
    case 'goto_table':
      return `goto_table:${formatTable(instruction.table, options)}`;
    case 'meter':
      return `meter:${instruction.meter}`;
    case 'stat_trigger':
      return `stat_trigger(flags=${instruction.flags},thresholds=${Buffer.from(instruction.thresholds).toString('hex')})`;
    case 'unknown_instruction':
      return `unknown(${Buffer.from(instruction.bytes).toString('hex')})`;
  }
}

/** What stands behind `actions=`: the instructions one after the other. */
export function formatInstructions(instructions: readonly Instruction[], options: FormatOptions = {}): string {
  let text = '';
  for (const instruction of instructions) {
    const one = formatInstruction(instruction, options);
    if (one !== '') text += text === '' ? one : `,${one}`;
  }
  return text === '' ? 'drop' : text;
}
