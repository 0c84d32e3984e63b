// Whether the packet has, at the point of an action, what the action needs (OVS lib/ofp-actions.c, ofpact_check__()),
// and what the action makes of it.

import type { Action, CtAction, LearnAction } from '../../flow/action.ts';
import { type FieldName, fieldOf } from '../../flow/fields.ts';
import { port } from '../../flow/ports.ts';
import { type Piece, unexpected } from './cursor.ts';
import { packetOf } from './match-builder.ts';
import { newDraft, state, stateBits } from './match-draft.ts';
import {
  ethernetPacket,
  etherTypes,
  isInvalid,
  isIp,
  isMpls,
  isTracked,
  lacking,
  lackingState,
  meets,
  type Packet,
  protocols,
  typeOf,
} from './packet.ts';

const algs = { ftp: 21, tftp: 69 };
const nshPacket = 0x1894f;
/** Nothing is known of what comes out of an unknown header. */
const unknownPacket = 0xffff;
const leastReserved = 0xffffff00;

/** Where an action stands; in write_actions OVS lets pass what only OpenFlow 1.1 forbids. */
export interface CheckOptions {
  readonly where: Piece;
  readonly loose?: boolean;
}

/** @throws OpenFlowTextError when the packet has not what is needed, unless looked at loosely */
function need(has: boolean, what: string, { where, loose }: CheckOptions): void {
  if (!has && !loose) throw unexpected(where, what);
}

function checkField(name: FieldName, packet: Packet, { where }: CheckOptions): void {
  if (!meets(fieldOf(name).prerequisite, packet)) throw unexpected(where, lacking(name));
}

function checkTarget(name: FieldName, packet: Packet, options: CheckOptions): void {
  checkField(name, packet, options);
  if (!fieldOf(name).writable) throw unexpected(options.where, `a field that may be set, which ${name} is not`);
}

function checkPort(number: number, { where }: CheckOptions): void {
  const isReserved = number >= leastReserved && number < port.inPort;
  if (isReserved || number === port.any) throw unexpected(where, 'a port that packets can leave by');
}

function checkLearn({ specs }: LearnAction, packet: Packet, options: CheckOptions): void {
  const learned = newDraft();
  for (const spec of specs) {
    if (!('value' in spec)) checkField(spec.from.field, packet, options);
    if (spec.kind === 'output') continue;
    if (spec.kind === 'load') checkTarget(spec.to.field, packetOf(learned), options);
    else {
      checkField(spec.to.field, packetOf(learned), options);
      if (!('value' in spec)) continue;
      const { name, maskable, variable } = fieldOf(spec.to.field);
      if (!maskable) state(learned, { field: name, value: Number(spec.value), where: options.where });
      else if (!variable) stateBits(learned, spec.to, spec.value, options.where);
    }
  }
}

function checkCt({ commit, alg, zone, nat, exec }: CtAction, packet: Packet, options: CheckOptions): void {
  const { where } = options;
  if (!isIp(packet)) throw unexpected(where, 'with ct also ip or ipv6');
  if (commit && isInvalid(packet)) throw unexpected(where, 'no commit of a packet whose ct_state is +inv');
  if (alg === algs.ftp && packet.protocol !== protocols.tcp) throw unexpected(where, 'with alg=ftp also tcp');
  if (alg === algs.tftp && packet.protocol !== protocols.udp) throw unexpected(where, 'with alg=tftp also udp');
  if (typeof zone === 'object') {
    checkField(zone.field, packet, options);
    return;
  }
  const family = typeOf(packet) === etherTypes.ipv4 ? 4 : 6;
  if (nat?.address && nat.address.family !== family) throw unexpected(where, `addresses of IPv${family} in nat`);
  for (const action of exec ?? []) checkAction(action, packet, options);
}

function pushTag(packet: Packet, where: Piece): void {
  if (packet.innerTag) throw unexpected(where, 'at most two VLAN tags');
  packet.innerTag = packet.tag;
  packet.tag = true;
}

function popTag(packet: Packet): void {
  if (packet.innerTag) packet.innerTag = false;
  else packet.tag = false;
}

function decapsulate(packet: Packet): void {
  if (packet.packetType === ethernetPacket) packet.packetType = 0x10000 + packet.etherType;
  else {
    packet.packetType = unknownPacket;
    packet.etherType = 0xffff;
  }
}

function encapsulate(packet: Packet, packetType: number): void {
  packet.packetType = packetType;
  if (packetType >>> 16 === 1) packet.etherType = packetType & 0xffff;
  if (!isIp(packet)) packet.protocol = 0;
}

type ActionOf<K extends Action['kind']> = Extract<Action, { readonly kind: K }>;
type Check<A> = (action: A, packet: Packet, options: CheckOptions) => void;

const checkOutput: Check<{ readonly port: number }> = (action, _, options) => checkPort(action.port, options);

const checkBundle: Check<ActionOf<'bundle'>> = ({ to, members }, packet, options) => {
  if (to) checkTarget(to.field, packet, options);
  for (const member of members) {
    if (member !== port.any) checkPort(member, options);
    if (member === port.controller) throw unexpected(options.where, 'no controller among the members');
  }
};

/** What is set is there, and a TCI that is set says whether there is a tag now. */
function checkSet(name: FieldName, value: bigint, packet: Packet, options: CheckOptions): void {
  checkField(name, packet, options);
  if (name === 'vlan_vid') need(packet.tag, 'with vlan_vid also a VLAN tag in the packet', options);
  if (name === 'vlan_tci') packet.tag = (value & 0x1000n) !== 0n;
}

const checkTtl: Check<Action> = ({ kind }, packet, options) =>
  need(isIp(packet), `with ${kind} also ip or ipv6`, options);

const checkMplsTtl: Check<Action> = ({ kind }, packet, options) =>
  need(isMpls(packet), `with ${kind} also mpls`, options);

const checkPopVlan: Check<Action> = (_, packet, options) => {
  need(packet.tag, 'with pop_vlan also a VLAN tag in the packet', options);
  popTag(packet);
};

const checkPushMpls: Check<ActionOf<'push_mpls'>> = ({ etherType }, packet, options) => {
  need(packet.packetType === ethernetPacket, 'with push_mpls an Ethernet packet', options);
  packet.etherType = etherType;
  packet.protocol = 0;
};

const checkPopMpls: Check<ActionOf<'pop_mpls'>> = ({ etherType }, packet, options) => {
  need(packet.packetType === ethernetPacket && isMpls(packet), 'with pop_mpls also mpls', options);
  packet.etherType = etherType;
};

/** Those that need something of the packet, or change what it is. */
const checks: { readonly [K in Action['kind']]?: Check<ActionOf<K>> } = {
  output: checkOutput,
  output_trunc: checkOutput,
  enqueue(action, _, { where }) {
    const isReserved = action.port >= leastReserved && action.port !== port.inPort && action.port !== port.local;
    if (isReserved) throw unexpected(where, 'a port that has queues');
  },
  output_reg: ({ from }, packet, options) => checkField(from.field, packet, options),
  bundle: checkBundle,
  set_field: ({ field, value }, packet, options) => checkSet(field, BigInt(value), packet, options),
  load: ({ to, value }, packet, options) => checkSet(to.field, value << BigInt(to.offset), packet, options),
  multipath: ({ to }, packet, options) => checkTarget(to.field, packet, options),
  move({ from, to }, packet, options) {
    checkField(from.field, packet, options);
    checkTarget(to.field, packet, options);
  },
  push: ({ subfield }, packet, options) => checkField(subfield.field, packet, options),
  pop: ({ subfield }, packet, options) => checkTarget(subfield.field, packet, options),
  push_vlan: (_, packet, { where }) => pushTag(packet, where),
  pop_vlan: checkPopVlan,
  dec_ttl: checkTtl,
  set_ttl: checkTtl,
  // A port: of these, all others become a set_field.
  set_legacy: (_, __, options) => need(false, 'with a port also tcp, udp or sctp', options),
  set_mpls_ttl: checkMplsTtl,
  dec_mpls_ttl: checkMplsTtl,
  push_mpls: checkPushMpls,
  pop_mpls: checkPopMpls,
  dec_nsh_ttl(_, { packetType, etherType }, options) {
    const isNsh = packetType === nshPacket || etherType === etherTypes.nsh;
    need(isNsh, 'with dec_nsh_ttl also eth_type=0x894f', options);
  },
  fin_timeout: (_, { protocol }, options) => need(protocol === protocols.tcp, 'with fin_timeout also tcp', options),
  resubmit({ ct }, packet, { where }) {
    if (ct && !isTracked(packet)) throw unexpected(where, `${lackingState} beside ct`);
  },
  learn: checkLearn,
  ct: checkCt,
  encap: ({ packetType }, packet) => encapsulate(packet, packetType),
  decap: (_, packet) => decapsulate(packet),
};

/** Checks an action, and notes what it makes of the packet. @throws OpenFlowTextError */
export function checkAction(action: Action, packet: Packet, options: CheckOptions): void {
  const check = checks[action.kind] as Check<Action> | undefined;
  check?.(action, packet, options);
}
