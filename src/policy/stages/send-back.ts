// An answer goes out of the interface that asked: to the asker's MAC, and over the tunnel it came by.

import type { Action } from '../../openflow/flow/action.ts';
import { load, move, set, whole } from '../flow-builder.ts';
import type { Interface } from '../model.ts';
import { registers } from '../registers.ts';

export function sendBack(iface: Interface): Action[] {
  const { attachment } = iface;
  const overTunnel: Action[] =
    attachment.kind !== 'vni'
      ? []
      : attachment.vni.vtep.address.ip.family === 4
        ? [move(whole('tun_src', 32), whole('tun_dst', 32))]
        : [move(whole('tun_ipv6_src', 128), whole('tun_ipv6_dst', 128))];
  return [
    move(whole('eth_src', 48), whole('eth_dst', 48)),
    set('eth_src', iface.mac),
    ...overTunnel,
    load(registers.egressInterface, iface.index),
  ];
}
