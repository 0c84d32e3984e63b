// From a port come the addresses of its machine, and what is routed through that (routed-sources.ts); nothing else.

import { widthOf } from '../../../lib/address.ts';
import { machinesHere } from '../../facts/derived.ts';
import { ports } from '../../facts/objects.ts';
import { registers } from '../../registers.ts';
import { drop, flowUnit } from '../flow-unit.ts';
import { registersAre } from '../words/match-and-action.ts';
import { fromPort } from './from-port.ts';

export const portSources = flowUnit({
  name: 'anti-spoof/port-sources',
  over: machinesHere,
  reads: [ports],
  flows: (machine, facts) => [
    ...(facts.get(ports, machine.port)?.addresses ?? []).map(ip =>
      fromPort(machine, { ip, length: widthOf(ip.family) }),
    ),
    drop('source', 110, 'spoofed-source', registersAre([registers.arrivedBy, machine.index])),
  ],
});
