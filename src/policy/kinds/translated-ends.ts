// An address inside and what stands for it outside: what static NATs and port forwards ask of the two, and claim.

import { formatIp, type Ip, widthOf } from '../../lib/address.ts';
import type { Table } from '../engine/table.ts';
import type { Facts, Output } from '../engine/unit.ts';
import { objectKey } from '../facts/base.ts';
import { claims, subnetClaims } from '../facts/claims.ts';
import { type DraftInterface, draftInterfaces, ways } from '../facts/drafts.ts';
import { existing, problems } from '../facts/problems.ts';
import { whyNotRouted } from '../special-addresses.ts';
import { insidePrefixesOf, insidePrefixesOfReads } from './inside-prefixes.ts';
import { addressClaim, type ClaimText, type Speaker, type Subject, speaker } from './speaker.ts';
import { claimUse } from './use.ts';

interface Ends {
  readonly inside: Ip;
  readonly outside: Ip;
}

/**
 * Whether machines can have both, and packets are routed to them; else the problems are told.
 * @param check what else is asked of one that a machine can have
 */
export function areRouted(
  { report, isForMachines }: Speaker,
  { inside, outside }: Ends,
  check: (ip: Ip, pointer: string) => void = () => {},
): boolean {
  const ends = [
    ['/inside', inside],
    ['/outside', outside],
  ] as const;
  return ends
    .map(([pointer, ip]) => {
      if (!isForMachines(ip, pointer)) return false;
      const special = whyNotRouted({ ip, length: widthOf(ip.family) });
      if (special) report(pointer, 'invalid', 'special', `${formatIp(ip)} is ${special}, and never routed`);
      check(ip, pointer);
      return !special;
    })
    .every(Boolean);
}

interface TranslatedEnds extends Ends {
  readonly tenant: string;
  /** Where the outside address answers. */
  readonly interface: string;
}

/** As what each end is claimed. */
interface Roles {
  readonly inside: Pick<ClaimText, 'role' | 'on'>;
  readonly outside: Pick<ClaimText, 'role' | 'on'>;
}

export const claimEndsReads: readonly Table[] = [existing, draftInterfaces, ...insidePrefixesOfReads];
export const claimEndsWrites: readonly Table[] = [claims, subnetClaims, ways, problems];

/** What can be claimed of them is; undefined: there is no tenant, or no outer interface, to claim it for. */
export function claimEnds(
  subject: Subject,
  { tenant, interface: outer, inside, outside }: TranslatedEnds,
  roles: Roles,
  facts: Facts,
  out: Output,
): { readonly speak: Speaker; readonly on: DraftInterface } | undefined {
  const speak = speaker(subject, out);
  const on = facts.get(draftInterfaces, outer);
  if (!facts.get(existing, objectKey('tenants', tenant)) || !on) return undefined;
  if (on.role !== 'outer') {
    speak.report('/interface', 'invalid', 'role', `interface ${outer} is not an outer one`);
    return undefined;
  }
  claimUse({ subject, speak, out }, tenant, on, '/interface');
  if (insidePrefixesOf(facts, tenant, inside).length === 0) {
    const detail = `tenant "${tenant}" has ${formatIp(inside)} nowhere inside: in no subnet of an inner interface, nor routed there`;
    speak.report('/inside', 'invalid', 'elsewhere', detail);
  }
  speak.claim({
    what: `static ${tenant} ${outer} ${formatIp(inside)}`,
    said: `${formatIp(inside)} of tenant ${tenant}, on interface ${outer},`,
    ...roles.inside,
    pointer: '/inside',
  });
  speak.claim({ what: addressClaim(on, outside), ...roles.outside, pointer: '/outside' });
  // On the link of another interface nobody would answer for it.
  const prefix = { ip: outside, length: widthOf(outside.family) };
  const { kind, name } = subject;
  out.put(subnetClaims, { kind, name, tenant: on.tenant, prefix, on: outer, pointer: '/outside' });
  return { speak, on };
}
