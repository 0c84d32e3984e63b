// Who has what only one can have: of those who claim one thing and cannot share it, the first. Claimants are heard in
// order of the kinds, and then of names, whoever came first.

import { formatIp, formatMac, parseIp, parseMac } from '../../lib/address.ts';
import type { Facts } from '../engine/unit.ts';
import { groupUnit } from '../engine/unit.ts';
import { documentTables } from '../facts/base.ts';
import { type ClaimFact, claims, lostPoolAddresses, type Role, roles } from '../facts/claims.ts';
import { problems } from '../facts/problems.ts';
import { called } from '../kinds/all.ts';
import { saidOf } from '../kinds/speaker.ts';

/** Who may have one thing together, on one interface: a router is a machine of the segment, and NAT may use the gateway's own address. */
const partners: { readonly [R in Role]?: readonly Role[] } = {
  gateway: ['pool'],
  pool: ['gateway'],
  host: ['next-hop'],
  machine: ['next-hop'],
  'next-hop': ['next-hop', 'host', 'machine'],
  // Both of one tenant: what they claim it on says which.
  forward: ['forward'],
  'forwarded-to': ['forwarded-to'],
};

export const claimLosers = groupUnit({
  name: 'claims',
  over: claims,
  group: 'what',
  least: 2,
  reads: [documentTables.interfaces],
  writes: [problems, lostPoolAddresses],
  emit: (rows, facts, out, what) => {
    // Of those who have it alike (a thousand routes with one next hop) the first stands for all.
    const holders = new Map<string, ClaimFact>();
    for (const claim of rows) {
      const like = `${claim.role} ${claim.on ?? ''} ${claim.pin ?? ''} ${claim.ports?.min ?? ''} ${claim.ports?.max ?? ''}`;
      if (holders.has(like) && sharesWithItself(claim)) continue;
      const holder = firstAgainst(holders, claim);
      if (holder === undefined) {
        holders.set(like, claim);
        continue;
      }
      const { kind, name } = claim;
      if (kind === 'nat-pools') out.put(lostPoolAddresses, { pool: name, address: saidOf(claim) });
      out.put(problems, {
        ...{ kind, name, pointer: pointerOf(claim, facts), why: 'conflict', about: what },
        detail: isHeldBy(claim, holder),
        holder: {
          ...{ kind: holder.kind, name: holder.name, pointer: pointerOf(holder, facts) },
          detail: isHeldBy(claim, claim),
        },
      });
    }
  },
});

function firstAgainst(holders: ReadonlyMap<string, ClaimFact>, claim: ClaimFact): ClaimFact | undefined {
  for (const holder of holders.values()) if (!mayShare(holder, claim)) return holder;
  return undefined;
}

/** What is pinned to two nodes is two things, and so is what is for other ports. */
function mayShare(a: ClaimFact, b: ClaimFact): boolean {
  if (a.ports && b.ports && (a.ports.max < b.ports.min || b.ports.max < a.ports.min)) return true;
  if (a.pin !== undefined && b.pin !== undefined && a.pin !== b.pin) return true;
  return a.on !== undefined && a.on === b.on && (partners[a.role]?.includes(b.role) ?? false);
}

function sharesWithItself(claim: ClaimFact): boolean {
  return claim.on !== undefined && (partners[claim.role]?.includes(claim.role) ?? false);
}

function isHeldBy(claim: ClaimFact, holder: ClaimFact): string {
  return `${saidOf(claim)} is ${roles[holder.role]} ${called(holder)}`;
}

/** Of hosts it is looked up when it must be said: it is another for each host that comes before. */
function pointerOf({ kind, name, pointer, role, what }: ClaimFact, facts: Facts): string {
  if (pointer !== undefined) return pointer;
  const hosts = (kind === 'interfaces' ? facts.get(documentTables.interfaces, name)?.hosts : undefined) ?? [];
  const value = saidOf({ what });
  for (const [i, { mac, addresses }] of hosts.entries()) {
    if (role === 'host-mac') {
      if (formatMac(parseMac(mac)) === value) return `/hosts/${i}/mac`;
      continue;
    }
    const j = addresses.findIndex(address => formatIp(parseIp(address)) === value);
    if (j >= 0) return `/hosts/${i}/addresses/${j}`;
  }
  return '/hosts';
}
