// Actions and instructions as `ovs-ofctl add-flow` takes them (OVS lib/ofp-actions.c, ofpacts_parse()).

import { hasShortHeader } from '../../codec/oxm.ts';
import type { Action, SetFieldAction } from '../../flow/action.ts';
import { type FieldName, fieldByText, fieldOf } from '../../flow/fields.ts';
import type { Instruction } from '../../flow/instruction.ts';
import type { FieldValue, Subfield } from '../../flow/match.ts';
import { port } from '../../flow/ports.ts';
import { openflow15, type VersionName, versions } from '../../wire/version.ts';
import { checkAction } from './check-prerequisites.ts';
import { type ActionContext, inside, type Outer } from './context.ts';
import { cut, named, type Pair, type Piece, pairs, piece, split, splitOnce, trim, unexpected } from './cursor.ts';
import { isIp } from './packet.ts';
import { parseBundle, parseMultipath } from './parse-balance.ts';
import { parseCt, parseNat } from './parse-ct.ts';
import { parseDecap, parseEncap } from './parse-encap.ts';
import { parseLearn } from './parse-learn.ts';
import {
  type NameOptions,
  numberText,
  parseDecimal,
  parseFieldNumber,
  parseInteger,
  parsePort,
  parseTable,
  parseUnsigned,
  parseWithin,
  portOf,
} from './parse-number.ts';
import { parseField, parseSubfield, splitArrow, subfieldOf } from './parse-subfield.ts';
import { checkValue, ipv4Of, macOf, parseFieldValue } from './parse-value.ts';

type Parser = (value: Piece, context: ActionContext) => Action | readonly Action[];

const wholePacket = 0xffff;

function setField(field: FieldName, value: FieldValue): SetFieldAction {
  return { kind: 'set_field', field, value };
}

function hexBytes(text: Piece): Uint8Array {
  const digits = text.text.replace(/[\s.]/g, '');
  if (!/^([0-9a-fA-F]{2})*$/.test(digits)) throw unexpected(text, 'bytes in hexadecimal');
  return Uint8Array.from(Buffer.from(digits, 'hex'));
}

/** `output:1`, `output:NXM_NX_REG0[]` or `output(port=1,max_len=100)`. */
const parseOutput: Parser = (value, context) => {
  if (value.text.includes('port') && value.text.includes('max_len')) {
    const settings = new Map(pairs(value).map(pair => [pair.key.text, pair]));
    const portPair = settings.get('port');
    const lengthPair = settings.get('max_len');
    if (!portPair || !lengthPair || settings.size > 2) throw unexpected(value, 'port=N,max_len=N');
    const number = parsePort(portPair.value, context);
    if (number >= 0xffffff00 && number !== port.local && number !== port.inPort) {
      throw unexpected(portPair.value, 'a port that can be cut: 0 to 65279, LOCAL or IN_PORT');
    }
    return {
      kind: 'output_trunc',
      port: number,
      maxLength: parseWithin(lengthPair.value, 14, 0xffffffff, 'bytes'),
    };
  }
  const number = portOf(value.text, context);
  if (number !== undefined) {
    return number === port.controller
      ? { kind: 'output', port: number, maxLength: wholePacket }
      : { kind: 'output', port: number };
  }
  const from = subfieldOf(value);
  if (!from) throw unexpected(value, 'a port, or a field that holds one');
  return { kind: 'output_reg', from };
};

const reasons = ['no_match', 'action', 'invalid_ttl', 'action_set', 'group', 'packet_out'];

const parseController: Parser = value => {
  if (/^\d*$/.test(value.text)) {
    const maxLength = value.text === '' ? wholePacket : parseInteger(value, 16, 'bytes');
    return { kind: 'output', port: port.controller, maxLength };
  }
  let action: Extract<Action, { kind: 'controller' }> = { kind: 'controller', maxLength: wholePacket };
  for (const { key, value: setting } of pairs(value)) {
    switch (key.text) {
      case 'reason': {
        const reason = reasons.indexOf(setting.text.toLowerCase());
        if (reason === -1) throw unexpected(setting, `one of ${reasons.join(', ')}`);
        action = { ...action, reason };
        break;
      }
      case 'max_len':
        action = { ...action, maxLength: parseInteger(setting, 16, 'bytes') };
        break;
      case 'id':
        action = { ...action, controllerId: parseInteger(setting, 16) };
        break;
      case 'userdata':
        action = { ...action, userdata: hexBytes(setting) };
        break;
      case 'pause':
        action = { ...action, pause: true };
        break;
      case 'meter_id':
        action = { ...action, meter: parseInteger(setting, 32) };
        break;
      default:
        throw unexpected(key, 'reason, max_len, id, userdata, pause or meter_id');
    }
  }
  const { maxLength, reason = 1, controllerId = 0, userdata, pause, meter } = action;
  const isPlain = reason === 1 && controllerId === 0 && !userdata && !pause && meter === undefined;
  return isPlain ? { kind: 'output', port: port.controller, maxLength } : action;
};

const parseEnqueue: Parser = (value, context) => {
  const found = /^([^:q,]+)[:q,](.*)$/.exec(value.text);
  if (!found?.[1]) throw unexpected(value, 'PORT:QUEUE');
  const at = found[1].length;
  const queue = trim(cut(value, at + 1));
  return { kind: 'enqueue', port: parsePort(cut(value, 0, at), context), queue: parseInteger(queue, 32, 'a queue') };
};

const parseResubmit: Parser = (value, context) => {
  const [inPort, table, ct, more] = split(value, ',');
  if (more || (ct && ct.text !== 'ct' && ct.text !== '')) throw unexpected(more ?? ct ?? value, 'ct, or nothing more');
  if (!inPort?.text && !table?.text) throw unexpected(value, 'a port, a table, or both');
  const from = inPort?.text ? parsePort(inPort, context) : port.inPort;
  const number = table?.text ? parseTable(table, context) : 255;
  return {
    kind: 'resubmit',
    ...(number !== 255 && { table: number }),
    ...(from !== port.inPort && { inPort: from }),
    ...(ct?.text === 'ct' && { ct: true }),
  };
};

const vlanEtherType = 0x8100;

/** What sets a part of the VLAN tag: before 1.1 it pushed one where there was none, and mod_vlan_* still does. */
function vlanPart(field: 'vlan_vid' | 'vlan_pcp', max: number, present: number, pushes: boolean): Parser {
  return (value, context) => {
    const set = setField(field, parseWithin(value, 0, max, `a ${field}`) | present);
    return !pushes || context.packet?.tag ? set : [{ kind: 'push_vlan', etherType: vlanEtherType }, set];
  };
}

const l4Protocols: Readonly<Record<number, 'tcp' | 'udp' | 'sctp'>> = { 6: 'tcp', 17: 'udp', 132: 'sctp' };

function l4Port(side: 'src' | 'dst'): Parser {
  return (value, context) => {
    const number = parseInteger(value, 16, 'a port');
    const { packet } = context;
    const protocol = packet && isIp(packet) && !packet.laterFragment ? l4Protocols[packet.protocol] : undefined;
    return protocol
      ? setField(`${protocol}_${side}`, number)
      : { kind: 'set_legacy', field: `tp_${side}`, value: number };
  };
}

const parseSetField: Parser = (text, context) => {
  const [value, target] = splitArrow(text);
  const field = fieldByText(target.text);
  if (!field) throw unexpected(target, 'the name of a field');
  if (!field.writable) throw unexpected(target, 'a field that may be set');
  const parsed = parseFieldValue(value, field, context);
  checkValue(field, parsed.value, value);
  return { kind: 'set_field', field: field.name, ...parsed };
};

const parseLoad: Parser = text => {
  const [source, target] = splitArrow(text);
  const to = parseSubfield(target);
  const value = parseFieldNumber(source, fieldOf(to.field).bytes, 'a value');
  if (value >> BigInt(to.bits) !== 0n) throw unexpected(source, `a value of ${to.bits} bits`);
  return { kind: 'load', to, value };
};

const parseMove: Parser = text => {
  const [source, target] = splitArrow(text);
  const from = parseSubfield(source);
  const to = parseSubfield(target);
  if (from.bits !== to.bits) throw unexpected(target, `${from.bits} bits, as many as the source has`);
  return { kind: 'move', from, to };
};

const parseDecTtl: Parser = value => {
  if (value.text === '') return { kind: 'dec_ttl' };
  const controllerIds = pairs(value).map(({ key }) => parseDecimal(key, 0xffff, 'the id of a controller'));
  if (controllerIds.length === 0) throw unexpected(value, 'the ids of controllers');
  return { kind: 'dec_ttl', controllerIds };
};

const parseConjunction: Parser = value => {
  const found = /^\s*([+\dxa-fA-F]+)\s*,\s*(\d+)\s*\/\s*(\d+)\s*$/.exec(value.text);
  const [id, clause, clauses] = [numberText(found?.[1] ?? ''), Number(found?.[2]), Number(found?.[3])];
  if (id === undefined || id > 0xffffffffn || clauses < 2 || clauses > 64 || clause < 1 || clause > clauses) {
    throw unexpected(value, 'ID,K/N with 2 to 64 clauses and K from 1 to N');
  }
  return { kind: 'conjunction', id: Number(id), clause: clause - 1, clauses };
};

const parseFinTimeout: Parser = value => {
  let idleTimeout = 0;
  let hardTimeout = 0;
  for (const { key, value: seconds } of pairs(value)) {
    if (key.text === 'idle_timeout') idleTimeout = parseInteger(seconds, 16, 'seconds');
    else if (key.text === 'hard_timeout') hardTimeout = parseInteger(seconds, 16, 'seconds');
    else throw unexpected(key, 'idle_timeout or hard_timeout');
  }
  return { kind: 'fin_timeout', idleTimeout, hardTimeout };
};

function parseObservation(text: Piece): number | Subfield {
  const subfield = subfieldOf(text);
  if (!subfield) return parseInteger(text, 32, 'bits of a field, or a number');
  if (subfield.bits > 32 || !hasShortHeader(subfield.field)) throw unexpected(text, 'at most 32 bits of another field');
  return subfield;
}

const parseSample: Parser = (text, context) => {
  let action: Extract<Action, { kind: 'sample' }> = {
    kind: 'sample',
    probability: 0,
    collectorSet: 0,
    observationDomain: 0,
    observationPoint: 0,
  };
  for (const { key, value } of pairs(text)) {
    switch (key.text) {
      case 'probability':
        action = { ...action, probability: parseWithin(value, 1, 65535, 'a probability') };
        break;
      case 'collector_set_id':
        action = { ...action, collectorSet: parseInteger(value, 32) };
        break;
      case 'obs_domain_id':
        action = { ...action, observationDomain: parseObservation(value) };
        break;
      case 'obs_point_id':
        action = { ...action, observationPoint: parseObservation(value) };
        break;
      case 'sampling_port':
        action = { ...action, samplingPort: parsePort(value, context) };
        break;
      case 'ingress':
      case 'egress':
        action = { ...action, direction: key.text };
        break;
      default:
        throw unexpected(
          key,
          'probability, collector_set_id, obs_domain_id, obs_point_id, sampling_port, ingress or egress',
        );
    }
  }
  if (action.probability === 0) throw unexpected(text, 'a probability');
  return action;
};

/** `check_pkt_larger(1500)->NXM_NX_REG0[0]`: the value ends with the parenthesis of the length. */
const parseCheckPktLarger: Parser = text => {
  const [length, target] = splitArrow(text);
  const { bits, ...to } = parseSubfield(target);
  if (bits !== 1) throw unexpected(target, 'one bit of a field');
  const number = cut(length, 0, length.text.length - (length.text.endsWith(')') ? 1 : 0));
  return { kind: 'check_pkt_larger', length: parseInteger(number, 16, 'bytes'), to };
};

function etherType(kind: 'push_mpls' | 'pop_mpls' | 'push_pbb'): Parser {
  return value => ({ kind, etherType: parseInteger(value, 16, 'an Ethertype') }) as Action;
}

function addressField(field: 'ip_src' | 'ip_dst'): Parser {
  return value => setField(field, ipv4Of(value));
}

function mac(field: 'eth_src' | 'eth_dst'): Parser {
  return value => setField(field, macOf(value));
}

function subfieldAction(kind: 'push' | 'pop'): Parser {
  return value => ({ kind, subfield: parseSubfield(value) });
}

function nothing(action: Action): Parser {
  return value => {
    if (value.text !== '') throw unexpected(value, 'no argument');
    return action;
  };
}

const parsers: Readonly<Record<string, Parser>> = {
  output: parseOutput,
  controller: parseController,
  enqueue: parseEnqueue,
  group: value => ({ kind: 'group', group: parseInteger(value, 32, 'a group') }),
  set_queue: value => ({ kind: 'set_queue', queue: parseInteger(value, 32, 'a queue') }),
  pop_queue: nothing({ kind: 'pop_queue' }),
  resubmit: parseResubmit,
  set_vlan_vid: vlanPart('vlan_vid', 0xfff, 0x1000, false),
  set_vlan_pcp: vlanPart('vlan_pcp', 7, 0, false),
  mod_vlan_vid: vlanPart('vlan_vid', 0xfff, 0x1000, true),
  mod_vlan_pcp: vlanPart('vlan_pcp', 7, 0, true),
  push_vlan(value) {
    const number = parseInteger(value, 16, 'an Ethertype');
    if (number !== vlanEtherType && number !== 0x88a8) throw unexpected(value, '0x8100 or 0x88a8');
    return { kind: 'push_vlan', etherType: number };
  },
  strip_vlan: nothing({ kind: 'pop_vlan' }),
  pop_vlan: nothing({ kind: 'pop_vlan' }),
  mod_dl_src: mac('eth_src'),
  mod_dl_dst: mac('eth_dst'),
  mod_nw_src: addressField('ip_src'),
  mod_nw_dst: addressField('ip_dst'),
  mod_nw_tos(value) {
    const tos = parseInteger(value, 8, 'a TOS');
    if (tos & 3) throw unexpected(value, 'a TOS whose two lowest bits are 0');
    return setField('ip_dscp', tos >> 2);
  },
  mod_nw_ecn: value => setField('ip_ecn', parseWithin(value, 0, 3, 'an ECN')),
  mod_nw_ttl: value => ({ kind: 'set_ttl', ttl: parseInteger(value, 8, 'a TTL') }),
  set_nw_ttl: value => ({ kind: 'set_ttl', ttl: parseInteger(value, 8, 'a TTL') }),
  mod_tp_src: l4Port('src'),
  mod_tp_dst: l4Port('dst'),
  set_mpls_label: value => setField('mpls_label', parseWithin(value, 0, 0xfffff, 'a label')),
  set_mpls_tc: value => setField('mpls_tc', parseWithin(value, 0, 7, 'a traffic class')),
  set_mpls_ttl: value => ({ kind: 'set_mpls_ttl', ttl: parseInteger(value, 8, 'a TTL') }),
  dec_mpls_ttl: nothing({ kind: 'dec_mpls_ttl' }),
  push_mpls: etherType('push_mpls'),
  pop_mpls: etherType('pop_mpls'),
  push_pbb: etherType('push_pbb'),
  pop_pbb: nothing({ kind: 'pop_pbb' }),
  copy_ttl_out: nothing({ kind: 'copy_ttl_out' }),
  copy_ttl_in: nothing({ kind: 'copy_ttl_in' }),
  dec_ttl: parseDecTtl,
  dec_nsh_ttl: nothing({ kind: 'dec_nsh_ttl' }),
  set_field: parseSetField,
  load: parseLoad,
  move: parseMove,
  push: subfieldAction('push'),
  pop: subfieldAction('pop'),
  set_tunnel: value => setField('tun_id', parseUnsigned(value, 64, 'a tunnel id')),
  set_tunnel64: value => setField('tun_id', parseUnsigned(value, 64, 'a tunnel id')),
  delete_field(value) {
    const field = parseField(value);
    if (!field.variable) throw unexpected(value, 'an option of a tunnel, such as tun_metadata0');
    return { kind: 'delete_field', field: field.name };
  },
  learn: parseLearn,
  conjunction: parseConjunction,
  multipath: parseMultipath,
  bundle: (value, context) => parseBundle(value, false, context),
  bundle_load: (value, context) => parseBundle(value, true, context),
  fin_timeout: parseFinTimeout,
  note: value => ({ kind: 'note', note: padNote(hexBytes(value)) }),
  exit: nothing({ kind: 'exit' }),
  sample: parseSample,
  ct: (value, context) => parseCt(value, context, parseList),
  ct_clear: nothing({ kind: 'ct_clear' }),
  nat: value => ({ kind: 'nat', nat: parseNat(value) }),
  clone: (value, context) => ({ kind: 'clone', actions: parseList(value, inside(context, 'clone')) }),
  encap: parseEncap,
  decap: parseDecap,
  check_pkt_larger: parseCheckPktLarger,
  debug_recirc: nothing({ kind: 'debug_recirc' }),
  debug_slow: nothing({ kind: 'debug_slow' }),
};

/** A note fills its action up to a multiple of 8 bytes, of which the header takes 10 (NXAST_NOTE). */
function padNote(note: Uint8Array): Uint8Array {
  const padded = new Uint8Array(8 * Math.ceil((Math.max(note.length, 6) + 10) / 8) - 10);
  padded.set(note);
  return padded;
}

/** Actions in actions deeper than this are refused, as OVS does (MAX_OFPACT_PARSE_DEPTH). */
const deepest = 100;

/** The actions of one pair: mod_vlan_vid and enqueue are several. */
export function parseAction(pair: Pair, context: ActionContext): readonly Action[] {
  const { packet, outer } = context;
  const actions = readAction(pair, context);
  for (const action of actions) {
    checkPlace(action, outer, pair.key);
    if (packet) checkAction(action, packet, { where: pair.key, loose: outer === 'write_actions' });
  }
  return actions;
}

function targetOf(action: Action): FieldName | undefined {
  if (action.kind === 'set_field') return action.field;
  if (action.kind === 'load' || action.kind === 'move') return action.to.field;
  if (action.kind === 'multipath') return action.to.field;
  if (action.kind === 'bundle') return action.to?.field;
  return action.kind === 'pop' ? action.subfield.field : undefined;
}

/** What may stand in which action (OVS lib/ofp-actions.c, ofpacts_verify_nested()). */
function checkPlace(action: Action, outer: Outer | undefined, where: Piece): void {
  const target = targetOf(action);
  const isOfConnection = target === 'ct_mark' || target === 'ct_label';
  if (outer === 'ct' && !isOfConnection) throw unexpected(where, 'only actions that set ct_mark or ct_label');
  if (outer !== 'ct' && isOfConnection) throw unexpected(where, `${target} to be set in exec(...) of a ct`);
  if (action.kind === 'nat') throw unexpected(where, 'nat in a ct');
  if (action.kind === 'meter' && outer) throw unexpected(where, 'no meter inside of another action');
}

function readAction({ key, value, delimiter }: Pair, context: ActionContext): readonly Action[] {
  const name = key.text.toLowerCase();
  const parser = named(parsers, name);
  if (parser) {
    const found = parser(value, context);
    return Array.isArray(found) ? found : [found as Action];
  }
  if (name === 'meter') {
    if (context.version < openflow15) throw unexpected(key, 'no meter inside actions before OpenFlow 1.5');
    return [{ kind: 'meter', meter: parseWithin(value, 1, mostMeter, 'a meter') }];
  }
  const number = delimiter === '' ? portOf(key.text, context) : undefined;
  if (number === undefined) throw unexpected(key, 'an action, or a port');
  // As OVS has it: a number means the port alone, and of a packet no bytes to the controller.
  return [{ kind: 'output', port: number, ...(number === port.controller && { maxLength: 0 }) }];
}

function isDrop({ key, delimiter }: Pair): boolean {
  return delimiter === '' && key.text.length === 4 && key.text.toLowerCase() === 'drop';
}

/** A list of actions; `drop` and nothing are empty ones. */
export function parseList(text: Piece, context: ActionContext): readonly Action[] {
  if (context.depth >= deepest) throw unexpected(text, `actions nested at most ${deepest} deep`);
  context.depth++;
  try {
    const actions: Action[] = [];
    let drop: Piece | undefined;
    for (const pair of pairs(text)) {
      if (isDrop(pair)) drop = pair.key;
      else {
        const found = parseAction(pair, context);
        if (found[0]?.kind === 'meter' && actions.length > 0) throw unexpected(pair.key, 'the meter first');
        actions.push(...found);
      }
    }
    if (drop && actions.length > 0) throw unexpected(drop, 'drop alone, or other actions alone');
    checkConjunctions(actions, false, text);
    return actions;
  } finally {
    context.depth--;
  }
}

function checkConjunctions(actions: readonly Action[], instructions: boolean, text: Piece): void {
  if (!actions.some(({ kind }) => kind === 'conjunction')) return;
  if (instructions || actions.some(({ kind }) => kind !== 'conjunction' && kind !== 'note')) {
    throw unexpected(text, 'beside conjunction no other action than note');
  }
}

/** OFPM_MAX. */
const mostMeter = 0xffff0000;

/** Kinds in the order in which they may stand (OVS lib/ofp-actions.c, ofpacts_verify()). */
const instructionOrder = ['meter', 'apply_actions', 'clear_actions', 'write_actions', 'write_metadata', 'goto_table'];

function parseGoto(value: Piece, context: ActionContext): Instruction {
  const table = parseTable(value, context);
  if (context.table !== undefined && table <= context.table) throw unexpected(value, `a table after ${context.table}`);
  return { kind: 'goto_table', table };
}

function parseInstruction({ key, value }: Pair, context: ActionContext): Instruction | undefined {
  switch (key.text.toLowerCase()) {
    case 'meter':
      if (context.version >= openflow15) return undefined;
      return { kind: 'meter', meter: parseWithin(value, 1, mostMeter, 'a meter') };
    case 'clear_actions':
      return { kind: 'clear_actions' };
    case 'write_actions':
      return { kind: 'write_actions', actions: parseList(value, inside(context, 'write_actions')) };
    case 'write_metadata': {
      const masked = splitOnce(value, '/');
      if (!masked) return { kind: 'write_metadata', value: parseUnsigned(value, 64) };
      const mask = parseUnsigned(masked[1], 64, 'a mask');
      const metadata = parseUnsigned(masked[0], 64);
      return { kind: 'write_metadata', value: metadata, ...(mask !== 0xffff_ffff_ffff_ffffn && { mask }) };
    }
    case 'goto_table':
      return parseGoto(value, context);
    case 'apply_actions':
      throw unexpected(key, 'the actions themselves: apply_actions goes without saying');
    default:
      return undefined;
  }
}

/** Everything behind `actions=`. */
export function parseInstructions(text: Piece, context: ActionContext): readonly Instruction[] {
  const instructions: Instruction[] = [];
  const applied: Action[] = [];
  let drop: Piece | undefined;
  let last = -1;
  let any = false;
  let others = false;
  for (const pair of pairs(text)) {
    if (isDrop(pair)) {
      drop = pair.key;
      continue;
    }
    any = true;
    const instruction = parseInstruction(pair, context);
    const found = instruction ? [] : parseAction(pair, context);
    // In OpenFlow 1.5 a meter is an action, but ovs-ofctl wants it where the instruction of before stood.
    const kind = instruction?.kind ?? (found[0]?.kind === 'meter' ? 'meter' : 'apply_actions');
    const place = instructionOrder.indexOf(kind);
    if (place < last || (kind !== 'apply_actions' && place === last)) {
      throw unexpected(pair.key, `the order ${instructionOrder.join(', ')}, each at most once`);
    }
    last = place;
    if (instruction) {
      // OVS does not send an instruction to write nothing.
      if (instruction.kind !== 'write_actions' || instruction.actions.length > 0) instructions.push(instruction);
      others = true;
      continue;
    }
    if (applied.length === 0) instructions.push({ kind: 'apply_actions', actions: applied });
    applied.push(...found);
  }
  if (drop && any) throw unexpected(drop, 'drop alone, or other actions alone');
  checkConjunctions(applied, others, text);
  return instructions;
}

/** The version that the text is for, and names that it may use. */
export interface ParseOptions extends NameOptions {
  /** 1.5 when absent. */
  readonly version?: VersionName;
}

/**
 * A list of actions such as `set_field:5->reg0,resubmit(,10)`; `drop`, or nothing, is an empty list.
 * @throws OpenFlowTextError
 */
export function parseActions(text: string, options: ParseOptions = {}): readonly Action[] {
  const version = versions[options.version ?? '1.5'];
  const { portNumber, tableNumber } = options;
  return parseList(piece(text), {
    ...(portNumber && { portNumber }),
    ...(tableNumber && { tableNumber }),
    version,
    depth: 0,
  });
}
