// Whether the packet has, at the point of an action, what the action needs (OVS lib/ofp-actions.c, ofpact_check__()).

import { type FieldName, fieldOf } from '../../flow/fields.ts';
import { port } from '../../flow/ports.ts';
import { type Piece, unexpected } from '../../text/parse/cursor.ts';
import { isIp, isMpls, lacking, meets, type Packet } from '../../text/parse/packet.ts';

const leastReserved = 0xffffff00;

/** Where an action stands; in write_actions OVS lets pass what only OpenFlow 1.1 forbids. */
export interface CheckOptions {
  readonly where: Piece;
  readonly loose?: boolean;
}

/** @throws OpenFlowTextError when the packet has not what is needed, unless looked at loosely */
export function need(has: boolean, what: string, { where, loose }: CheckOptions): void {
  if (!has && !loose) throw unexpected(where, what);
}

export function checkField(name: FieldName, packet: Packet, { where }: CheckOptions): void {
  if (!meets(fieldOf(name).prerequisite, packet)) throw unexpected(where, lacking(name));
}

export function checkTarget(name: FieldName, packet: Packet, options: CheckOptions): void {
  checkField(name, packet, options);
  if (!fieldOf(name).writable) throw unexpected(options.where, `a field that may be set, which ${name} is not`);
}

/** What is set is there, and a TCI that is set says whether there is a tag now. */
export function checkSet(name: FieldName, value: bigint, packet: Packet, options: CheckOptions): void {
  checkField(name, packet, options);
  if (name === 'vlan_vid') need(packet.tag, 'with vlan_vid also a VLAN tag in the packet', options);
  if (name === 'vlan_tci') packet.tag = (value & 0x1000n) !== 0n;
}

export function isReserved(number: number): boolean {
  return number >= leastReserved;
}

export function checkPort(number: number, { where }: CheckOptions): void {
  if ((isReserved(number) && number < port.inPort) || number === port.any) {
    throw unexpected(where, 'a port that packets can leave by');
  }
}

export function checkTtl({ kind }: { readonly kind: string }, packet: Packet, options: CheckOptions): void {
  need(isIp(packet), `with ${kind} also ip or ipv6`, options);
}

export function checkMplsTtl({ kind }: { readonly kind: string }, packet: Packet, options: CheckOptions): void {
  need(isMpls(packet), `with ${kind} also mpls`, options);
}
