// How a unit says what a document claims, and what is wrong with it.

import { formatIp, formatMac, type Ip } from '../../lib/address.ts';
import type { Output } from '../engine/unit.ts';
import { type ClaimFact, claims, roles } from '../facts/claims.ts';
import type { Problem } from '../facts/problems.ts';
import { type Lack, problems } from '../facts/problems.ts';
import { isLinkLocal, whyNotUnicast } from '../special-addresses.ts';
import type { Kind } from './names.ts';

/** The object that a unit speaks of. */
export interface Subject {
  readonly kind: Kind;
  readonly name: string;
  readonly noun: string;
}

/** What an object claims, and where in it. */
export type ClaimText = Omit<ClaimFact, 'kind' | 'name'>;

export type Speaker = ReturnType<typeof speaker>;

/** One for each run of a unit: what an object claims twice is its own mistake, and claimed once. */
export function speaker({ kind, name, noun }: Subject, out: Output) {
  const said = new Set<string>();
  const own = new Map<string, { readonly claim: ClaimText; readonly pointer: string }>();

  /** @param about which problem it is, where there may be several of the kind at the pointer */
  const report = (pointer: string, why: Problem['why'], about: string, detail: string, lack?: Lack): void => {
    const key = `${pointer} ${why} ${about}`;
    if (said.has(key)) return;
    said.add(key);
    out.put(problems, { kind, name, pointer, why, about, detail, ...(lack ? { lack } : {}) });
  };

  /** Whether the object claims it for the first time. @param pointer into the document as it is */
  const claimsFirst = (claim: ClaimText, pointer: string): boolean => {
    const first = own.get(claim.what);
    if (first) {
      const detail = `${saidOf(claim)} is ${roles[first.claim.role]} this ${noun} (${first.pointer})`;
      report(pointer, 'invalid', claim.what, detail);
      return false;
    }
    own.set(claim.what, { claim, pointer });
    return true;
  };

  return {
    report,
    claimsFirst,
    claim: (claim: ClaimText, pointer = claim.pointer ?? ''): void => {
      if (claimsFirst(claim, pointer)) out.put(claims, claimFact({ kind, name }, claim));
    },
    /** Of what a node would have to offer. */
    lacks: (pointer: string, lack: Lack): void => report(pointer, 'invalid', 'lack', lackText(lack), lack),
    /** The address of a machine; false, and a problem, when no machine can have it. */
    isForMachines: (ip: Ip, pointer: string): boolean => {
      const special = whyNotUnicast(ip);
      if (special) report(pointer, 'invalid', 'special', `${formatIp(ip)} is ${special}, and no machine's address`);
      return special === undefined;
    },
  };
}

/** There are very many: in one form, and without what they do not say. */
function claimFact({ kind, name }: Pick<Subject, 'kind' | 'name'>, claim: ClaimText): ClaimFact {
  const { what, said, role, on, pin, pointer } = claim;
  if (said === undefined && pin === undefined && on !== undefined)
    return pointer === undefined ? { kind, name, what, role, on } : { kind, name, what, role, on, pointer };
  return { kind, name, ...claim };
}

/** What is claimed, in a sentence. */
export function saidOf({ said, what }: Pick<ClaimFact, 'said' | 'what'>): string {
  return said ?? what.slice(what.lastIndexOf(' ') + 1);
}

export function lackText({ what, name }: Lack): string {
  return what === 'vtep' ? `VTEP "${name}"` : `${what.replace('-', ' ')} "${name}"`;
}

/** An address means one machine in its space: a tenant's, with the inner and outer interfaces of that tenant; the outside, with the outer interfaces that all share; a link, for link-local ones. */
export function addressClaim(on: { readonly name: string; readonly tenant: string | undefined }, ip: Ip): string {
  const space = isLinkLocal(ip) ? `link ${on.name}` : on.tenant === undefined ? 'outside' : `of ${on.tenant}`;
  return `address ${space} ${formatIp(ip)}`;
}

/** Of the segment of an interface. */
export function macClaim(interfaceName: string, mac: bigint): string {
  return `mac ${interfaceName} ${formatMac(mac)}`;
}

export function isUnicast(mac: bigint): boolean {
  return mac !== 0n && (mac & 0x010000000000n) === 0n;
}
