// What the switch refuses, in the words of the intent: whose it is, and why.

import { decodeCookie } from '../../policy/cookies.ts';
import type { Program } from '../../policy/engine/program.ts';
import { objectKey } from '../../policy/facts/base.ts';
import { meterUse } from '../../policy/meters.ts';
import type { Refusal } from '../flows/refusal.ts';
import { objectOf, objectOfIndex } from './object-of.ts';

export interface ToldRefusal {
  /** `kind/name`; undefined: it is the pipeline's own. */
  readonly object: string | undefined;
  readonly text: string;
}

/** There is one of this number, and it is none of ours. */
const taken: ReadonlySet<string> = new Set(['OFPGMFC_GROUP_EXISTS', 'OFPMMFC_METER_EXISTS']);

/** The same of one object is told once. */
export function tellRefusals(program: Program, refused: readonly Refusal[]): readonly ToldRefusal[] {
  const told = new Map<string, ToldRefusal>();
  for (const refusal of refused) {
    const each = tell(program, refusal);
    told.set(each.text, each);
  }
  return [...told.values()];
}

function tell(program: Program, refusal: Refusal): ToldRefusal {
  const { what, reason } = refusal;
  const object = whose(program, refusal);
  if (what === 'flow') return { object, text: `the switch refused a flow of ${object ?? 'the pipeline'}: ${reason}` };
  const name = `${what} ${refusal.number}${object === undefined ? '' : ` of ${object}`}`;
  return { object, text: taken.has(reason) ? `${name} is somebody else's` : `the switch refused ${name}: ${reason}` };
}

function whose(program: Program, refusal: Refusal): string | undefined {
  if (refusal.what === 'flow') {
    const parts = decodeCookie(refusal.cookie);
    const object = parts && objectOf(program, parts);
    return object && objectKey(object.kind, object.name);
  }
  const use = refusal.what === 'meter' ? meterUse(refusal.number) : undefined;
  const object = use && objectOfIndex(program, use.index);
  return object && objectKey(object.kind, object.name);
}
