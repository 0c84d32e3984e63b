// Table `rate`: ARP and ND pass the meter of their interface, or port, before anything slow is done for them, so that a flood dies
// in the datapath.

import type { Match } from '../../openflow/flow/match.ts';
import { etherTypes, icmpv6Types, protocols, vlanPresent } from '../constants.ts';
import { drop, flow, is, registersAre } from '../flow-builder.ts';
import { meterId } from '../meters.ts';
import { tables } from '../pipeline.ts';
import { registers } from '../registers.ts';
import { legsHere, ownedBy, ownedByPort, portsHere, type Stage } from './context.ts';

/** Router and neighbour discovery, RFC 4861 section 4: ICMPv6 types 133 to 137. */
const discoveryTypes = Array.from(
  { length: icmpv6Types.redirect - icmpv6Types.routerSolicitation + 1 },
  (_, i) => icmpv6Types.routerSolicitation + i,
);

const metered: readonly Match[] = [
  [is('eth_type', etherTypes.arp)],
  ...discoveryTypes.map(type => [
    is('eth_type', etherTypes.ipv6),
    is('nw_proto', protocols.icmpv6),
    is('icmpv6_type', type),
  ]),
];

/** The tag is off by now: what has one still, or a tag's type in place of its own, had two. OVS shows it by `vlan-limit`. */
const tagged: readonly Match[] = [
  [is('vlan_vid', vlanPresent, vlanPresent)],
  [is('eth_type', etherTypes.vlan)],
  [is('eth_type', etherTypes.serviceVlan)],
];

export const rate: Stage = context => [
  ...tagged.map(match => drop(tables.rate, 200, 'double-tagged', match)),
  ...legsHere(context).flatMap(iface =>
    metered.map(match =>
      flow({
        table: tables.rate,
        priority: 100,
        owner: ownedBy(iface),
        match: [...registersAre([registers.ingressInterface, iface.index]), ...match],
        actions: [{ kind: 'meter', meter: meterId(iface, 'arpNd') }],
        next: tables.arp_nd,
      }),
    ),
  ),
  ...portsHere(context).flatMap(({ port }) =>
    metered.map(match =>
      flow({
        table: tables.rate,
        priority: 110,
        owner: ownedByPort(port),
        match: [...registersAre([registers.arrivedBy, port.index]), ...match],
        actions: [{ kind: 'meter', meter: meterId(port, 'arpNd') }],
        next: tables.arp_nd,
      }),
    ),
  ),
  flow({ table: tables.rate, priority: 0, next: tables.arp_nd }),
];
