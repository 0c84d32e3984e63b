// The addresses that are answered for: who asks for one of them by ARP (RFC 826) is answered by table `answer`, by a neighbour
// solicitation (RFC 4861 section 4.3) by pointsman: flows cannot (an nd_tll cannot be set once the ICMPv6 type has changed).

import type { Ip } from '../../../lib/address.ts';
import type { CookieParts } from '../../cookies.ts';
import { table } from '../../engine/table.ts';
import { addressAt } from '../../facts/objects.ts';

/** One address means one machine on an interface. */
export interface Answered {
  readonly interface: string;
  readonly ip: Ip;
  readonly mac: bigint;
  /** The object that it stands for. */
  readonly owner: CookieParts;
  /** Who may ask: only ports of this node, or the wire too. */
  readonly asker: 'port' | 'anyone';
}

export const answered = table({
  name: 'answered',
  key: (address: Answered) => addressAt(address.interface, address.ip),
});
