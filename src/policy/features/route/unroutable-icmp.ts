// ICMP that no router forwards: what means something on one link alone, redirects above all (RFC 792, RFC 1256), source
// quench, which is nobody's any more (RFC 6633), and of ICMPv6 what its receivers take only with all of its 255 hops (RFC 4861
// section 6 to 8, RFC 3122, RFC 3971). From inside it ends before it is routed; from outside behind NAT, where an established
// packet is through already.

import type { Match } from '../../../openflow/flow/match.ts';
import { discoveryTypes, icmpTypes, icmpv6Types, protocols } from '../../constants.ts';
import { self } from '../../facts/base.ts';
import { fromInner, registers } from '../../registers.ts';
import { sourcePriorities } from '../anti-spoof/special-sources.ts';
import { drop, flowUnit } from '../flow-unit.ts';
import { isRelated } from '../nat/ct-state.ts';
import { ethType, is, registersAre } from '../words/match-and-action.ts';

const { sourceQuench, redirect, routerAdvertisement, routerSolicitation } = icmpTypes;
const { inverseSolicitation, inverseAdvertisement } = icmpv6Types;
const { certificationPathSolicitation, certificationPathAdvertisement } = icmpv6Types;

const icmp: Match = [ethType(4), is('nw_proto', protocols.icmp)];
const icmpv6: Match = [ethType(6), is('nw_proto', protocols.icmpv6)];

const unroutable4 = [sourceQuench, redirect, routerAdvertisement, routerSolicitation].map(type => [
  ...icmp,
  is('icmp_type', type),
]);

const unroutable6 = [
  ...discoveryTypes,
  ...[inverseSolicitation, inverseAdvertisement, certificationPathSolicitation, certificationPathAdvertisement],
].map(type => [...icmpv6, is('icmpv6_type', type)]);

/** The type of an error in pieces is not seen. An honest one has 576 bytes at the most (RFC 1812 section 4.3.2.3). */
const errorInPieces: Match = [isRelated(), ...icmp, is('ip_frag', 1, 1)];

export const unroutableIcmp = flowUnit({
  name: 'route/unroutable-icmp',
  over: self,
  reads: [],
  flows: () => [
    ...[...unroutable4, ...unroutable6].map(match =>
      drop('gateway', 45, 'unroutable-icmp', [...registersAre([registers.direction, fromInner]), ...match]),
    ),
    ...[...unroutable4, errorInPieces].map(match => drop('outer_state', 270, 'unroutable-icmp', match)),
    ...[...unroutable4, ...unroutable6].map(match =>
      drop('outer_source', sourcePriorities.unroutable, 'unroutable-icmp', match),
    ),
    drop('inner_state', 105, 'unroutable-icmp', errorInPieces),
  ],
});
