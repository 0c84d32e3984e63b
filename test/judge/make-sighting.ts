// Packets that are likely to matter: to gateways, hosts, machines, pool addresses and beyond, from who may and who may not, in
// the middle of connections, with the wrong tag, VNI, MAC address, TTL.

import { type Ip, parseIp, parseMac } from '../../src/lib/address.ts';
import type { Frame, FramePayload, VlanTag } from '../../src/openflow/packet/frame.ts';
import type { IpPayload } from '../../src/openflow/packet/transport.ts';
import type { InterfaceDocument, PortDocument } from '../../src/policy/documents.ts';
import type { Dice } from '../fixtures/dice.ts';
import { relayVnis } from '../model/arrive.ts';
import type { Connection, Connections } from '../model/connections.ts';
import type { Sighting, Tunnel } from '../model/verdict.ts';
import { vniOf, vtepOf, type World } from '../model/world.ts';
import { remoteVteps, stageDevices } from './stage.ts';

const empty = new Uint8Array(0);
const payload = Uint8Array.from({ length: 24 }, (_, i) => i);

interface Talk {
  readonly world: World;
  readonly connections: Connections;
  readonly dice: Dice;
}

/** A place from which somebody sends, as they should. */
interface Seat {
  readonly iface: InterfaceDocument;
  readonly port?: PortDocument;
  readonly device: string;
  readonly tags: readonly VlanTag[];
  readonly tunnel?: Tunnel;
  readonly mac: bigint;
  readonly addresses: readonly string[];
}

export function makeSighting(talk: Talk): Sighting | undefined {
  const { dice, connections } = talk;
  const seats = seatsOf(talk);
  if (seats.length === 0) return undefined;
  const known = connections.all.length > 0 && dice.chance(3) ? dice.pick(connections.all) : undefined;
  const made = known ? partOf(talk, seats, known) : undefined;
  return spoil(talk, made ?? fresh(talk, dice.pick(seats)));
}

function tag(id: number, type: VlanTag['type'] = 0x8100): VlanTag {
  return { type, priority: 0, dropEligible: false, id };
}

function seatsOf(talk: Talk): Seat[] {
  const interfaces = [...talk.world.documents.interfaces.values()];
  return interfaces.flatMap(iface => [...hostSeats(talk, iface), ...machineSeats(talk, iface)]);
}

function hostSeats({ world }: Talk, iface: InterfaceDocument): Seat[] {
  const { attachment, hosts } = iface;
  const of = (host: (typeof hosts)[number]) => ({ iface, mac: parseMac(host.mac), addresses: host.addresses });
  switch (attachment.type) {
    case 'vlan':
      return hosts.map(host => ({ ...of(host), device: attachment.port, tags: [tag(attachment.vlan)] }));
    case 'representor':
      return hosts.map(host => ({ ...of(host), device: attachment.port, tags: [] }));
    case 'vni': {
      const way = wayInto(world, iface);
      return way ? hosts.map(host => ({ ...of(host), ...way(parseIp(host.vtep ?? remoteVteps[0])) })) : [];
    }
  }
}

function machineSeats({ world, dice }: Talk, iface: InterfaceDocument): Seat[] {
  const way = wayInto(world, iface);
  const vtep = vtepOf(world, iface);
  const machines = [...world.documents.ports.values()].filter(port => port.interface === iface.name);
  return machines.flatMap((port): Seat[] => {
    const of = { iface, mac: parseMac(port.mac), addresses: port.addresses };
    const device = world.devices.get(port.name);
    if (device !== undefined) return [{ ...of, port, device, tags: [] }];
    const far = world.peers.flatMap(peer => [peer.vteps.get(vtep?.name ?? '')].filter(ip => ip !== undefined));
    return !way || far.length === 0 ? [] : [{ ...of, ...way(dice.pick(far)) }];
  });
}

/** How a frame comes into the VNI of an interface, from a VTEP. */
function wayInto(world: World, iface: InterfaceDocument) {
  const vni = vniOf(world, iface);
  const vtep = vtepOf(world, iface);
  if (!vni || !vtep) return undefined;
  return (source: Ip) => ({
    device: vtep.port,
    tags: [],
    tunnel: { vni: vni.vni, source, destination: vtep.address },
  });
}

/** The next packet of a connection, from either end. */
function partOf({ world, dice }: Talk, seats: readonly Seat[], known: Connection): Sighting | undefined {
  const isReply = dice.chance(2);
  const seat = seats.find(({ iface, addresses }) =>
    isReply
      ? iface.role === 'outer' && isPoolOn(world, iface, known.outside)
      : iface.tenant === known.tenant && addresses.some(text => parseIp(text).value === known.inside),
  );
  if (!seat) return undefined;
  const { inside, insidePort, remote, remotePort, outside, outsidePort, protocol } = known;
  const [from, to] = isReply
    ? [[remote, remotePort] as const, [outside, outsidePort] as const]
    : [[inside, insidePort] as const, [remote, remotePort] as const];
  const body: IpPayload =
    protocol === 'icmp'
      ? { kind: 'icmp', type: isReply ? 0 : 8, code: 0, rest: insidePort * 0x1_0000 + 2, data: payload }
      : { kind: 'udp', sourcePort: from[1], destinationPort: to[1], data: payload };
  if (protocol === 'tcp') return undefined;
  return at(seat, parseMac(seat.iface.mac), ipv4(from[0], to[0], body));
}

function isPoolOn({ documents }: World, iface: InterfaceDocument, address: number): boolean {
  return [...documents['nat-pools'].values()].some(
    pool => pool.interface === iface.name && pool.addresses.some(text => parseIp(text).value === address),
  );
}

function fresh(talk: Talk, seat: Seat): Sighting {
  const { dice } = talk;
  const gateway = parseMac(seat.iface.mac);
  const family = seat.addresses.length > 1 && dice.chance(4) ? 6 : 4;
  const from = parseIp(seat.addresses.find(text => parseIp(text).family === family) ?? seat.addresses[0] ?? '');
  const to = destination(talk, seat, from.family);
  if (from.family === 4 && to.family === 4) {
    if (dice.chance(6))
      return at(seat, dice.chance(3) ? gateway : 0xffffffffffffn, arp(talk, seat, from.value, to.value));
    const mac = dice.chance(8) ? anyMac(talk, seat) : gateway;
    return at(seat, mac, ipv4(from.value, to.value, body(talk, 4)));
  }
  if (from.family !== 6 || to.family !== 6) return at(seat, gateway, other(dice));
  if (dice.chance(6)) return at(seat, dice.chance(3) ? gateway : 0x3333ff000001n, solicit(from.value, to.value));
  const mac = dice.chance(8) ? anyMac(talk, seat) : gateway;
  return at(seat, mac, ipv6(from.value, to.value, body(talk, 6)));
}

function at({ device, tags, tunnel, mac }: Seat, destination: bigint, content: FramePayload): Sighting {
  const frame: Frame = { destination, source: mac, tags, payload: content, trailer: empty };
  return tunnel ? { device, tunnel, frame } : { device, frame };
}

function ipv4(source: number, destination: number, content: IpPayload, ttl = 64): FramePayload {
  return {
    kind: 'ipv4',
    source,
    destination,
    ttl,
    tos: 0,
    identification: 1,
    dontFragment: true,
    moreFragments: false,
    fragmentOffset: 0,
    options: empty,
    payload: content,
  };
}

function ipv6(source: bigint, destination: bigint, content: IpPayload): FramePayload {
  return { kind: 'ipv6', source, destination, hopLimit: 64, trafficClass: 0, flowLabel: 0, payload: content };
}

function body({ dice }: Talk, family: 4 | 6): IpPayload {
  const sourcePort = dice.pick([1024, 2000, 3333, 40000, 65535]);
  const destinationPort = dice.pick([53, 80, 443, 2000, 4096, 4100, 8191]);
  switch (dice.below(6)) {
    case 0:
    case 1:
      return { kind: 'udp', sourcePort, destinationPort, data: payload };
    case 2:
      return {
        kind: 'tcp',
        sourcePort,
        destinationPort,
        sequence: 1000,
        acknowledgement: 0,
        flags: 2,
        window: 64240,
        urgent: 0,
        options: empty,
        data: empty,
      };
    case 3:
    case 4: {
      const rest = dice.pick([1, 2, 3]) * 0x1_0000 + 1;
      return family === 4
        ? { kind: 'icmp', type: 8, code: 0, rest, data: payload }
        : { kind: 'icmpv6', type: 128, code: 0, rest, data: payload };
    }
    default:
      return { kind: 'ip', protocol: dice.pick([4, 47, 50, 89]), data: payload };
  }
}

function other(dice: Dice): FramePayload {
  return { kind: 'other', etherType: dice.pick([0x88cc, 0x8847, 0x0842, 0x9000]), data: payload };
}

function arp(talk: Talk, { mac }: Seat, sender: number, target: number): FramePayload {
  const operation = talk.dice.chance(6) ? 2 : 1;
  return { kind: 'arp', operation, senderMac: mac, sender, targetMac: 0n, target };
}

/** RFC 4861 section 4.3, with the source link-layer address option. */
function solicit(source: bigint, target: bigint): FramePayload {
  const data = new Uint8Array(24);
  for (let i = 0; i < 16; i++) data[i] = Number((target >> BigInt(8 * (15 - i))) & 0xffn);
  data.set([1, 1], 16);
  const to = 0xff0200000000000000000001ff000000n | (target & 0xffffffn);
  return {
    kind: 'ipv6',
    source,
    destination: to,
    hopLimit: 255,
    trafficClass: 0,
    flowLabel: 0,
    payload: { kind: 'icmpv6', type: 135, code: 0, rest: 0, data },
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
  const choices = dice.pick([of([seat.iface]), of(own), of(all), machines, pools, routes, beyond, beyond, nowhere]);
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
function spoil({ world, dice }: Talk, sighting: Sighting): Sighting {
  if (!dice.chance(4)) return sighting;
  const { frame } = sighting;
  const { payload: content } = frame;
  switch (dice.below(11)) {
    case 0:
      if (sighting.tunnel) return sighting;
      return {
        ...sighting,
        device: dice.pick([...stageDevices.physical, ...stageDevices.representors, ...world.devices.values()]),
      };
    case 1:
      return { ...sighting, frame: { ...frame, tags: frame.tags.map(() => tag(dice.within(1, 32))) } };
    case 2:
      return { ...sighting, frame: { ...frame, tags: frame.tags.length === 0 ? [tag(dice.within(10, 14))] : [] } };
    case 9:
      return {
        ...sighting,
        frame: { ...frame, tags: [...frame.tags, tag(dice.within(1, 20), dice.pick([0x8100, 0x88a8]))] },
      };
    case 3:
      if (!sighting.tunnel) return sighting;
      return { ...sighting, tunnel: { ...sighting.tunnel, vni: anyVni(world, dice) } };
    case 4:
      if (!sighting.tunnel) return sighting;
      return { ...sighting, tunnel: { ...sighting.tunnel, source: otherVtep(dice, sighting.tunnel) } };
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
    default:
      return { ...sighting, frame: { ...frame, payload: other(dice) } };
  }
}

/** On the same underlay: what goes to another is the kernel's routing, not ours. */
function otherVtep(dice: Dice, { destination }: Tunnel): Ip {
  const near = remoteVteps.map(parseIp).filter(ip => Number(ip.value) >>> 8 === Number(destination.value) >>> 8);
  return dice.pick(near);
}

function anyVni(world: World, dice: Dice): number {
  const indexes = [...world.indexes.values()];
  const some = indexes.length > 0 ? dice.pick(indexes) : 1;
  const known = [...world.documents.vnis.values()].map(({ vni }) => vni);
  return dice.pick([...known, 4999, relayVnis['to-egress'] + some, relayVnis['to-nat'] + some]);
}
