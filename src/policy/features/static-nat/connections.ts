// A connection of the inside address that source NAT translated does not stand beside it: towards that interface the address has
// no range of ports.

import { widthOf } from '../../../lib/address.ts';
import { unit } from '../../engine/unit.ts';
import { staticNats } from '../../facts/objects.ts';
import { sources } from '../nat/translations.ts';

export const endConnections = unit({
  name: 'static-nat/connections',
  over: staticNats,
  reads: [],
  writes: [sources],
  emit: ({ tenant, interface: outer, inside: ip }, _, out) => {
    if (ip.family === 6) return;
    const prefix = { ip, length: widthOf(ip.family) };
    out.put(sources, { tenant, interface: outer, prefix, selection: undefined, ranges: [] });
  },
});
