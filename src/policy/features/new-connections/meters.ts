// The meters that new connections pass, of interfaces that have a rate.

import { unit } from '../../engine/unit.ts';
import { legsHere } from '../../facts/derived.ts';
import { newConnections } from '../../facts/objects.ts';
import { meters } from '../../facts/outcome.ts';
import { meterOf } from '../../meters.ts';

export const meterNewConnections = unit({
  name: 'new-connections/meters',
  over: newConnections,
  reads: [legsHere],
  writes: [meters],
  emit: ({ interface: name, rate }, facts, out) => {
    const leg = rate === undefined ? undefined : facts.get(legsHere, name);
    if (leg && rate !== undefined) out.put(meters, meterOf(leg, 'newConnections', rate));
  },
});
