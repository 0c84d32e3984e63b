// A tenant that sends by an interface: its own, or one that all share, whose subnets must be none of the tenant's then.

import { formatPrefix } from '../../lib/address.ts';
import type { Output } from '../engine/unit.ts';
import { subnetClaims } from '../facts/claims.ts';
import { type DraftInterface, ways } from '../facts/drafts.ts';
import { isLinkLocal } from '../special-addresses.ts';
import type { Speaker, Subject } from './speaker.ts';

interface User {
  readonly subject: Subject;
  readonly speak: Speaker;
  readonly out: Output;
}

export function claimUse({ subject, speak, out }: User, tenant: string, via: DraftInterface, pointer: string): void {
  if (via.tenant !== undefined && via.tenant !== tenant) {
    speak.report(pointer, 'invalid', 'tenant', `interface ${via.name} belongs to another tenant`);
    return;
  }
  if (via.role === 'outer') out.put(ways, { tenant, interface: via.name });
  if (via.tenant === tenant) return;
  const { kind, name } = subject;
  // A document that is being judged may list one twice.
  const prefixes = new Map(via.addresses.map(prefix => [formatPrefix(prefix), prefix]));
  for (const prefix of prefixes.values())
    if (!isLinkLocal(prefix.ip)) out.put(subnetClaims, { kind, name, tenant, prefix, on: via.name, pointer });
}
