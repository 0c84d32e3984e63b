// Table `neighbour`: next hop → MAC addresses, and on a VNI the remote VTEP; the TTL goes down here, once.

import type { Ip } from '../../lib/address.ts';
import type { Action } from '../../openflow/flow/action.ts';
import { ethType, flow, miss, registersAre, set } from '../flow-builder.ts';
import type { Host, Interface } from '../model.ts';
import { tables } from '../pipeline.ts';
import { registers } from '../registers.ts';
import { ownedBy, type Stage } from './context.ts';

export const neighbour: Stage = ({ intent }) => [
  ...intent.interfaces.flatMap(iface => iface.hosts.flatMap(host => host.addresses.map(ip => reach(iface, host, ip)))),
  miss(tables.neighbour, 'no-neighbour'),
];

function reach(iface: Interface, host: Host, ip: Ip) {
  const nextHop = ip.family === 4 ? registers.nextHop4 : registers.nextHop6;
  return flow({
    table: tables.neighbour,
    priority: 100,
    owner: ownedBy(iface),
    match: [...registersAre([registers.egressInterface, iface.index], [nextHop, ip.value]), ethType(ip.family)],
    actions: [set('eth_src', iface.mac), set('eth_dst', host.mac), { kind: 'dec_ttl' }, ...overTunnel(host)],
    next: tables.retag,
  });
}

function overTunnel({ vtep }: Host): Action[] {
  if (vtep === undefined) return [];
  return [set(vtep.family === 4 ? 'tun_dst' : 'tun_ipv6_dst', vtep.value)];
}
