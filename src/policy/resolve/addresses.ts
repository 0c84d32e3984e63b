// Addresses as the resolution claims them. An address means one machine in its space: a tenant's, with the inner and
// outer interfaces of that tenant; the outside, with the outer interfaces that all share; a link, for link-local ones.

import { formatIp, type Ip, type Prefix } from '../../lib/address.ts';
import { isLinkLocal, whyNotRouted, whyNotUnicast } from '../special-addresses.ts';
import { addClaim, type Claim, called, holderOf, type Role } from './claims.ts';
import { type Resolver, refuse, type Subject } from './resolver.ts';
import { claimSubnet, overlapsText, type SubnetClaim } from './subnets.ts';

/** An interface, as far as addresses go: of a document, or resolved. */
export interface Segment {
  readonly name: string;
  /** Of its tenant; undefined: shared. */
  readonly tenant: string | undefined;
}

/** Claims an address in the space of the interface. @returns whether the subject can have it */
export function claimAddress(
  resolver: Resolver,
  subject: Subject,
  on: Segment,
  ip: Ip,
  role: Role,
  pointer: string,
): boolean {
  const space = isLinkLocal(ip) ? `link ${on.name}` : spaceOf(on.tenant);
  return claimOne(resolver, subject, `address ${space} ${ip.family}/${ip.value}`, role, on, pointer, () =>
    formatIp(ip),
  );
}

/** Claims a MAC address of the segment. */
export function claimMac(
  resolver: Resolver,
  subject: Subject,
  on: Segment,
  mac: string,
  role: Role,
  pointer: string,
): void {
  claimOne(resolver, subject, `mac ${on.name} ${mac.toLowerCase()}`, role, on, pointer, () => mac);
}

/** Large intents claim many, and none in vain: no more is made of them than must be. */
function claimOne(
  { claims }: Resolver,
  subject: Subject,
  key: string,
  role: Role,
  on: Segment,
  pointer: string,
  what: () => string,
): boolean {
  const claimant: Claim = { kind: subject.kind, name: subject.name, pointer, role, on: on.name };
  const holder = holderOf(claims, key, claimant);
  if (holder) refuse(subject, claimant, holder, what());
  else addClaim(claims, key, claimant);
  return holder === undefined;
}

/** The address of a machine; false, and a problem, when no machine can have it. */
export function isForMachines({ report }: Subject, ip: Ip, pointer: string): boolean {
  const special = whyNotUnicast(ip);
  if (special) report(pointer, 'invalid', `${formatIp(ip)} is ${special}, and no machine's address`);
  return special === undefined;
}

/** An address of a pool: others reach it through routers. */
export function isForPools(subject: Subject, ip: Ip, pointer: string): boolean {
  if (!isForMachines(subject, ip, pointer)) return false;
  const special = whyNotRouted({ ip, length: 32 });
  if (special) subject.report(pointer, 'invalid', `${formatIp(ip)} is ${special}, and never routed`);
  return special === undefined;
}

export interface Subnet {
  readonly prefix: Prefix;
  readonly pointer: string;
}

/**
 * What is behind an interface: in its own space, or in that of a tenant who reaches it.
 * @returns those that nobody else has
 */
export function claimSubnets(
  resolver: Resolver,
  { kind, name, report }: Subject,
  on: Segment,
  subnets: readonly Subnet[],
  tenant: string | undefined = on.tenant,
): readonly Subnet[] {
  return subnets.filter(({ prefix, pointer }) => {
    if (isLinkLocal(prefix.ip)) return true;
    const claimant: SubnetClaim = { kind, name, pointer, prefix, on: on.name };
    const holder = claimSubnet(resolver.subnets, spaceOf(tenant), claimant);
    if (!holder) return true;
    const by = (who: SubnetClaim) => (who.kind === 'interfaces' ? '' : `, which ${called(who)} uses`);
    const where = tenant === undefined ? '' : `, for tenant "${tenant}"`;
    report(pointer, 'conflict', `${overlapsText(claimant, holder)}${by(holder)}${where}`, {
      kind: holder.kind,
      name: holder.name,
      pointer: holder.pointer,
      detail: `${overlapsText(holder, claimant)}${by(claimant)}${where}`,
    });
    return false;
  });
}

function spaceOf(tenant: string | undefined): string {
  return tenant === undefined ? 'outside' : `of ${tenant}`;
}
