// Tables `stateless_in` and `stateless_out`: what is translated without connection tracking. Of ICMP only queries and their
// answers pass. An error quotes the packet that it is about, and no flow can change a quotation: it would tell outside what is
// inside, and tell inside of an address that nobody knows there. Of an ICMP message in pieces the type is not seen. Of TCP and UDP in
// pieces the userspace datapath (seen in 3.1.0) "corrects" the checksum in every piece, where those after the first have data.

import type { Match } from '../../../openflow/flow/match.ts';
import { icmpTypes, icmpv6Types, protocols } from '../../constants.ts';
import { self } from '../../facts/base.ts';
import { drop, flow, flowUnit } from '../flow-unit.ts';
import { ethType, is } from '../words/match-and-action.ts';

const { echoReply, echoRequest, timestamp, timestampReply, information, informationReply } = icmpTypes;

const icmp: Match = [ethType(4), is('nw_proto', protocols.icmp)];
const icmpv6: Match = [ethType(6), is('nw_proto', protocols.icmpv6)];

const inPieces = is('ip_frag', 1, 1);
const broken: readonly Match[] = [protocols.tcp, protocols.udp, protocols.icmp].map(protocol => [
  ethType(4),
  is('nw_proto', protocol),
  inPieces,
]);

const queries: readonly Match[] = [
  ...[echoReply, echoRequest, timestamp, timestampReply, information, informationReply].map(type => [
    ...icmp,
    is('icmp_type', type),
  ]),
  ...[icmpv6Types.echoRequest, icmpv6Types.echoReply].map(type => [...icmpv6, is('icmpv6_type', type)]),
];

const ways = [
  { table: 'stateless_in', next: 'route' },
  { table: 'stateless_out', next: 'neighbour' },
] as const;

export const untranslatable = flowUnit({
  name: 'static-nat/untranslatable',
  over: self,
  reads: [],
  flows: () =>
    ways.flatMap(({ table, next }) => [
      ...[...broken, [...icmpv6, inPieces]].map(match => drop(table, 120, 'untranslatable', match)),
      ...queries.map(match => flow({ table, priority: 110, match, next })),
      ...[icmp, icmpv6].map(match => drop(table, 100, 'untranslatable', match)),
    ]),
});
