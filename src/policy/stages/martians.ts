// Martians (RFC 1812 section 5.3.7, RFC 2827): addresses that no packet on the way comes from or goes to. Each is asked
// for in the table that looks at such an address anyway, or after the packets that matter have gone another way: the
// datapath's flow of an ordinary packet must not match more bits than it would without.

import { type Ip, reservedAddresses } from '../../lib/address.ts';
import type { Match } from '../../openflow/flow/match.ts';
import { inPrefix, isAddress, registersAre } from '../flow-builder.ts';
import type { Interface } from '../model.ts';
import { registers } from '../registers.ts';
import { linkLocal, neverUnicast } from '../special-addresses.ts';
import type { StageContext } from './context.ts';

/** From where nobody sends. */
export const specialSources: readonly Match[] = neverUnicast.map(({ prefix }) => inPrefix('source', prefix));

/** To where nothing is routed. */
export const specialDestinations: readonly Match[] = [...neverUnicast, ...linkLocal].map(({ prefix }) =>
  inPrefix('destination', prefix),
);

/** From where machines send to their own link alone. */
export const linkLocalSources: readonly Match[] = linkLocal.map(({ prefix }) => inPrefix('source', prefix));

/** Addresses of an interface that no other machine sends from: the gateway's, and those that are nobody's. */
export function ownAddresses({ addresses }: Interface): Ip[] {
  return addresses.flatMap(prefix => [prefix.ip, ...Object.values(reservedAddresses(prefix))]);
}

/** What must not come in by an outer interface: its own addresses, and those that packets leave with. */
export function outerSources({ intent }: StageContext): Match[] {
  const own = intent.interfaces.flatMap(iface => {
    if (iface.role !== 'outer') return [];
    const pooled = intent.natPools.filter(pool => pool.interface === iface).flatMap(({ addresses }) => addresses);
    const distinct = new Map([...ownAddresses(iface), ...pooled].map(ip => [`${ip.family} ${ip.value}`, ip]));
    const here = registersAre([registers.ingressInterface, iface.index]);
    return [...distinct.values()].map(ip => [...here, ...isAddress('source', ip)]);
  });
  return [...specialSources, ...own];
}
