// Everything that is not as it should be, a line each, for the person who reads status at night.

import { decodeCookie } from '../../policy/cookies.ts';
import { type NodeOffer, sharedVteps } from '../../policy/membership.ts';
import { warningsOfSwitch } from '../bridges/switch-warnings.ts';
import type { Findings } from '../reconcile/reconciler.ts';
import { objectOf } from './object-of.ts';

/** What membership knows. */
export interface MemberFindings {
  readonly self: NodeOffer;
  readonly peers: readonly NodeOffer[];
  /** Pools that have no chunk left for this node. */
  readonly exhausted: readonly string[];
}

/** @param obstacles why the switch is not ours to write to: then all else is of before */
export function warningsOf(
  findings: Findings | undefined,
  obstacles: readonly string[],
  member: MemberFindings,
): string[] {
  if (obstacles.length > 0) return [...obstacles];
  if (!findings) return ['the switch has not been looked at yet'];
  const { intent, problems, switchOutcome, vteps, refused } = findings;
  return [
    ...warningsOfSwitch(switchOutcome),
    ...vteps.flatMap(vtep => (vtep.kind === 'failed' ? [`VTEP ${vtep.vtep} on ${vtep.device}: ${vtep.message}`] : [])),
    ...sharedVteps(member.self, member.peers).map(
      ({ vtep, peer }) => `node ${peer} has the address of this node's VTEP ${vtep}: packets go astray`,
    ),
    ...member.exhausted.map(pool => `nat-pools/${pool} has no chunk left for this node`),
    ...intent.interfaces
      .filter(iface => iface.site.kind === 'nowhere')
      .map(iface => `interfaces/${iface.name} is at no node that can be reached from here`),
    ...problems.map(({ kind, name, pointer, detail }) => `${kind}/${name} ${pointer}: ${detail}`),
    ...refused.map(({ flow, reason }) => {
      const parts = decodeCookie(flow.cookie);
      const object = parts && objectOf(intent, parts);
      return `the switch refused a flow of ${object ? `${object.kind}/${object.name}` : 'the pipeline'}: ${reason}`;
    }),
  ];
}
