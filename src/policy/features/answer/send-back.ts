// An answer goes out by the port or the interface that asked: to the asker's MAC, and over the tunnel it came by.

import type { Action } from '../../../openflow/actions/all.ts';
import type { LegHere } from '../../facts/derived.ts';
import { registers } from '../../registers.ts';
import { move, set, whole } from '../words/match-and-action.ts';

const overTunnel: Readonly<Record<4 | 6, Action>> = {
  4: move(whole('tun_src', 32), whole('tun_dst', 32)),
  6: move(whole('tun_ipv6_src', 128), whole('tun_ipv6_dst', 128)),
};

/** @param mac who answers */
export function sendBack({ tunnel }: LegHere, mac: bigint): Action[] {
  return [
    move(whole('eth_src', 48), whole('eth_dst', 48)),
    set('eth_src', mac),
    ...(tunnel === undefined ? [] : [overTunnel[tunnel]]),
    move(registers.arrivedBy, registers.egressInterface),
  ];
}
