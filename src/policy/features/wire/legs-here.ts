// Which interfaces' frames enter and leave at this node.

import { unit } from '../../engine/unit.ts';
import { legsHere } from '../../facts/derived.ts';
import { legs, segments, wires } from '../../facts/objects.ts';
import { isHere, isHereReads } from '../words/interfaces.ts';

export const findLegsHere = unit({
  name: 'wire/legs-here',
  over: legs,
  reads: [...isHereReads, wires, segments],
  writes: [legsHere],
  emit: ({ name, id, index, role }, facts, out) => {
    if (!isHere(facts, name)) return;
    const wire = facts.get(wires, name);
    const tunnel = wire?.kind === 'vni' ? facts.get(segments, wire.segment)?.local?.family : undefined;
    out.put(legsHere, { interface: name, id, index, role, tunnel });
  },
});
