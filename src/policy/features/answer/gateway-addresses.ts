// The gateway's own addresses. The wire is answered by one node, ports by each.

import { unit } from '../../engine/unit.ts';
import { gatewayMacs, legsHere } from '../../facts/derived.ts';
import { interfaceSites, subnets } from '../../facts/objects.ts';
import { ownedBy } from '../words/interfaces.ts';
import { answered } from './answered.ts';

export const answerForGateways = unit({
  name: 'answer/gateway-addresses',
  over: subnets,
  reads: [legsHere, gatewayMacs, interfaceSites],
  writes: [answered],
  emit: ({ interface: name, prefix: { ip } }, facts, out) => {
    const leg = facts.get(legsHere, name);
    const gateway = facts.get(gatewayMacs, name);
    if (!leg || !gateway) return;
    const asker = facts.get(interfaceSites, name)?.answers ? 'anyone' : 'port';
    out.put(answered, { interface: name, ip, mac: gateway.mac, owner: ownedBy(leg), asker });
  },
});
