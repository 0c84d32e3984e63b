// Words for the overlay: the tunnel's fields have other names in IPv4 and IPv6.

import type { Ip } from '../../../lib/address.ts';
import type { Action } from '../../../openflow/actions/all.ts';
import type { MatchField } from '../../../openflow/flow/match.ts';
import type { Leg } from '../../facts/objects.ts';
import { registers } from '../../registers.ts';
import type { Transit } from '../../transit.ts';
import { is, load, set } from './match-and-action.ts';

const fields = {
  4: { source: 'tun_src', destination: 'tun_dst' },
  6: { source: 'tun_ipv6_src', destination: 'tun_ipv6_dst' },
} as const;

/** The VTEP at one end of the tunnel that the packet came by. */
export function tunnelIs(end: 'source' | 'destination', ip: Ip): MatchField {
  return is(fields[ip.family][end], ip.value);
}

/**
 * A packet that came by a tunnel has its addresses still. To Open vSwitch one of IPv4 counts before one of IPv6: left
 * there, what came by IPv4 would never leave by IPv6.
 */
export function setTunnel(end: 'source' | 'destination', ip: Ip): Action[] {
  const other = ip.family === 6 ? [set(fields[4][end], 0)] : [];
  return [...other, set(fields[ip.family][end], ip.value)];
}

/** Over to another node, in `vni`. */
export function toPeer(vni: number, { local, remote }: Transit): Action[] {
  return [set('tun_id', BigInt(vni)), ...setTunnel('source', local), ...setTunnel('destination', remote)];
}

/** Out by the VNI of the interface, to the VTEP of another node. */
export function alongSegment({ index }: Pick<Leg, 'index'>, remote: Ip): Action[] {
  return [load(registers.egressInterface, index), ...setTunnel('destination', remote)];
}
