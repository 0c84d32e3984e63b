// Which machines send by a port of this node: for who does not care by which.

import { unit } from '../../engine/unit.ts';
import { machinesHere, portsHere } from '../../facts/derived.ts';
import { ports } from '../../facts/objects.ts';

export const findMachinesHere = unit({
  name: 'wire/machines-here',
  over: portsHere,
  reads: [ports],
  writes: [machinesHere],
  emit: ({ port: name }, facts, out) => {
    const port = facts.get(ports, name);
    if (port) out.put(machinesHere, { port: name, id: port.id, index: port.index });
  },
});
