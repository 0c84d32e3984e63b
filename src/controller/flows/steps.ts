// The steps from what a switch holds to what it is to hold, and the order in which it can be given them.

import type { GroupEntry, GroupMod, MeterEntry, SealedFlow, SealedFlowMod } from '../../openflow/index.ts';
import { ownedCookieMask } from '../../policy/cookies.ts';
import { strayFlow } from './sealed-parts.ts';

/** `before` is the content that the switch is known to hold; undefined: none. */
export interface FlowStep {
  readonly kind: 'flow';
  readonly key: string;
  readonly before: string | undefined;
  /** Undefined: it goes. */
  readonly after: SealedFlow | undefined;
  /** Somebody else may have changed it: nothing is built on what was there. */
  readonly anew: boolean;
}

export interface GroupStep {
  readonly kind: 'group';
  readonly key: string;
  readonly before: string | undefined;
  readonly after: GroupEntry | undefined;
}

export interface MeterStep {
  readonly kind: 'meter';
  readonly key: string;
  readonly before: string | undefined;
  readonly after: MeterEntry | undefined;
}

/** What can be in a bundle. */
export type BundleStep = FlowStep | GroupStep;

/** The part of a flow's content that no modification changes: cookie, timeouts and flags (OpenFlow 1.5.1 section 6.4). */
const fixedPart = 14;

export function modOf(step: BundleStep): SealedFlowMod | GroupMod {
  return step.kind === 'flow' ? flowModOf(step) : groupModOf(step);
}

function flowModOf({ key, before, after, anew }: FlowStep): SealedFlowMod {
  if (!after) {
    // Under the mask: what somebody else has put in its place stays.
    const flow = before === undefined ? strayFlow(key) : { key, content: before };
    return { kind: 'sealed_flow_mod', command: 'delete_strict', flow, cookieMask: ownedCookieMask };
  }
  // A modification keeps the counters.
  const canModify = !anew && before?.slice(0, fixedPart) === after.content.slice(0, fixedPart);
  return { kind: 'sealed_flow_mod', command: canModify ? 'modify_strict' : 'add', flow: after };
}

function groupModOf({ key, before, after }: GroupStep): GroupMod {
  if (!after) return { kind: 'group_mod', command: 'delete', group: { group: Number(key), type: 'all', buckets: [] } };
  return { kind: 'group_mod', command: before === undefined ? 'add' : 'modify', group: after };
}

/**
 * Modifications in one bundle, at most. vswitchd does nothing else while it commits one, some 5 to 10 µs each: this many keep it
 * from its ports, tunnels and database for a fifth of a second.
 */
export const bundleLimit = 20_000;

/**
 * Bundles to be committed one after the other. A packet may come between any two of them, and so:
 * - groups come before the flows that use them, and go after them;
 * - all that comes or changes is there before anything goes;
 * - what comes or changes does so in later tables first, and what goes, in earlier ones: a packet is sent on only to where the rest
 *   of its way is there. Nothing is on its way out before the last table lets it, and that one asks whether the packet was translated;
 * - within a table, exceptions (of higher priority) come before what they are excepted from, and go after it: a packet that
 *   is to be dropped, or to be translated by the more specific rule, never falls to a less specific one.
 * What finds no flow of its own drops, as in every table. A key begins with its table and priority, so that its order is this one.
 * One bundle is atomic and is left in the order of the steps.
 */
export function bundlesOf(steps: readonly BundleStep[], limit = bundleLimit): readonly (readonly BundleStep[])[] {
  const groups = steps.filter(step => step.kind === 'group');
  const flows = steps.filter(step => step.kind === 'flow');
  const coming = flows.filter(({ after }) => after !== undefined);
  const going = flows.filter(({ after }) => after === undefined);
  if (steps.length > limit) {
    coming.sort((a, b) => (a.key < b.key ? 1 : -1));
    going.sort((a, b) => (a.key < b.key ? -1 : 1));
  }
  const ordered: readonly BundleStep[] = [
    ...groups.filter(({ after }) => after !== undefined),
    ...coming,
    ...going,
    ...groups.filter(({ after }) => after === undefined),
  ];
  const bundles: (readonly BundleStep[])[] = [];
  for (let at = 0; at < ordered.length; at += limit) bundles.push(ordered.slice(at, at + limit));
  return bundles;
}

/** What undoes it. */
export function undoOf({ key, before, after }: FlowStep): FlowStep {
  const was = before === undefined ? undefined : { key, content: before };
  return { kind: 'flow', key, before: after?.content, after: was, anew: true };
}
