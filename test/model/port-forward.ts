// Ports of an outside address that stand for ports of one inside, for who begins from outside: the connection is remembered, and
// what the inside host answers leaves as from there. One node can do it whole only where both ends come to it.

import { type Ip, parseIp, sameIp } from '../../src/lib/address.ts';
import type { Ipv4Packet } from '../../src/openflow/packet/ip.ts';
import type { InterfaceDocument } from '../../src/policy/kinds/interfaces.ts';
import type { PortForwardDocument } from '../../src/policy/kinds/port-forwards.ts';
import type { Connection } from './connections.ts';
import { innerHop } from './route.ts';
import { answersFor, portsOf, siteOfInterface, siteOfPort, type World } from './world.ts';

function v4(value: number): Ip {
  return { family: 4, value };
}

/** Those of an interface that this node does. */
function doneHere(world: World, iface: InterfaceDocument): PortForwardDocument[] {
  if (!answersFor(world, iface)) return [];
  return [...world.documents['port-forwards'].values()].filter(
    of => of.interface === iface.name && world.zones.has(of.tenant) && comesBack(world, of),
  );
}

/** Alone, a node gets every answer; of a segment across nodes only those of its own machines for certain. */
function comesBack(world: World, { tenant, inside }: PortForwardDocument): boolean {
  if (world.peers.length === 0) return true;
  const iface = innerHop(world, tenant, parseIp(inside));
  if (!iface) return false;
  if (iface.attachment.type !== 'vni') return siteOfInterface(world, iface).kind === 'here';
  const machines = portsOf(world, iface).filter(port =>
    port.addresses.some(text => sameIp(parseIp(text), parseIp(inside))),
  );
  return machines.some(port => siteOfPort(world, port).kind === 'here');
}

/** Whose an outside address is. */
export function forwardingTenantAt(world: World, iface: InterfaceDocument, outside: number): string | undefined {
  return doneHere(world, iface).find(of => sameIp(parseIp(of.outside), v4(outside)))?.tenant;
}

export function forwardAt(
  world: World,
  iface: InterfaceDocument,
  { destination, payload }: Pick<Ipv4Packet, 'destination' | 'payload'>,
): PortForwardDocument | undefined {
  return doneHere(world, iface).find(
    of =>
      sameIp(parseIp(of.outside), v4(destination)) &&
      payload.kind === of.protocol &&
      payload.destinationPort >= of.ports.min &&
      payload.destinationPort <= of.ports.max,
  );
}

export function insidePortOf({ ports, insidePort = ports.min }: PortForwardDocument, port: number): number {
  return port - ports.min + insidePort;
}

/** Whether connection tracking is asked about what an inside host sends: it may be an answer. */
export function mayAnswer(
  world: World,
  tenant: string,
  iface: InterfaceDocument,
  { source, payload }: Ipv4Packet,
  inPieces: boolean,
): boolean {
  return doneHere(world, iface).some(of => {
    if (of.tenant !== tenant || !sameIp(parseIp(of.inside), v4(source))) return false;
    if (payload.kind === 'icmp') return true;
    if (payload.kind !== of.protocol) return false;
    const first = insidePortOf(of, of.ports.min);
    const last = insidePortOf(of, of.ports.max);
    return inPieces || (payload.sourcePort >= first && payload.sourcePort <= last);
  });
}

/** Whether an address and port is one that answers leave by. Of a piece, and of an error, no port is seen. */
export function leavesForwarded(
  world: World,
  tenant: string,
  iface: InterfaceDocument,
  { source, payload }: Ipv4Packet,
  inPieces: boolean,
): boolean {
  return doneHere(world, iface).some(of => {
    if (of.tenant !== tenant || !sameIp(parseIp(of.outside), v4(source))) return false;
    if (inPieces || payload.kind === 'icmp') return true;
    return payload.kind === of.protocol && payload.sourcePort >= of.ports.min && payload.sourcePort <= of.ports.max;
  });
}

/** Whether a connection that began from outside would begin so today. */
export function standsForwarded(world: World, connection: Connection): boolean {
  const { tenant, protocol, inside, insidePort, outside, outsidePort } = connection;
  return [...world.documents.interfaces.values()].some(iface =>
    doneHere(world, iface).some(
      of =>
        of.tenant === tenant &&
        of.protocol === protocol &&
        sameIp(parseIp(of.outside), v4(outside)) &&
        sameIp(parseIp(of.inside), v4(inside)) &&
        outsidePort >= of.ports.min &&
        outsidePort <= of.ports.max &&
        insidePort === insidePortOf(of, outsidePort),
    ),
  );
}
