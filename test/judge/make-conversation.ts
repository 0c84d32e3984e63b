// The next packet of a connection, from either end, and errors about it.

import { parseMac } from '../../src/lib/address.ts';
import { buildFrame, type FramePayload } from '../../src/openflow/packet/frame.ts';
import type { IpPayload } from '../../src/openflow/packet/transport.ts';
import type { Dice } from '../fixtures/dice.ts';
import type { Connection } from '../model/connections.ts';
import { tcpFlags } from '../model/tcp.ts';
import type { Sighting } from '../model/verdict.ts';
import type { World } from '../model/world.ts';
import { filler, ipv4, tcp } from './packets.ts';
import { at, hasPool, type Seat, type Talk } from './seats.ts';

const { fin, syn, rst, psh, ack, urg } = tcpFlags;

/** Flags that no TCP sends, and those that begin or end something. */
export const oddFlags = [0, syn | fin, syn | rst, fin | psh | urg, rst, syn | ack, ack, fin | ack] as const;

/** Undefined: nobody of this world can send it. */
export function partOf(talk: Talk, seats: readonly Seat[], known: Connection): Sighting | undefined {
  const { dice } = talk;
  const isReply = dice.chance(2);
  const seat = seats.find(({ iface, addresses }) =>
    isReply
      ? iface.role === 'outer' && hasPool(talk.world, iface, known.outside)
      : iface.tenant === known.tenant && addresses.some(text => parseAddress(text) === known.inside),
  );
  if (!seat) return undefined;
  const to = parseMac(seat.iface.mac);
  if (dice.chance(4)) return errorAbout(talk, seats, known, isReply, seat);
  const { inside, remote, outside } = known;
  const [source, destination] = isReply ? [remote, outside] : [inside, remote];
  return at(seat, to, ipv4(dice, source, destination, next(dice, known, isReply)));
}

function parseAddress(text: string): number {
  return text.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
}

function answerOf(type: number): number {
  return type === 8 ? 0 : type + 1;
}

function next(dice: Dice, known: Connection, isReply: boolean): IpPayload {
  const { protocol, insidePort, remotePort, outsidePort, icmpType } = known;
  const [sourcePort, destinationPort] = isReply ? [remotePort, outsidePort] : [insidePort, remotePort];
  switch (protocol) {
    case 'icmp': {
      const rest = insidePort * 0x1_0000 + 2;
      return { kind: 'icmp', type: isReply ? answerOf(icmpType) : icmpType, code: 0, rest, data: filler(24) };
    }
    case 'udp':
      return { kind: 'udp', sourcePort, destinationPort, data: filler(24) };
    case 'tcp':
      return { ...segment(dice, known, isReply), sourcePort, destinationPort };
  }
}

/** As the ends would go on, or end it, or as somebody who does not know their numbers. */
function segment(dice: Dice, { tcp: state }: Connection, isReply: boolean) {
  const [me, other] = isReply ? [state?.remote, state?.inside] : [state?.inside, state?.remote];
  const isFirst = me?.next === undefined;
  const usual = isFirst
    ? [syn | ack, syn | ack, syn | ack, rst | ack, ack]
    : [ack, ack, ack | psh, ack | psh, fin | ack, fin | ack, rst, syn, ...oddFlags];
  const flags = dice.pick(usual);
  const data = (flags & psh) !== 0 ? filler(24) : filler(0);
  // Beyond the widest window (65,535 << 14), and not so far that it would lie behind.
  const far = 0x7000_0000;
  // Where acknowledgements are not looked at, a far one moves the window: what may then come is for the switch to say.
  const isStrict = other?.next !== undefined && me?.end !== 'heard' && other.end !== 'heard';
  const astray = isStrict ? dice.pick([[far, 0] as const, [0, far] as const]) : ([far, 0] as const);
  const [aside, behind] = !isFirst && dice.chance(6) ? astray : [0, 0];
  const sequence = ((me?.next ?? 5000) + aside) >>> 0;
  const acknowledgement = (flags & ack) === 0 ? 0 : ((other?.next ?? 0) + behind) >>> 0;
  return tcp({ flags, sequence, acknowledgement, data });
}

/** From the other end, or from a router on the way. */
function errorAbout({ dice, world }: Talk, seats: readonly Seat[], known: Connection, isReply: boolean, seat: Seat) {
  const { inside, insidePort, remote, remotePort, outside, outsidePort, protocol, icmpType } = known;
  // What the sender of the error has got.
  const [from, to] = isReply
    ? [[outside, outsidePort] as const, [remote, remotePort] as const]
    : [[remote, remotePort] as const, [inside, insidePort] as const];
  const quoted: IpPayload =
    protocol === 'icmp'
      ? {
          kind: 'icmp',
          type: isReply ? icmpType : answerOf(icmpType),
          code: 0,
          rest: insidePort * 0x1_0000 + 2,
          data: filler(24),
        }
      : protocol === 'udp'
        ? { kind: 'udp', sourcePort: from[1], destinationPort: to[1], data: filler(24) }
        : { ...tcp({ flags: ack }), sourcePort: from[1], destinationPort: to[1] };
  const others = seats.filter(({ iface }) =>
    isReply ? iface.role === 'outer' && hasPool(world, iface, outside) : iface.tenant === known.tenant,
  );
  const by = dice.chance(3) ? dice.pick(others) : seat;
  const isInside = isReply && dice.chance(3);
  const router = parseAddress((isInside ? dice.pick(insideOf(world, known.tenant)) : by.addresses[0]) ?? '');
  const isByEnd = !isInside && by === seat && dice.chance(2);
  const [source, destination] = isReply ? [isByEnd ? remote : router, outside] : [isByEnd ? inside : router, remote];
  return at(
    by,
    parseMac(by.iface.mac),
    ipv4(dice, source, destination, error(dice, ipv4(dice, from[0], to[0], quoted))),
  );
}

/** Sources that an outsider may take for those of a tenant’s inside, right or wrong. */
function insideOf({ documents }: World, tenant: string): string[] {
  const inner = [...documents.interfaces.values()].filter(iface => iface.role === 'inner' && iface.tenant === tenant);
  return [
    ...inner.flatMap(({ addresses }) => addresses),
    ...inner.flatMap(({ hosts }) => hosts.flatMap(({ addresses }) => addresses)),
    ...[...documents.routes.values()].filter(route => route.tenant === tenant).map(({ destination }) => destination),
    '169.254.7.7',
  ]
    .map(text => text.split('/')[0] ?? '')
    .filter(text => text.includes('.'));
}

/**
 * About `quoted`, of which it has all, or what RFC 792 promises. Of TCP always all: Open vSwitch corrects the checksum that stands
 * behind those eight bytes all the same, in memory that is not the packet's, and on devices like these it ends by that.
 */
export function error(dice: Dice, quoted: FramePayload): IpPayload {
  const none = new Uint8Array(0);
  const bytes = buildFrame({ destination: 0n, source: 0n, tags: [], payload: quoted, trailer: none }).slice(14);
  const [type, code, rest] = dice.pick([
    [3, 1, 0],
    [3, 3, 0],
    [3, 4, 1280],
    [4, 0, 0],
    [5, 1, 0x0a01000a],
    [11, 0, 0],
    [12, 0, 0],
    [4, 0, 0],
    [5, 1, 0x0a010063],
  ] as const);
  const data = dice.chance(3) && bytes[9] !== 6 ? bytes.slice(0, 28) : bytes;
  return { kind: 'icmp', type, code, rest, data };
}

/** The same of IPv6 (RFC 4443): unreachable, too big, time exceeded. */
export function error6(dice: Dice, quoted: FramePayload): IpPayload {
  const none = new Uint8Array(0);
  const data = buildFrame({ destination: 0n, source: 0n, tags: [], payload: quoted, trailer: none }).slice(14);
  const [type, rest] = dice.pick([[1, 0] as const, [2, 1280] as const, [3, 0] as const]);
  return { kind: 'icmpv6', type, code: 0, rest, data };
}
