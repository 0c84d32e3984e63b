// Table `interface`: a machine's port is known by its OpenFlow port, and sends with the MAC address of its machine, and no
// other.

import { portsHere } from '../../facts/derived.ts';
import { legs, ports } from '../../facts/objects.ts';
import { registers } from '../../registers.ts';
import { drop, flow, flowUnit } from '../flow-unit.ts';
import { ownedByPort } from '../words/interfaces.ts';
import { is, isUntagged, load } from '../words/match-and-action.ts';
import { remember, rememberReads } from './remember.ts';

export const classifyPort = flowUnit({
  name: 'classify/port',
  over: portsHere,
  reads: [ports, legs, ...rememberReads],
  flows: ({ port: name, ofport }, facts) => {
    const port = facts.get(ports, name);
    const leg = port && facts.get(legs, port.interface);
    const known = leg && remember(facts, leg, port.index);
    if (!known) return [];
    return [
      flow({
        table: 'interface',
        priority: 110,
        owner: ownedByPort(port),
        match: [is('in_port', ofport), is('eth_src', port.mac), isUntagged()],
        actions: [...known, load(registers.fromPort, 1)],
        next: 'rate',
      }),
      drop('interface', 90, 'not-the-ports-own', [is('in_port', ofport)]),
    ];
  },
});
