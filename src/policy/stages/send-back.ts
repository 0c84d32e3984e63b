// An answer goes out by the port or the interface that asked: to the asker's MAC, and over the tunnel it came by.

import type { Action } from '../../openflow/flow/action.ts';
import { move, set, whole } from '../flow-builder.ts';
import type { Interface } from '../model.ts';
import { registers } from '../registers.ts';

/** @param mac who answers */
export function sendBack({ attachment }: Interface, mac: bigint): Action[] {
  const overTunnel: Action[] =
    attachment.kind !== 'vni' || !attachment.vni.vtep
      ? []
      : attachment.vni.vtep.address.ip.family === 4
        ? [move(whole('tun_src', 32), whole('tun_dst', 32))]
        : [move(whole('tun_ipv6_src', 128), whole('tun_ipv6_dst', 128))];
  return [
    move(whole('eth_src', 48), whole('eth_dst', 48)),
    set('eth_src', mac),
    ...overTunnel,
    move(registers.arrivedBy, registers.egressInterface),
  ];
}
