// NXAST_CT: `ct(...)` (OVS lib/ofp-actions.c, parse_CT() and format_CT()). Its NAT is written as an action in it.

import type { Mutable } from '../../lib/mutable.ts';
import { packBits, unpackBits } from '../codec/nicira.ts';
import { bitsOf, hasShortHeader, readFieldHeader, writeFieldHeader } from '../codec/oxm.ts';
import { OpenFlowEncodeError } from '../errors.ts';
import { experimenterClass } from '../flow/fields.ts';
import type { Subfield } from '../flow/match.ts';
import { etherTypes, protocols } from '../flow/protocol-numbers.ts';
import { formatSubfield } from '../text/format-subfield.ts';
import { formatTable } from '../text/names.ts';
import { named, type Piece, pairs, unexpected } from '../text/parse/cursor.ts';
import { isInvalid, isIp, type Packet, typeOf } from '../text/parse/packet.ts';
import { numberText, parseTable } from '../text/parse/parse-number.ts';
import { subfieldOf } from '../text/parse/parse-subfield.ts';
import type { Reader } from '../wire/reader.ts';
import type { Writer } from '../wire/writer.ts';
import type { Action } from './all.ts';
import { type CtNat, canonicalNat, parseNat, printNat } from './nat.ts';
import { type CheckOptions, checkField } from './shared/action-check.ts';
import { nested } from './shared/action-context.ts';
import type { ActionDefinition, ActionParser, CanonicalActions, CheckActions } from './shared/action-definition.ts';
import { type ActionForm, nicira } from './shared/action-form.ts';

/** `ct(...)` of ovs-actions(7): send the packet through connection tracking. */
export interface CtAction {
  readonly kind: 'ct';
  readonly commit?: boolean;
  readonly force?: boolean;
  /** 0 to 65535, or 16 bits of a field. Zone 0 when absent. */
  readonly zone?: number | Subfield;
  /** Recirculate to this table; absent: the packet goes on and the tracked copy is not looked up again. */
  readonly table?: number;
  readonly nat?: CtNat;
  /** ALG port: 21 (ftp) or 69 (tftp). */
  readonly alg?: number;
  /** `exec(...)`: only set_field and move to ct_mark and ct_label. */
  readonly exec?: readonly Action[];
}

const noTable = 0xff;
const flag = { commit: 1, force: 2 };
/** Ports of application layer gateways, as they are written. */
const algs = { ftp: 21, tftp: 69 } as const;
const algNames: Readonly<Record<number, string>> = { [algs.ftp]: 'ftp', [algs.tftp]: 'tftp' };

function encodeZone(writer: Writer, zone: number | Subfield): void {
  if (typeof zone === 'number') {
    writer.u32(0);
    writer.u16(zone);
    return;
  }
  if (zone.bits !== 16) throw new OpenFlowEncodeError('OF_BAD_VALUE', 'a ct zone is 16 bits of a field');
  if (!hasShortHeader(zone.field)) {
    throw new OpenFlowEncodeError('OF_BAD_VALUE', `a ct zone cannot come from ${zone.field}`);
  }
  writeFieldHeader(writer, zone, 0);
  writer.u16(packBits(zone.offset, zone.bits));
}

/** The zone; null when its field is not in the table, or is not cut to 16 bits. */
function decodeZone(reader: Reader): number | Subfield | null {
  if (reader.peekU32(0) === 0) {
    reader.skip(4);
    return reader.u16();
  }
  const field = reader.peekU16(0) === experimenterClass ? undefined : readFieldHeader(reader, 0);
  if (!field) return null;
  const { offset, bits } = unpackBits(reader.u16());
  return bits === 16 ? bitsOf(field, offset, bits) : null;
}

const form: ActionForm<CtAction> = {
  place: nicira(35),
  encode(action, writer, list) {
    writer.u16((action.commit ? flag.commit : 0) | (action.force ? flag.force : 0));
    encodeZone(writer, action.zone ?? 0);
    writer.u8(action.table ?? noTable);
    writer.zeros(3);
    writer.u16(action.alg ?? 0);
    if (action.nat) list.encode(writer, [{ kind: 'nat', nat: action.nat }]);
    if (action.exec) list.encode(writer, action.exec);
  },
  decode(reader, list) {
    const flags = reader.u16();
    const zone = decodeZone(reader);
    if (zone === null || flags > 3) return undefined;
    const table = reader.u8();
    reader.pad(3);
    const alg = reader.u16();
    const [first, ...others] = list.decode(reader);
    const exec = first?.kind === 'nat' ? others : first ? [first, ...others] : [];
    const action: Mutable<CtAction> = { kind: 'ct' };
    if (flags & flag.commit) action.commit = true;
    if (flags & flag.force) action.force = true;
    if (zone !== 0) action.zone = zone;
    if (table !== noTable) action.table = table;
    if (first?.kind === 'nat') action.nat = first.nat;
    if (alg !== 0) action.alg = alg;
    if (exec.length > 0) action.exec = exec;
    return action;
  },
};

function parseZone(text: Piece): number | Subfield {
  const code = text.text.charCodeAt(0);
  const number = code > 57 ? undefined : numberText(text.text);
  if (number !== undefined && number <= 0xffffn) return Number(number);
  const subfield = subfieldOf(text);
  if (subfield?.bits !== 16) throw unexpected(text, 'a zone from 0 to 65535, or 16 bits of a field');
  return subfield;
}

const parse: ActionParser = (text, context, parseList) => {
  const ct: Mutable<CtAction> = { kind: 'ct' };
  for (const { key, value } of pairs(text)) {
    switch (key.text) {
      case 'commit':
        ct.commit = true;
        break;
      case 'force':
        ct.force = true;
        break;
      case 'table':
        ct.table = parseTable(value, context);
        break;
      case 'zone': {
        const zone = parseZone(value);
        if (zone === 0) delete ct.zone;
        else ct.zone = zone;
        break;
      }
      case 'alg': {
        const alg = named(algs, value.text);
        if (alg === undefined) throw unexpected(value, 'ftp or tftp');
        ct.alg = alg;
        break;
      }
      case 'nat':
        ct.nat = parseNat(value);
        break;
      case 'exec':
        // What they need of the packet is looked at with the whole ct: beside a zone from a field, OVS does not look.
        ct.exec = [...(ct.exec ?? []), ...parseList(value, nested(context, 'ct', undefined))];
        break;
      default:
        throw unexpected(key, 'commit, force, table, zone, alg, nat or exec');
    }
  }
  if (ct.force && !ct.commit) throw unexpected(text, 'commit beside force');
  return ct;
};

function check(
  { commit, alg, zone, nat, exec }: CtAction,
  packet: Packet,
  options: CheckOptions,
  checkList: CheckActions,
): void {
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
  if (exec) checkList(exec, packet, options);
}

function canonical(action: CtAction, canonicalList: CanonicalActions): CtAction {
  const { commit, force, zone, table, nat, alg, exec } = action;
  const ofNat = nat && canonicalNat(nat);
  const ofExec = exec && canonicalList(exec);
  const saysNothing = commit === false || force === false || zone === 0 || table === noTable || alg === 0;
  if (!saysNothing && ofNat === nat && ofExec === exec && ofExec?.length !== 0) return action;
  return {
    kind: 'ct',
    ...(commit && { commit }),
    ...(force && { force }),
    ...(zone !== undefined && zone !== 0 && { zone }),
    ...(table !== undefined && table !== noTable && { table }),
    ...(ofNat && { nat: ofNat }),
    ...(alg && { alg }),
    ...(ofExec && ofExec.length > 0 && { exec: ofExec }),
  };
}

export const ct: ActionDefinition<CtAction> = {
  kind: 'ct',
  forms: [form],
  print({ commit, force, table, zone, nat, exec, alg }, options, printList) {
    let text = '';
    if (commit) text += 'commit,';
    if (force) text += 'force,';
    if (table !== undefined) text += `table=${formatTable(table, options)},`;
    if (zone) text += `zone=${typeof zone === 'number' ? zone : formatSubfield(zone)},`;
    if (nat) text += `${printNat(nat)},`;
    if (exec?.length) text += `exec(${printList(exec, options)}),`;
    if (alg) text += `alg=${algNames[alg] ?? alg},`;
    return `ct(${text.slice(0, -1)})`;
  },
  words: { ct: parse },
  check,
  canonical,
};
