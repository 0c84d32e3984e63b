// The meters that flows of interfaces and ports pass.

import { unit } from '../../engine/unit.ts';
import { legsHere, machinesHere } from '../../facts/derived.ts';
import { gateways, ports } from '../../facts/objects.ts';
import { meters } from '../../facts/outcome.ts';
import { interfaceMeters, portMeters } from '../../meters.ts';

export const meterInterface = unit({
  name: 'rate/interface-meters',
  over: gateways,
  reads: [legsHere],
  writes: [meters],
  emit: ({ interface: name, arpRate }, facts, out) => {
    const leg = facts.get(legsHere, name);
    for (const meter of leg ? interfaceMeters({ index: leg.index, arpRate }) : []) out.put(meters, meter);
  },
});

export const meterPort = unit({
  name: 'rate/port-meters',
  over: machinesHere,
  reads: [ports, gateways],
  writes: [meters],
  emit: ({ port, index }, facts, out) => {
    const gateway = facts.get(gateways, facts.get(ports, port)?.interface ?? '');
    for (const meter of gateway ? portMeters({ index, arpRate: gateway.arpRate }) : []) out.put(meters, meter);
  },
});
