// Which hosts a port here may have to do with.

import { unit } from '../../engine/unit.ts';
import { hostsBesidePorts } from '../../facts/derived.ts';
import { hosts, segmentsHere } from '../../facts/objects.ts';

export const findHostsBesidePorts = unit({
  name: 'segment/hosts-beside-ports',
  over: hosts,
  reads: [segmentsHere],
  writes: [hostsBesidePorts],
  emit: (host, facts, out) => {
    if (facts.get(segmentsHere, host.interface)) out.put(hostsBesidePorts, host);
  },
});
