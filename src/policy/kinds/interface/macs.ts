// The MAC addresses of the segment that an interface knows of. Only a port could have one of them too: where there is none, and
// on most interfaces there is none, nothing is claimed.

import { parseMac } from '../../../lib/address.ts';
import { unit } from '../../engine/unit.ts';
import { documentTables } from '../../facts/base.ts';
import { claims } from '../../facts/claims.ts';
import { portedInterfaces } from '../../facts/drafts.ts';
import { macClaim } from '../speaker.ts';

export const macClaims = unit({
  name: 'interfaces/mac-claims',
  over: documentTables.interfaces,
  reads: [portedInterfaces],
  writes: [claims],
  emit: ({ name, mac, hosts }, facts, out) => {
    if (!facts.get(portedInterfaces, name)) return;
    const common = { kind: 'interfaces', name, on: name } as const;
    const own = parseMac(mac);
    out.put(claims, { ...common, what: macClaim(name, own), role: 'gateway-mac', pointer: '/mac' });
    // The gateway's own among them is the interface's mistake, which its document alone tells.
    for (const each of new Set(hosts.map(host => parseMac(host.mac))))
      if (each !== own) out.put(claims, { ...common, what: macClaim(name, each), role: 'host-mac' });
  },
});
