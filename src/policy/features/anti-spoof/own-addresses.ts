// Addresses of a subnet that no other machine sends from: the gateway's, and those that are nobody's.

import { type Ip, type Prefix, reservedAddresses } from '../../../lib/address.ts';

export function ownAddresses(subnet: Prefix): Ip[] {
  return [subnet.ip, ...Object.values(reservedAddresses(subnet))];
}
