// Table `interface`: what other nodes pass on, to leave by an interface that is here, or to be translated by a chunk that is
// here.

import type { Match } from '../../../openflow/flow/match.ts';
import { only } from '../../facts/base.ts';
import { peersThere } from '../../facts/derived.ts';
import { legs, wires } from '../../facts/objects.ts';
import { registers } from '../../registers.ts';
import { egressVni, ingressVni } from '../../transit.ts';
import { remember, rememberReads } from '../classify/remember.ts';
import { flow, flowUnit } from '../flow-unit.ts';
import { isHere, isHereReads, overlayPort, overlayPortReads, ownedBy } from '../words/interfaces.ts';
import { is, load, registersAre } from '../words/match-and-action.ts';

export const takeFromPeers = flowUnit({
  name: 'peers/pass-on',
  over: legs,
  reads: [wires, peersThere, ...isHereReads, ...overlayPortReads, ...rememberReads],
  flows: (leg, facts) => {
    if (!facts.get(peersThere, only)) return [];
    const overlay = overlayPort(facts);
    if (overlay === undefined) return [];
    const common = { table: 'interface', priority: 100, owner: ownedBy(leg) } as const;
    const inVni = (vni: number): Match => [
      is('in_port', overlay),
      is('tun_id', BigInt(vni)),
      ...registersAre([registers.fromPeer, 1]),
    ];
    const isOnWire = isHere(facts, leg.name) && facts.get(wires, leg.name)?.kind !== 'vni';
    const known = leg.role === 'outer' ? remember(facts, leg, leg.index) : undefined;
    return [
      ...(isOnWire
        ? [
            flow({
              ...common,
              match: inVni(egressVni(leg.index)),
              actions: [load(registers.egressInterface, leg.index)],
              next: 'retag',
            }),
          ]
        : []),
      ...(known ? [flow({ ...common, match: inVni(ingressVni(leg.index)), actions: known, next: 'outer_nat' })] : []),
    ];
  },
});
