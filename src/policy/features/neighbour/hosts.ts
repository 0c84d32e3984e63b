// The hosts of an interface, and on a VNI the VTEPs behind which they are.

import { senderMacs } from '../../facts/derived.ts';
import { hosts, legs } from '../../facts/objects.ts';
import { flowUnit } from '../flow-unit.ts';
import { ownedBy } from '../words/interfaces.ts';
import { setTunnel } from '../words/overlay.ts';
import { reach } from './reach.ts';

export const reachHosts = flowUnit({
  name: 'neighbour/hosts',
  over: hosts,
  reads: [senderMacs, legs],
  flows: ({ interface: name, mac, addresses, vtep }, facts) => {
    const sender = facts.get(senderMacs, name);
    const leg = facts.get(legs, name);
    if (!sender || !leg) return [];
    const to = { leg, source: sender.mac, destination: mac, owner: ownedBy(leg) };
    const way = vtep ? setTunnel('destination', vtep) : [];
    return addresses.map(ip => reach({ ...to, ip, way }));
  },
});
