// Table `uplink`: a tenant's VLAN goes to the integration bridge. Nothing floods, nothing is learned.

import { ofportKey, ofports, only, self } from '../../facts/base.ts';
import { legs, wires } from '../../facts/objects.ts';
import { patchPorts } from '../../node.ts';
import { flow, flowUnit } from '../flow-unit.ts';
import { isHere, isHereReads, ownedBy } from '../words/interfaces.ts';
import { is, isTagged } from '../words/match-and-action.ts';
import { tableOfTagged } from './tag-type.ts';

export const uplinkVlan = flowUnit({
  name: 'uplink/vlan',
  over: wires,
  reads: [self, legs, ofports, ...isHereReads],
  flows: (wire, facts) => {
    if (wire.kind !== 'vlan' || !isHere(facts, wire.interface)) return [];
    const leg = facts.get(legs, wire.interface);
    const port = facts.get(ofports, ofportKey('physical', wire.port))?.ofport;
    const patch = facts.get(ofports, ofportKey('physical', patchPorts(wire.port).physical))?.ofport;
    if (!leg || port === undefined || patch === undefined) return [];
    return [
      flow({
        table: tableOfTagged(facts.get(self, only), wire.port),
        priority: 100,
        owner: ownedBy(leg),
        match: [is('in_port', port), isTagged(wire.vlan)],
        actions: [{ kind: 'output', port: patch }],
      }),
    ];
  },
});
