// Table `interface`: port and tag, or VNI and VTEP, become an interface; the tag comes off (a tunnel came off in the
// datapath already).

import type { Action } from '../../../openflow/actions/all.ts';
import type { Match } from '../../../openflow/flow/match.ts';
import { only } from '../../facts/base.ts';
import { peersThere } from '../../facts/derived.ts';
import { legs, type Segment, segments, wires } from '../../facts/objects.ts';
import { registers } from '../../registers.ts';
import { drop, flow, flowUnit } from '../flow-unit.ts';
import { isHere, isHereReads, ownedBy, portOf, portOfReads } from '../words/interfaces.ts';
import { is, isTagged, isUntagged, registersAre } from '../words/match-and-action.ts';
import { tunnelIs } from '../words/overlay.ts';
import { remember, rememberReads } from './remember.ts';

export const classifyInterface = flowUnit({
  name: 'classify/interface',
  over: wires,
  reads: [legs, segments, peersThere, ...isHereReads, ...portOfReads, ...rememberReads],
  flows: (wire, facts) => {
    const leg = facts.get(legs, wire.interface);
    const port = isHere(facts, wire.interface) ? portOf(facts, wire.interface) : undefined;
    if (!leg || port === undefined) return [];
    const known = remember(facts, leg, leg.index);
    if (!known) return [];
    const found = (match: Match, actions: readonly Action[] = []) =>
      flow({
        table: 'interface',
        priority: 100,
        owner: ownedBy(leg),
        match: [is('in_port', port), ...match],
        actions: [...actions, ...known],
        next: 'rate',
      });
    switch (wire.kind) {
      case 'vlan':
        return [found([isTagged(wire.vlan)], [{ kind: 'pop_vlan' }])];
      case 'representor':
        return [found([isUntagged()])];
      case 'vni': {
        const segment = facts.get(segments, wire.segment);
        if (!segment) return [];
        const tunnel = tunnelMatch(segment);
        if (wire.remoteVteps.length === 0) return [found([...tunnel, isUntagged()])];
        const isPeer = registersAre([registers.fromPeer, 1]);
        return [
          ...wire.remoteVteps.map(remote => found([...tunnel, tunnelIs('source', remote), isUntagged()])),
          ...(facts.get(peersThere, only) ? [found([...tunnel, ...isPeer, isUntagged()])] : []),
          drop('interface', 90, 'unknown-remote-vtep', [is('in_port', port), ...tunnel, isUntagged()]),
        ];
      }
    }
  },
});

function tunnelMatch({ vni, local }: Segment): Match {
  return [is('tun_id', BigInt(vni)), ...(local ? [tunnelIs('destination', local)] : [])];
}
