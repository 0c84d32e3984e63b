// Packets that are likely to matter: to gateways, hosts, machines, pool addresses and beyond, from who may and who may not, in
// the middle of connections, with the wrong tag, VNI, MAC address, TTL.

import { type Ip, parseIp, parseMac } from '../../src/lib/address.ts';
import { buildFrame, type Frame, type FramePayload, parseFrame } from '../../src/openflow/packet/frame.ts';
import type { IpPayload } from '../../src/openflow/packet/transport.ts';
import type { InterfaceDocument } from '../../src/policy/kinds/interfaces.ts';
import type { Dice } from '../fixtures/dice.ts';
import { relayVnis } from '../model/arrive.ts';
import type { Sighting } from '../model/verdict.ts';
import type { World } from '../model/world.ts';
import { error, error6, oddFlags, partOf } from './make-conversation.ts';
import { empty, filler, ipv4, ipv6, tcp } from './packets.ts';
import { at, otherVtep, type Seat, seatsOf, type Talk, tag } from './seats.ts';
import { stageDevices } from './stage.ts';

export function makeSighting(talk: Talk): Sighting | undefined {
  const { dice, connections } = talk;
  const seats = seatsOf(talk);
  if (seats.length === 0) return undefined;
  const known = connections.all.length > 0 && dice.chance(3) ? dice.pick(connections.all) : undefined;
  const made = known ? partOf(talk, seats, known) : undefined;
  return spoil(talk, dressed(dice, inPieces(dice, made ?? fresh(talk, dice.pick(seats)))));
}

/**
 * What nobody decides by, and what must come out as it went in. Not the priority of a tag: of what leaves by the VLAN that it came by,
 * Open vSwitch may leave the tag on, and whether it does is up to the packet before. Nor whether it may be dropped: where a tag has
 * that, Open vSwitch has whether there is one.
 */
function dressed(dice: Dice, sighting: Sighting): Sighting {
  if (dice.chance(2)) return sighting;
  const { frame } = sighting;
  const payload = marked(dice, frame.payload);
  return { ...sighting, frame: { ...frame, payload, trailer: padding(frame, payload, sighting.pieces) } };
}

/** Differentiated services, ECN, identification of flows, options. */
function marked(dice: Dice, payload: FramePayload): FramePayload {
  const tos = dice.pick([0x00, 0x01, 0x02, 0x03, 0xb8, 0xff]);
  switch (payload.kind) {
    case 'ipv4': {
      // Router alert (RFC 2113), or nothing four times.
      const options = dice.chance(8)
        ? Uint8Array.from(
            dice.pick([
              [0x94, 4, 0, 0],
              [1, 1, 1, 0],
            ]),
          )
        : payload.options;
      return { ...payload, tos, dontFragment: dice.chance(2), options };
    }
    case 'ipv6':
      return { ...payload, trafficClass: tos, flowLabel: dice.pick([0, 1, 0xfffff]) };
    default:
      return payload;
  }
}

/** Ethernet has no frames below 60 bytes: what is shorter arrives with something behind it. */
function padding({ destination, source, trailer }: Frame, payload: FramePayload, pieces: unknown): Uint8Array {
  if (pieces || payload.kind === 'other') return trailer;
  const { length } = buildFrame({ destination, source, tags: [], payload, trailer });
  return new Uint8Array(Math.max(0, 60 - length));
}

function fresh(talk: Talk, seat: Seat): Sighting {
  const { dice } = talk;
  const gateway = parseMac(seat.iface.mac);
  const family = seat.addresses.length > 1 && dice.chance(3) ? 6 : 4;
  const from = parseIp(seat.addresses.find(text => parseIp(text).family === family) ?? seat.addresses[0] ?? '');
  const to = destination(talk, seat, from.family);
  if (from.family === 4 && to.family === 4) {
    if (dice.chance(6))
      return at(seat, dice.chance(3) ? gateway : 0xffffffffffffn, arp(talk, seat, from.value, to.value));
    const mac = dice.chance(8) ? anyMac(talk, seat) : gateway;
    if (dice.chance(12))
      return at(seat, mac, ipv4(dice, from.value, to.value, error(dice, about(dice, to.value, from.value))));
    return at(seat, mac, ipv4(dice, from.value, to.value, body(talk, 4)));
  }
  if (from.family !== 6 || to.family !== 6) return at(seat, gateway, other(dice));
  if (dice.chance(6)) return at(seat, dice.chance(3) ? gateway : 0x3333ff000001n, solicit(dice, from.value, to.value));
  if (dice.chance(12)) return at(seat, gateway, discovery(dice, from.value, to.value));
  const mac = dice.chance(8) ? anyMac(talk, seat) : gateway;
  const content = dice.chance(12) ? error6(dice, ipv6(to.value, from.value, body(talk, 6))) : body(talk, 6);
  return at(seat, mac, ipv6(from.value, to.value, content));
}

/** What somebody may have got from there, in a connection that nobody knows, or that needs none. */
function about(dice: Dice, source: number, destination: number): FramePayload {
  const content: IpPayload = {
    kind: 'udp',
    sourcePort: dice.pick([53, 2000, 4100]),
    destinationPort: 1024,
    data: filler(24),
  };
  return ipv4(dice, source, destination, content);
}

/** Long, and cut by its sender, once in a while. Connection tracking takes no pieces below 1200 bytes. */
function inPieces(dice: Dice, sighting: Sighting): Sighting {
  const { frame } = sighting;
  const { payload } = frame;
  if ((payload.kind !== 'ipv4' && payload.kind !== 'ipv6') || !dice.chance(10)) return sighting;
  const { payload: content } = payload;
  const isEcho = (content.kind === 'icmp' || content.kind === 'icmpv6') && [0, 8, 128].includes(content.type);
  const isError = content.kind === 'icmp' && [3, 4, 5, 11].includes(content.type);
  if (!isEcho && !isError && content.kind !== 'udp' && content.kind !== 'ip') return sighting;
  const data = filler(dice.pick([1300, 1400, 2600]));
  const long = { ...content, data: isError ? Buffer.concat([content.data, data]) : data };
  return {
    ...sighting,
    frame: { ...frame, payload: { ...payload, payload: long } },
    pieces: { size: 1184, isReversed: dice.chance(3) },
  };
}

function body({ dice }: Talk, family: 4 | 6): IpPayload {
  const sourcePort = dice.chance(30) ? 0 : dice.pick([1024, 2000, 3333, 40000, 65535]);
  const destinationPort = dice.chance(30) ? 0 : dice.pick([21, 53, 69, 80, 443, 2000, 4096, 4100, 8191]);
  switch (dice.below(6)) {
    case 0:
    case 1:
      return { kind: 'udp', sourcePort, destinationPort, data: filler(24) };
    case 2:
      return tcp({ sourcePort, destinationPort, flags: dice.chance(3) ? dice.pick(oddFlags) : 2 });
    case 3:
    case 4: {
      const rest = dice.pick([1, 2, 3]) * 0x1_0000 + 1;
      return family === 4
        ? {
            kind: 'icmp',
            type: dice.pick([8, 8, 8, 8, 0, 13, dice.pick([4, 5, 9, 10])]),
            code: dice.chance(12) ? 1 : 0,
            rest,
            data: filler(24),
          }
        : {
            kind: 'icmpv6',
            type: dice.pick([128, 128, 128, 129]),
            code: dice.chance(12) ? 1 : 0,
            rest,
            data: filler(24),
          };
    }
    default:
      return { kind: 'ip', protocol: dice.pick([2, 4, 41, 47, 50, 89, 132]), data: filler(24) };
  }
}

function other(dice: Dice): FramePayload {
  return { kind: 'other', etherType: dice.pick([0x88cc, 0x8847, 0x0842, 0x9000]), data: filler(24) };
}

/** A request, a reply, a probe (RFC 5227: nobody asks), an announcement (who asks for itself); once in a while for somebody else. */
function arp({ dice }: Talk, { mac }: Seat, sender: number, target: number): FramePayload {
  const operation = dice.chance(6) ? dice.pick([2, 2, 3, 8]) : 1;
  const senderMac = dice.chance(8) ? dice.pick([0x020000000099n, 0x030000000099n, 0xffffffffffffn]) : mac;
  const [from, to] = dice.pick([
    ...Array.from({ length: 8 }, () => [sender, target] as const),
    [0, target] as const,
    [sender, sender] as const,
    [dice.pick([0xe0000001, 0x7f000001, 0xffffffff, 0x00010203, 0x0a010001]), target] as const,
  ]);
  return { kind: 'arp', operation, senderMac, sender: from, targetMac: 0n, target: to };
}

/** Router solicitations and advertisements, neighbour advertisements, redirects (RFC 4861 section 4). */
function discovery(dice: Dice, source: bigint, destination: bigint): FramePayload {
  const type = dice.pick([133, 134, 136, 137, 141, 142, 148, 149]);
  const content: IpPayload = { kind: 'icmpv6', type, code: 0, rest: 0, data: filler(24) };
  return { ...ipv6(source, destination, content), ...{ hopLimit: 255 } };
}

/** RFC 4861 section 4.3, with the source link-layer address option. */
function solicit(dice: Dice, source: bigint, target: bigint): FramePayload {
  const data = new Uint8Array(24);
  for (let i = 0; i < 16; i++) data[i] = Number((target >> BigInt(8 * (15 - i))) & 0xffn);
  data.set([1, 1], 16);
  const to = 0xff0200000000000000000001ff000000n | (target & 0xffffffn);
  return {
    kind: 'ipv6',
    source,
    destination: dice.chance(4) ? target : to,
    hopLimit: dice.chance(10) ? 64 : 255,
    trafficClass: 0,
    flowLabel: 0,
    payload: { kind: 'icmpv6', type: 135, code: dice.chance(10) ? 1 : 0, rest: 0, data },
  };
}

/** Every address that means something in this world, and some that mean nothing. */
function destination({ world, dice }: Talk, seat: Seat, family: 4 | 6): Ip {
  const { documents } = world;
  const own = [...documents.interfaces.values()].filter(iface => iface.tenant === seat.iface.tenant);
  const all = [...documents.interfaces.values()];
  const of = (interfaces: readonly InterfaceDocument[]): string[] => [
    ...interfaces.flatMap(({ addresses }) => addresses.map(text => text.split('/')[0] ?? '')),
    ...interfaces.flatMap(({ hosts }) => hosts.flatMap(({ addresses }) => addresses)),
  ];
  const machines = [...documents.ports.values()].flatMap(({ addresses }) => addresses);
  const pools = [...documents['nat-pools'].values()].flatMap(({ addresses }) => addresses);
  const statics = [...documents['static-nats'].values()].map(({ outside }) => outside);
  const forwards = [...documents['port-forwards'].values()].map(({ outside }) => outside);
  const routes = [...documents.routes.values()].map(({ destination: text }) => text.split('/')[0] ?? '');
  const nowhere = [
    '255.255.255.255',
    '224.0.0.5',
    '127.0.0.1',
    '0.0.0.0',
    '169.254.1.1',
    '10.1.0.255',
    '10.2.0.0',
    'ff02::5',
    '::1',
    'fe80::9',
  ];
  const beyond = ['8.8.8.8', '8.8.8.9', '8.9.0.1', '9.9.9.9', '172.16.5.5', '10.20.1.1', '10.1.200.1', '2001:db8::1'];
  const choices = dice.pick([
    of([seat.iface]),
    of(own),
    of(all),
    machines,
    pools,
    statics,
    statics,
    forwards,
    forwards,
    routes,
    beyond,
    beyond,
    nowhere,
  ]);
  const fitting = choices.map(parseIp).filter(ip => ip.family === family);
  return fitting.length > 0
    ? dice.pick(fitting)
    : parseIp(family === 4 ? dice.pick(['8.8.8.8', '9.9.9.9', '10.2.0.20']) : '2001:db8::2');
}

function anyMac({ world, dice }: Talk, seat: Seat): bigint {
  const { documents } = world;
  const near = [...documents.ports.values()].filter(port => port.interface === seat.iface.name);
  const macs = [
    ...near.map(({ mac }) => mac),
    ...seat.iface.hosts.map(({ mac }) => mac),
    ...[...documents.interfaces.values()].map(({ mac }) => mac),
    'ff:ff:ff:ff:ff:ff',
    '01:80:c2:00:00:0e',
    '33:33:00:00:00:01',
    '02:70:6d:00:00:02',
    '02:00:00:00:99:99',
  ];
  return parseMac(dice.pick(macs));
}

/** One thing wrong, once in a while. */
function spoil({ world, connections, dice }: Talk, sighting: Sighting): Sighting {
  if (!dice.chance(4)) return sighting;
  const { frame } = sighting;
  const { payload: content } = frame;
  switch (dice.below(14)) {
    case 0:
      if (sighting.tunnel) return sighting;
      return {
        ...sighting,
        device: dice.pick([...stageDevices.physical, ...stageDevices.representors, ...world.devices.values()]),
      };
    case 1:
      return {
        ...sighting,
        frame: {
          ...frame,
          tags: frame.tags.map(() => tag(dice.chance(8) ? dice.pick([0, 4095]) : dice.within(1, 32))),
        },
      };
    case 2:
      return { ...sighting, frame: { ...frame, tags: frame.tags.length === 0 ? [tag(dice.within(10, 14))] : [] } };
    case 9:
      return {
        ...sighting,
        frame: { ...frame, tags: [...frame.tags, tag(dice.within(1, 20), dice.pick([0x8100, 0x88a8]))] },
      };
    case 11:
      return { ...sighting, frame: { ...frame, tags: frame.tags.map(each => ({ ...each, type: 0x88a8 })) } };
    case 3:
      if (!sighting.tunnel) return sighting;
      return { ...sighting, tunnel: { ...sighting.tunnel, vni: anyVni(world, dice) } };
    case 4:
      if (!sighting.tunnel) return sighting;
      return {
        ...sighting,
        tunnel: { ...sighting.tunnel, source: otherVtep({ world, connections, dice }, sighting.tunnel) },
      };
    case 13:
      // As only another node may.
      if (!sighting.tunnel) return sighting;
      return {
        ...sighting,
        tunnel: {
          ...sighting.tunnel,
          vni: relayVni(world, dice),
          source: otherVtep({ world, connections, dice }, sighting.tunnel),
        },
      };
    case 5:
      return {
        ...sighting,
        frame: { ...frame, source: dice.pick([0x020000000099n, 0x010000000001n, 0x02706d000101n]) },
      };
    case 6:
    case 7:
      if (content.kind === 'ipv4') {
        const source = parseIp(
          dice.pick([
            '10.1.0.10',
            '10.2.0.11',
            '10.9.9.9',
            '8.8.8.8',
            '172.16.1.1',
            '203.0.113.1',
            '127.0.0.1',
            '10.1.0.1',
            '10.2.0.255',
            '255.255.255.255',
            '169.254.9.9',
            '198.51.100.1',
          ]),
        );
        return source.family === 4
          ? { ...sighting, frame: { ...frame, payload: { ...content, source: source.value } } }
          : sighting;
      }
      return sighting;
    case 8:
      if (content.kind === 'ipv4')
        return { ...sighting, frame: { ...frame, payload: { ...content, ttl: dice.pick([0, 1, 2, 255]) } } };
      if (content.kind === 'ipv6')
        return { ...sighting, frame: { ...frame, payload: { ...content, hopLimit: dice.pick([0, 1, 2, 255]) } } };
      return sighting;
    case 10:
      return { ...sighting, frame: { ...frame, payload: withChecksum(content, dice.pick([0, 0x1234])) } };
    default:
      return { ...sighting, frame: { ...frame, payload: other(dice) } };
  }
}

/** Zero means none in UDP over IPv4, and is as wrong as any other elsewhere. */
function withChecksum(content: FramePayload, checksum: number): FramePayload {
  if (content.kind !== 'ipv4' || content.payload.kind === 'ip' || content.payload.kind === 'sctp') return content;
  const wrong: FramePayload = { ...content, payload: { ...content.payload, checksum } };
  // Once in 65,536 times it is the right one.
  const frame = { destination: 0n, source: 0n, tags: [], payload: wrong, trailer: empty };
  const read = parseFrame(buildFrame(frame))?.payload;
  return read?.kind === 'ipv4' && 'checksum' in read.payload ? wrong : content;
}

function anyVni(world: World, dice: Dice): number {
  const known = [...world.documents.vnis.values()].map(({ vni }) => vni);
  return dice.pick([...known, 4999, relayVni(world, dice), relayVni(world, dice)]);
}

/** By which one node hands a packet to another. */
function relayVni(world: World, dice: Dice): number {
  const indexes = [...world.indexes.values()];
  const some = indexes.length > 0 ? dice.pick(indexes) : 1;
  return dice.pick([relayVnis['to-egress'], relayVnis['to-nat']]) + some;
}
