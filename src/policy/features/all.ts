// Every feature's units, in the order in which of two that make one row the first counts: facts for others first, then
// flows in the order of the pipeline.

import type { Unit } from '../engine/unit.ts';
import { answerGroup } from './answer/answer-group.ts';
import { answerForGateways } from './answer/gateway-addresses.ts';
import { gatewayPing, transit } from './answer/gateway-ping.ts';
import { answerIfLeased } from './answer/lease.ts';
import { answerForHosts, answerForPorts } from './answer/machines.ts';
import { answerForPools } from './answer/pool-addresses.ts';
import { answers, noQuestions, ownQuestions } from './answer/questions.ts';
import { findPoolNetworks, reachedAddresses, usedPoolAddresses } from './anti-spoof/elsewhere.ts';
import {
  findInsideRoutes,
  findInsideSubnets,
  insideSources,
  outsideRoutes,
  outsideSubnets,
} from './anti-spoof/inside.ts';
import { outerPoolAddresses, outerSources, outerSubnetAddresses } from './anti-spoof/outer-addresses.ts';
import { peerSources } from './anti-spoof/peer-sources.ts';
import { portSources } from './anti-spoof/port-sources.ts';
import { routedSources } from './anti-spoof/routed-sources.ts';
import { findPoolUses, findRoutedInside } from './anti-spoof/routers.ts';
import { specialSources } from './anti-spoof/special-sources.ts';
import { subnetSources } from './anti-spoof/subnet-sources.ts';
import { classifyFrames } from './classify/frames.ts';
import { classifyInterface } from './classify/interface.ts';
import { classifyPort } from './classify/port.ts';
import { fenceBetweenNodes } from './fence/between-nodes.ts';
import { fenceInnerVlan } from './fence/inner-vlans.ts';
import { findMovingLegs } from './fence/moving-legs.ts';
import { chunkUse } from './nat/chunk.ts';
import { connectionState } from './nat/connection-state.ts';
import { ruleSources } from './nat/rule-sources.ts';
import { sourceNat } from './nat/source-nat.ts';
import { translatedSources, zoneTranslations } from './nat/translations.ts';
import { untracked } from './nat/untracked.ts';
import { reachHosts } from './neighbour/hosts.ts';
import { reachPorts } from './neighbour/ports.ts';
import { beginConnection } from './new-connections/begin.ts';
import { meterNewConnections } from './new-connections/meters.ts';
import { findPeers } from './overlay/peers-there.ts';
import { markPeer } from './peers/mark.ts';
import { takeFromPeers } from './peers/pass-on.ts';
import { misses } from './pipeline/misses.ts';
import { portForwardFacts } from './port-forward/facts.ts';
import { forwardPorts } from './port-forward/forward.ts';
import { findForwardsHere } from './port-forward/forwards-here.ts';
import { forwardElsewhere } from './port-forward/routers.ts';
import { rateInterface, ratePort } from './rate/metered.ts';
import { meterInterface, meterPort } from './rate/meters.ts';
import { dropDoubleTagged } from './rate/tags.ts';
import { connectedRoutes } from './route/connected.ts';
import { reachesOwn, reachesPooled, reachesRouted } from './route/reaches.ts';
import { staticRoutes } from './route/static.ts';
import { undeliverable } from './route/undeliverable.ts';
import { unroutableIcmp } from './route/unroutable-icmp.ts';
import { findHostsBesidePorts } from './segment/hosts-beside-ports.ts';
import { toGateway } from './segment/to-gateway.ts';
import { toHost, toPort } from './segment/to-machine.ts';
import { endConnections } from './static-nat/connections.ts';
import { staticNatFacts } from './static-nat/facts.ts';
import { staticElsewhere } from './static-nat/routers.ts';
import { translateStatic } from './static-nat/translate.ts';
import { turnStatic } from './static-nat/turn.ts';
import { untranslatable } from './static-nat/untranslatable.ts';
import { popTag, pushTag } from './uplink/tag-type.ts';
import { findUplinks, uplinkPort } from './uplink/underlay.ts';
import { uplinkVlan } from './uplink/vlan.ts';
import { leaveByInterface, leaveByPort } from './wire/leave.ts';
import { findLegsHere } from './wire/legs-here.ts';
import { findMachinesHere } from './wire/machines-here.ts';
import { findGatewayMacs, findSenderMacs } from './wire/macs.ts';
import { findPortsHere } from './wire/ports-here.ts';

export const features: readonly Unit[] = [
  // Facts.
  findPortsHere,
  findMachinesHere,
  findHostsBesidePorts,
  findMovingLegs,
  findLegsHere,
  findGatewayMacs,
  findSenderMacs,
  findPeers,
  findUplinks,
  reachesOwn,
  reachesRouted,
  reachesPooled,
  findPoolUses,
  findRoutedInside,
  findPoolNetworks,
  findInsideSubnets,
  findInsideRoutes,
  outerSubnetAddresses,
  outerPoolAddresses,
  answerForGateways,
  answerForPools,
  answerForPorts,
  answerForHosts,
  ...staticNatFacts,
  findForwardsHere,
  ...portForwardFacts,
  endConnections,
  translatedSources,
  zoneTranslations,
  // all tables
  misses,
  // uplink
  uplinkVlan,
  uplinkPort,
  pushTag,
  popTag,
  // ingress
  classifyFrames,
  markPeer,
  // interface
  classifyInterface,
  classifyPort,
  takeFromPeers,
  fenceBetweenNodes,
  // rate
  dropDoubleTagged,
  rateInterface,
  ratePort,
  meterInterface,
  meterPort,
  // arp_nd, answer
  answerGroup,
  answers,
  ownQuestions,
  answerIfLeased,
  noQuestions,
  // source
  specialSources,
  outerSources,
  subnetSources,
  portSources,
  routedSources,
  peerSources,
  reachedAddresses,
  usedPoolAddresses,
  staticElsewhere,
  forwardElsewhere,
  // l2_lookup
  toGateway,
  toPort,
  toHost,
  // gateway
  gatewayPing,
  transit,
  // turn, turn_source
  turnStatic,
  // outer_nat to translated
  translateStatic,
  untranslatable,
  chunkUse,
  ...forwardPorts,
  connectionState,
  unroutableIcmp,
  insideSources,
  outsideSubnets,
  outsideRoutes,
  undeliverable,
  connectedRoutes,
  staticRoutes,
  beginConnection,
  meterNewConnections,
  untracked,
  ...ruleSources,
  sourceNat,
  // neighbour
  reachHosts,
  reachPorts,
  // retag, egress
  leaveByInterface,
  leaveByPort,
  fenceInnerVlan,
];
