// First question: whose packet is it? Port and tag, or VNI and tunnel, say by which interface it came in, and from which
// machine where that is known.

import { parseIp, parseMac, sameIp } from '../../src/lib/address.ts';
import type { Frame } from '../../src/openflow/packet/frame.ts';
import type { InterfaceDocument } from '../../src/policy/kinds/interfaces.ts';
import type { PortDocument } from '../../src/policy/kinds/ports.ts';
import { dropped, type Sighting, type Tunnel, type Verdict } from './verdict.ts';
import { siteOfInterface, siteOfPort, vniOf, vtepOf, type World } from './world.ts';

export interface Arrival {
  readonly kind: 'arrived';
  readonly iface: InterfaceDocument;
  /** The machine that sent it, on a device of this node. */
  readonly port: PortDocument | undefined;
  readonly tunnel: Tunnel | undefined;
  readonly fromPeer: boolean;
  /** Without its tag. */
  readonly frame: Frame;
  /** Its IP packet comes in pieces: what stands behind IP's header is not seen. */
  readonly inPieces: boolean;
  /** Another node has done the first half of the work. */
  readonly relay: 'to-egress' | 'to-nat' | undefined;
}

/** VNIs in which nodes hand each other packets (docs/pipeline.md, several nodes): the base, and the interface's index. */
export const relayVnis = { 'to-egress': 0xff0000, 'to-nat': 0xfe0000 } as const;

const groupBit = 0x010000000000n;
/** IEEE 802.1Q table 8-1: 01-80-C2-00-00-00 to 0F. */
const isLinkLocal = (mac: bigint): boolean => mac >> 4n === 0x0180c200000n;

export function arrive(world: World, sighting: Sighting): Arrival | Verdict {
  const arrival = arrivalOf(world, sighting);
  return arrival.kind === 'arrived' ? { ...arrival, inPieces: sighting.pieces !== undefined } : arrival;
}

function arrivalOf(world: World, { device, tunnel, frame }: Sighting): Arrival | Verdict {
  const physical = world.physicalPorts.find(({ name }) => name === device);
  const [tag, ...more] = frame.tags;
  // A physical port has tenants' VLANs and nothing else.
  if (physical && !tunnel) {
    if (physical.checksTagType && tag && tag.type !== 0x8100) return dropped('service-tag');
    if (isUnderlay(world, device, frame)) return { kind: 'to-kernel' };
    // Who does not ask does not see its type: docs/pipeline.md, limits.
    const vlan = tag?.id;
    const iface = [...world.documents.interfaces.values()].find(
      ({ attachment: { type }, attachment }) =>
        type === 'vlan' && attachment.type === 'vlan' && attachment.port === device && attachment.vlan === vlan,
    );
    if (!iface || siteOfInterface(world, iface).kind !== 'here') return dropped('not-ours');
    const bad = forbidden(frame);
    if (bad) return bad;
    return more.length > 0 ? dropped('double-tagged') : found(iface, { ...frame, tags: [] });
  }
  const bad = forbidden(frame);
  if (bad) return bad;
  if (tunnel) return fromTunnel(world, tunnel, frame);
  if (tag) {
    const owned = [...world.devices].some(([, of]) => of === device);
    return dropped(owned ? 'not-the-ports-own' : 'unknown-interface');
  }
  const machine = [...world.devices].find(([name, of]) => {
    const port = world.documents.ports.get(name);
    return of === device && port !== undefined && siteOfPort(world, port).kind === 'here';
  });
  if (machine) {
    const port = world.documents.ports.get(machine[0]);
    const iface = port && world.documents.interfaces.get(port.interface);
    if (!port || !iface) return dropped('unknown-interface');
    if (frame.source !== parseMac(port.mac)) return dropped('not-the-ports-own');
    return found(iface, frame, { port });
  }
  const iface = [...world.documents.interfaces.values()].find(
    ({ attachment }) => attachment.type === 'representor' && attachment.port === device,
  );
  if (!iface || siteOfInterface(world, iface).kind !== 'here') return dropped('unknown-interface');
  return found(iface, frame);
}

/** The underlay of a VTEP: its infra VLAN, or what is untagged and addressed to the node or to all. */
function isUnderlay(world: World, device: string, { tags: [tag], destination }: Frame): boolean {
  const vteps = world.vteps.filter(({ port }) => port === device);
  if (tag) return vteps.some(({ infraVlan }) => infraVlan === tag.id);
  const toNode = destination === world.nodeMac || (destination & groupBit) !== 0n;
  return toNode && vteps.some(({ infraVlan }) => infraVlan === undefined);
}

/** What no pipeline may see. */
function forbidden({ source, destination }: Frame): Verdict | undefined {
  if (isLinkLocal(destination)) return dropped('link-local');
  return (source & groupBit) !== 0n ? dropped('bad-source-mac') : undefined;
}

function fromTunnel(world: World, tunnel: Tunnel, frame: Frame): Arrival | Verdict {
  const fromPeer = world.peers.some(peer => [...peer.vteps.values()].some(ip => sameIp(ip, tunnel.source)));
  const interfaces = [...world.documents.interfaces.values()];
  if (fromPeer && world.isStopped) return dropped('fenced');
  if (fromPeer)
    for (const relay of ['to-egress', 'to-nat'] as const) {
      const iface = interfaces.find(
        ({ name }) => relayVnis[relay] + (world.indexes.get(`interfaces/${name}`) ?? 0) === tunnel.vni,
      );
      if (!iface) continue;
      const can =
        relay === 'to-nat'
          ? iface.role === 'outer'
          : iface.attachment.type !== 'vni' && siteOfInterface(world, iface).kind === 'here';
      if (can) return found(iface, frame, { tunnel, fromPeer, relay });
    }
  const iface = interfaces.find(candidate => {
    const vtep = vtepOf(world, candidate);
    return vtep && sameIp(vtep.address, tunnel.destination) && vniOf(world, candidate)?.vni === tunnel.vni;
  });
  if (!iface) return dropped('unknown-interface');
  // Inside a tunnel there is no tag of ours.
  if (frame.tags.length > 0) return dropped('unknown-interface');
  const isKnown = iface.remoteVteps.some(text => sameIp(parseIp(text), tunnel.source));
  if (iface.remoteVteps.length > 0 && !isKnown && !fromPeer) return dropped('unknown-remote-vtep');
  return found(iface, frame, { tunnel, fromPeer });
}

function found(iface: InterfaceDocument, frame: Frame, more: Partial<Arrival> = {}): Arrival {
  return {
    kind: 'arrived',
    iface,
    port: undefined,
    tunnel: undefined,
    fromPeer: false,
    relay: undefined,
    inPieces: false,
    ...more,
    frame,
  };
}
