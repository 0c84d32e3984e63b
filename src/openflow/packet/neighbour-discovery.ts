// Neighbour solicitations and advertisements: what ICMPv6 messages of types 135 and 136 say (RFC 4861 sections 4.3 and
// 4.4). That the hop limit is 255 and the checksum right is for who asks to look at, in the packet.

import { OpenFlowEncodeError } from '../errors.ts';
import { Reader } from '../wire/reader.ts';
import { Writer } from '../wire/writer.ts';
import type { IcmpMessage } from './transport.ts';

/** Asks who has an address; `linkAddress` is the asker's own, absent while it has no address yet. */
export interface NeighbourSolicitation {
  readonly kind: 'solicitation';
  readonly target: bigint;
  readonly linkAddress?: bigint;
}

/** Says who has it. */
export interface NeighbourAdvertisement {
  readonly kind: 'advertisement';
  readonly target: bigint;
  readonly router: boolean;
  readonly solicited: boolean;
  readonly override: boolean;
  readonly linkAddress?: bigint;
}

/** A message of neighbour discovery. */
export type NeighbourMessage = NeighbourSolicitation | NeighbourAdvertisement;

const types = { solicitation: 135, advertisement: 136 } as const;
const flags = { router: 0x8000_0000, solicited: 0x4000_0000, override: 0x2000_0000 };
/** The option with the link-layer address of the asker, and of who has the target (RFC 4861 section 4.6.1). */
const linkOption = { solicitation: 1, advertisement: 2 } as const;
/** In units of 8 bytes: type, length, MAC address. */
const linkLength = 1;

/** Undefined: another message, or one that is cut, or an option of no length. */
export function parseNeighbour({ kind, type, code, rest, data }: IcmpMessage): NeighbourMessage | undefined {
  const name =
    type === types.solicitation ? 'solicitation' : type === types.advertisement ? 'advertisement' : undefined;
  if (kind !== 'icmpv6' || !name || code !== 0 || data.length < 16) return undefined;
  const reader = new Reader(data);
  const target = reader.u128();
  let linkAddress: bigint | undefined;
  while (reader.remaining > 0) {
    if (reader.remaining < 8) return undefined;
    const [option, length] = [reader.u8(), reader.u8()];
    if (length === 0 || length * 8 - 2 > reader.remaining) return undefined;
    const value = reader.sub(length * 8 - 2);
    if (option === linkOption[name] && length === linkLength) linkAddress ??= value.mac();
  }
  const link = linkAddress === undefined ? {} : { linkAddress };
  if (name === 'solicitation') return { kind: name, target, ...link };
  const has = (flag: number) => (rest & flag) !== 0;
  const said = { router: has(flags.router), solicited: has(flags.solicited), override: has(flags.override) };
  return { kind: name, target, ...said, ...link };
}

/** The ICMPv6 message; it goes out with the hop limit 255. @throws OpenFlowEncodeError when a value does not fit */
export function buildNeighbour(message: NeighbourMessage): IcmpMessage {
  const { kind, target, linkAddress } = message;
  if (target < 0n || target >> 128n !== 0n)
    throw new OpenFlowEncodeError('OF_BAD_VALUE', `${target} is no IPv6 address`);
  const writer = new Writer(24);
  writer.u128(target);
  if (linkAddress !== undefined) {
    writer.u8(linkOption[kind]);
    writer.u8(linkLength);
    writer.mac(linkAddress);
  }
  const said = message.kind === 'advertisement' ? message : undefined;
  const rest =
    (said?.router ? flags.router : 0) + (said?.solicited ? flags.solicited : 0) + (said?.override ? flags.override : 0);
  return { kind: 'icmpv6', type: types[kind], code: 0, rest, data: writer.finish() };
}
