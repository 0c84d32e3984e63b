// Which machines' ports are on the switch of this node.

import { unit } from '../../engine/unit.ts';
import { attached } from '../../facts/base.ts';
import { portsHere } from '../../facts/derived.ts';
import { portSites } from '../../facts/objects.ts';

export const findPortsHere = unit({
  name: 'wire/ports-here',
  over: portSites,
  reads: [attached],
  writes: [portsHere],
  emit: ({ port, site }, facts, out) => {
    if (site.kind !== 'here') return;
    const there = facts.get(attached, port);
    if (there) out.put(portsHere, { port, ofport: there.ofport });
  },
});
