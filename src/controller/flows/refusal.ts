// What a switch did not take, whose it is, and what is left out for its sake.

import type { FlowEntry } from '../../openflow/index.ts';
import { type CookieParts, decodeCookie } from '../../policy/cookies.ts';
import { cookieOf } from './sealed-parts.ts';
import type { BundleStep, FlowStep, MeterStep } from './steps.ts';

/** One for each flow, group or meter that the switch refused. */
export type Refusal =
  | {
      readonly what: 'flow';
      readonly flow: FlowEntry;
      readonly cookie: bigint;
      /** Whose it is; undefined when the cookie names none. */
      readonly object: CookieParts | undefined;
      /** The name of the switch's error. */
      readonly reason: string;
    }
  | { readonly what: 'group' | 'meter'; readonly number: number; readonly reason: string };

/**
 * What stands or falls together: the flows of one object. Flows of the pipeline itself stand alone, or none of it would be there for
 * the sake of one.
 */
export function ownerOf(step: Pick<FlowStep, 'key' | 'after' | 'before'>): string {
  const content = step.after?.content ?? step.before;
  return (content !== undefined && ownerOfContent(content)) || step.key;
}

export function ownerOfContent(content: string): string | undefined {
  const object = decodeCookie(cookieOf(content));
  return object && object.kind !== 'system' ? `${object.kind}/${object.id}` : undefined;
}

export function ownerOfStep(step: BundleStep | MeterStep): string {
  return step.kind === 'flow' ? ownerOf(step) : `${step.kind} ${step.key}`;
}

/** A flow that drops has the reason in its cookie. */
const dropAt = 3;

/**
 * Whether it is sent although its object is left out: what an object drops is not to be let through by less specific flows of
 * others.
 */
export function isSafeAlone({ after }: FlowStep): boolean {
  return after !== undefined && after.content.charCodeAt(dropAt) !== 0;
}
