// The machines of a segment that has ports here: its ports ask for each other, and for hosts behind VTEPs that are no node's. The
// wire is answered for the machines that are here alone: it takes the VTEP that answers for the one to send to.

import { unit } from '../../engine/unit.ts';
import { hostsBesidePorts, legsHere } from '../../facts/derived.ts';
import { portSites, ports, segmentsHere } from '../../facts/objects.ts';
import { ownedBy, ownedByPort } from '../words/interfaces.ts';
import { answered } from './answered.ts';

const writes = [answered];

export const answerForPorts = unit({
  name: 'answer/ports',
  over: ports,
  reads: [portSites, segmentsHere],
  writes,
  emit: (port, facts, out) => {
    const kind = facts.get(portSites, port.name)?.site.kind ?? 'nowhere';
    if (kind === 'nowhere' || !facts.get(segmentsHere, port.interface)) return;
    const of = { interface: port.interface, mac: port.mac, owner: ownedByPort(port) };
    for (const ip of port.addresses) out.put(answered, { ...of, ip, asker: kind === 'here' ? 'anyone' : 'port' });
  },
});

export const answerForHosts = unit({
  name: 'answer/hosts',
  over: hostsBesidePorts,
  reads: [legsHere],
  writes,
  emit: (host, facts, out) => {
    const leg = facts.get(legsHere, host.interface);
    if (!leg) return;
    const of = { interface: host.interface, mac: host.mac, owner: ownedBy(leg) };
    for (const ip of host.addresses) out.put(answered, { ...of, ip, asker: 'port' });
  },
});
