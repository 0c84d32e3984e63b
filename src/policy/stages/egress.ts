// Table `egress`: out. The ingress port is cleared first: OpenFlow drops what would leave by the port it came in on,
// and VNI to VNI does just that.

import { flow, miss, registersAre, set } from '../flow-builder.ts';
import { tables } from '../pipeline.ts';
import { registers } from '../registers.ts';
import { ownedBy, portOf, type Stage } from './context.ts';

export const egress: Stage = context => [
  ...context.intent.interfaces.flatMap(iface => {
    const port = portOf(context, iface.attachment);
    if (port === undefined) return [];
    return [
      flow({
        table: tables.egress,
        priority: 100,
        owner: ownedBy(iface),
        match: registersAre([registers.egressInterface, iface.index]),
        actions: [set('in_port', 0), { kind: 'output', port }],
      }),
    ];
  }),
  miss(tables.egress, 'no-egress'),
];
