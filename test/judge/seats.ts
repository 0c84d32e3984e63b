// Places from which somebody sends, as they should.

import { type Ip, parseIp, parseMac } from '../../src/lib/address.ts';
import type { FramePayload, VlanTag } from '../../src/openflow/packet/frame.ts';
import type { InterfaceDocument } from '../../src/policy/kinds/interfaces.ts';
import type { PortDocument } from '../../src/policy/kinds/ports.ts';
import type { Dice } from '../fixtures/dice.ts';
import type { Connections } from '../model/connections.ts';
import type { Sighting, Tunnel } from '../model/verdict.ts';
import { vniOf, vtepOf, type World } from '../model/world.ts';
import { empty } from './packets.ts';
import { remoteVteps } from './stage.ts';

export interface Talk {
  readonly world: World;
  readonly connections: Connections;
  readonly dice: Dice;
}

export interface Seat {
  readonly iface: InterfaceDocument;
  readonly port?: PortDocument;
  readonly device: string;
  readonly tags: readonly VlanTag[];
  readonly tunnel?: Tunnel;
  readonly mac: bigint;
  readonly addresses: readonly string[];
}

export function tag(id: number, type: VlanTag['type'] = 0x8100): VlanTag {
  return { type, priority: 0, dropEligible: false, id };
}

export function at({ device, tags, tunnel, mac }: Seat, destination: bigint, content: FramePayload): Sighting {
  const frame = { destination, source: mac, tags, payload: content, trailer: empty };
  return tunnel ? { device, tunnel, frame } : { device, frame };
}

export function seatsOf(talk: Talk): Seat[] {
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
      const family = vtepOf(world, iface)?.address.family;
      if (!way) return [];
      return hosts.flatMap(host => {
        const source = host.vtep === undefined ? undefined : parseIp(host.vtep);
        return source && source.family === family ? [{ ...of(host), ...way(source) }] : [];
      });
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
    const reachable = far.filter(({ family }) => family === vtep?.address.family);
    return !way || reachable.length === 0 ? [] : [{ ...of, ...way(dice.pick(reachable)) }];
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

export function hasPool({ documents }: World, iface: InterfaceDocument, address: number): boolean {
  const forwards = [...documents['port-forwards'].values()];
  if (forwards.some(of => of.interface === iface.name && parseIp(of.outside).value === address)) return true;
  return [...documents['nat-pools'].values()].some(
    pool => pool.interface === iface.name && pool.addresses.some(text => parseIp(text).value === address),
  );
}

/** On the same underlay: what goes to another is the kernel's routing, not ours. */
export function otherVtep({ world, dice }: Talk, { destination }: Tunnel): Ip {
  const name = world.vteps.find(({ address }) => address.value === destination.value)?.name ?? 'evpn';
  const { foreign, peers } = remoteVteps[name as keyof typeof remoteVteps];
  return parseIp(dice.pick<string>([...foreign, ...peers]));
}
