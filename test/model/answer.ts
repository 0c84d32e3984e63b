// What the node answers itself: who has an address (ARP; neighbour solicitations go to pointsman), and is the gateway there.

import { type Ip, parseIp, parseMac, sameIp } from '../../src/lib/address.ts';
import type { ArpPacket } from '../../src/openflow/packet/arp.ts';
import type { IpPacket } from '../../src/openflow/packet/ip.ts';
import type { Arrival } from './arrive.ts';
import { adjusted } from './checksum.ts';
import { leaveByInterface, leaveByPort } from './leave.ts';
import { isNeverUnicast } from './martians.ts';
import { dropped, type Verdict } from './verdict.ts';
import {
  answersFor,
  canHave,
  forwardsOn,
  hostsOf,
  isOthersByNow,
  isOwnAddress,
  macOf,
  poolsOn,
  portsOf,
  siteOfPort,
  staticsOn,
  subnetsOf,
  type World,
} from './world.ts';

/** Who has the address, for somebody who asks by this arrival; undefined: nobody answers. */
function ownerOf(world: World, { iface, port }: Arrival, ip: Ip): bigint | undefined {
  const isWireAnswered = answersFor(world, iface);
  if (isOwnAddress(iface, ip) && (isWireAnswered || port)) return parseMac(iface.mac);
  for (const pool of poolsOn(world, iface))
    if (pool.addresses.some(text => sameIp(parseIp(text), ip)) && answersForPoolAddress(world, iface, ip)) {
      const mac = macOf(world, iface);
      return typeof mac === 'string' ? parseMac(mac) : mac;
    }
  const named = [...staticsOn(world, iface), ...forwardsOn(world, iface)];
  if (isWireAnswered && named.some(each => sameIp(parseIp(each.outside), ip))) return parseMac(iface.mac);
  // On a segment with machines of this node, the node knows them all.
  const machines = portsOf(world, iface);
  if (!machines.some(machine => siteOfPort(world, machine).kind === 'here')) return undefined;
  for (const machine of machines) {
    if (!machine.addresses.some(text => sameIp(parseIp(text), ip))) continue;
    const site = siteOfPort(world, machine).kind;
    return site === 'here' || (site === 'peer' && port) ? parseMac(machine.mac) : undefined;
  }
  const host = hostsOf(world, iface).find(({ addresses }) => addresses.some(text => sameIp(parseIp(text), ip)));
  return host && port ? parseMac(host.mac) : undefined;
}

/** The node whose chunk has the ICMP of a pool's address answers for it; where none can, the node of the interface. */
function answersForPoolAddress(world: World, iface: Arrival['iface'], ip: Ip): boolean {
  const owner = world.chunks.find(chunk => chunk.icmp && sameIp(parseIp(chunk.address), ip))?.node;
  if (!isOwnAddress(iface, ip) && owner !== undefined && canHave(world, owner, iface)) return owner === world.self;
  return world.boundInterfaces.get(iface.name) === world.self;
}

const groupBit = 0x010000000000n;

/** RFC 826. */
export function answerArp(world: World, arrival: Arrival, arp: ArpPacket): Verdict {
  const { frame, port, iface } = arrival;
  const target: Ip = { family: 4, value: arp.target };
  const isRequest = arp.operation === 1;
  if (isRequest && port?.addresses.some(text => sameIp(parseIp(text), target))) return dropped('arp-not-for-gateway');
  if ((arp.senderMac & groupBit) !== 0n) return dropped('bad-source-mac');
  // From 0.0.0.0 asks who has no address yet (RFC 5227).
  if (arp.sender >>> 24 !== 0 && isNeverUnicast({ family: 4, value: arp.sender })) return dropped('martian-source');
  if (!port && isOthersByNow(world, iface)) return dropped('fenced');
  const mac = isRequest ? ownerOf(world, arrival, target) : undefined;
  if (mac === undefined) return dropped('arp-not-for-gateway');
  const reply: ArpPacket = {
    kind: 'arp',
    operation: 2,
    senderMac: mac,
    sender: arp.target,
    targetMac: arp.senderMac,
    target: arp.sender,
  };
  return sendBack(world, arrival, { ...frame, destination: frame.source, source: mac, payload: reply });
}

/** A neighbour solicitation (RFC 4861 section 4.3): to pointsman when somebody here has the address; undefined: it is none. */
export function solicitation(world: World, arrival: Arrival, packet: IpPacket): Verdict | undefined {
  const { payload } = packet;
  // RFC 6980: not in pieces.
  if (payload.kind !== 'icmpv6' || payload.type !== 135 || arrival.inPieces) return undefined;
  if (!arrival.port && isOthersByNow(world, arrival.iface)) return dropped('fenced');
  if (payload.code !== 0 || payload.data.length < 16) return undefined;
  const value = payload.data.subarray(0, 16).reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  const target: Ip = { family: 6, value };
  if (arrival.port?.addresses.some(text => sameIp(parseIp(text), target))) return dropped('arp-not-for-gateway');
  return ownerOf(world, arrival, target) === undefined ? undefined : { kind: 'punted' };
}

const answerTtl = 64;

/** RFC 792, RFC 4443 section 4.2; undefined: no ping of the gateway. */
export function answerEcho(world: World, arrival: Arrival, packet: IpPacket): Verdict | undefined {
  const { payload } = packet;
  const [kind, request, reply] = packet.kind === 'ipv4' ? (['icmp', 8, 0] as const) : (['icmpv6', 128, 129] as const);
  const to: Ip =
    packet.kind === 'ipv4' ? { family: 4, value: packet.destination } : { family: 6, value: packet.destination };
  if (payload.kind !== kind || payload.type !== request || arrival.inPieces) return undefined;
  if (!subnetsOf(arrival.iface).some(({ ip }) => sameIp(ip, to))) return undefined;
  const answer =
    packet.kind === 'ipv4'
      ? { ...packet, source: packet.destination, destination: packet.source, ttl: answerTtl }
      : { ...packet, source: packet.destination, destination: packet.source, hopLimit: answerTtl };
  const mac = parseMac(arrival.iface.mac);
  const { frame } = arrival;
  const change = [[request * 0x100, reply * 0x100] as const];
  const checksum = payload.checksum === undefined ? {} : { checksum: adjusted(payload.checksum, change) };
  return sendBack(world, arrival, {
    ...frame,
    destination: frame.source,
    source: mac,
    payload: { ...answer, payload: { ...payload, type: reply, ...checksum } },
  });
}

/** The way it came: to the machine's device, or by the interface, to the VTEP that sent it. */
function sendBack(world: World, { iface, port, tunnel }: Arrival, frame: Arrival['frame']): Verdict {
  return port ? leaveByPort(world, port, frame) : leaveByInterface(world, iface, frame, tunnel?.source);
}
