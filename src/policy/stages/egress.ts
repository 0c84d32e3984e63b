// Table `egress`: out. The ingress port is cleared first: OpenFlow drops what would leave by the port it came in on,
// and VNI to VNI does just that.

import type { CookieParts } from '../cookies.ts';
import { flow, miss, registersAre, set } from '../flow-builder.ts';
import { tables } from '../pipeline.ts';
import { registers } from '../registers.ts';
import { ownedBy, ownedByPort, portOf, portsHere, type Stage } from './context.ts';
import { unlessLeased } from './fence.ts';

export const egress: Stage = context => [
  ...unlessLeased(context, tables.egress, 200, [[registers.toPeer, 1]]),
  ...context.intent.interfaces.flatMap(iface => {
    const port = portOf(context, iface);
    return port === undefined ? [] : [output(iface.index, ownedBy(iface), port)];
  }),
  ...portsHere(context).map(({ port, ofport }) => output(port.index, ownedByPort(port), ofport)),
  miss(tables.egress, 'no-egress'),
];

function output(index: number, owner: CookieParts, port: number) {
  return flow({
    table: tables.egress,
    priority: 100,
    owner,
    match: registersAre([registers.egressInterface, index]),
    actions: [set('in_port', 0), { kind: 'output', port }],
  });
}
