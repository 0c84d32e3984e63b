// Whose subnets overlap behind different interfaces of one space. Of two the one that is later in order of kinds and names
// cannot have it; nothing else decides, so that it does not matter who else overlaps.

import { formatIp, formatPrefix, networkOf, type Prefix } from '../../lib/address.ts';
import { groupUnit, unit } from '../engine/unit.ts';
import { lostPoolAddresses, lostSubnets, poolOverlaps, type SubnetClaim, subnetClaims } from '../facts/claims.ts';
import { problems } from '../facts/problems.ts';
import { called } from '../kinds/all.ts';

/** Of those who claim some of a prefix: the first, and the first behind another interface than that. */
interface First {
  one: Ranked | undefined;
  other: Ranked | undefined;
}

interface Ranked {
  readonly rank: number;
  readonly claim: SubnetClaim;
}

interface Claimed {
  readonly network: Prefix;
  readonly own: First;
  /** With those that contain it, and those that it contains. */
  readonly all: First;
}

export const subnetLosers = groupUnit({
  name: 'subnets',
  over: subnetClaims,
  group: 'space',
  least: 2,
  reads: [],
  writes: [problems, lostSubnets, poolOverlaps],
  emit: (rows, _, out) => {
    if (rows.every(({ on }) => on === rows[0]?.on)) return;
    const claimed = new Map<string, Claimed>();
    // A thousand routes by one shared interface claim the same few subnets.
    const known = new Map<string, Claimed>();
    const claimedBy = ({ prefix }: SubnetClaim): Claimed => {
      const there = known.get(keyOf(prefix));
      if (there) return there;
      const network = networkOf(prefix);
      const made = claimed.get(keyOf(network)) ?? { network, own: none(), all: none() };
      claimed.set(keyOf(network), made);
      known.set(keyOf(prefix), made);
      return made;
    };
    rows.forEach((claim, rank) => {
      hear(claimedBy(claim).own, { rank, claim });
    });
    for (const there of claimed.values()) merge(there.all, there.own);
    const lengths = [...new Set([...claimed.values()].map(({ network }) => network.length))];
    for (const inner of claimed.values())
      for (const length of lengths) {
        if (length >= inner.network.length) continue;
        const outer = claimed.get(keyOf(networkOf({ ip: inner.network.ip, length })));
        if (!outer) continue;
        merge(inner.all, outer.own);
        merge(outer.all, inner.own);
      }
    rows.forEach((claim, rank) => {
      const { one, other } = claimedBy(claim).all;
      const holder = one?.claim.on === claim.on ? other : one;
      if (!holder || holder.rank > rank) return;
      const problem = problemOf(claim, holder.claim);
      if (claim.kind === 'nat-pools') out.put(poolOverlaps, { address: formatIp(claim.prefix.ip), problem });
      else out.put(problems, problem);
      if (claim.kind === 'interfaces') out.put(lostSubnets, { interface: claim.name, prefix: claim.prefix });
    });
  },
});

/** Who cannot have the address at all is told that, and no more. */
export const poolsElsewhere = unit({
  name: 'subnets/pools',
  over: poolOverlaps,
  reads: [lostPoolAddresses],
  writes: [problems],
  emit: ({ address, problem }, facts, out) => {
    if (!facts.get(lostPoolAddresses, `${problem.name} ${address}`)) out.put(problems, problem);
  },
});

function none(): First {
  return { one: undefined, other: undefined };
}

function merge(into: First, { one, other }: First): void {
  if (one) hear(into, one);
  if (other) hear(into, other);
}

function hear(first: First, heard: Ranked): void {
  const { one, other } = first;
  if (!one || heard.rank < one.rank) {
    first.one = heard;
    if (one && one.claim.on !== heard.claim.on) first.other = one;
  } else if (heard.claim.on !== one.claim.on && (!other || heard.rank < other.rank)) first.other = heard;
}

function keyOf({ ip, length }: Prefix): string {
  return `${ip.value}/${length}`;
}

function problemOf(claim: SubnetClaim, holder: SubnetClaim) {
  const { kind, name, pointer, tenant, prefix, on } = claim;
  const by = (who: SubnetClaim) => (who.kind === 'interfaces' ? '' : `, which ${called(who)} uses`);
  const where = tenant === undefined ? '' : `, for tenant "${tenant}"`;
  const overlap = (a: string, b: string, behind: SubnetClaim) =>
    `${a} overlaps ${b} of interface "${behind.on}"${by(behind)}${where}`;
  const [own, theirs] = [formatPrefix(prefix), formatPrefix(networkOf(holder.prefix))];
  return {
    ...{ kind, name, pointer, why: 'conflict' as const, about: `subnet ${own} ${on} ${tenant ?? ''}` },
    detail: overlap(own, theirs, holder),
    holder: {
      ...{ kind: holder.kind, name: holder.name, pointer: holder.pointer },
      detail: overlap(theirs, own, claim),
    },
  };
}
