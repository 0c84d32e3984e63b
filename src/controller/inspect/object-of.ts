// From the numbers that flows and meters carry back to the object that was given them.

import type { CookieParts } from '../../policy/cookies.ts';
import type { Program } from '../../policy/engine/program.ts';
import { numbers, type ObjectNumbers } from '../../policy/facts/base.ts';
import type { Kind } from '../../policy/kinds/names.ts';

export interface ObjectReference {
  readonly kind: Kind;
  readonly name: string;
  /** Its path in the REST API. */
  readonly href: string;
}

/** Undefined for the pipeline's own flows, and for an object that is gone. */
export function objectOf(program: Pick<Program, 'by'>, { kind, id }: CookieParts): ObjectReference | undefined {
  const found = kind === 'system' ? undefined : program.by(numbers, 'id', String(id)).find(of => of.kind === kind);
  return found && { kind: found.kind, name: found.name, href: `/v1/${found.kind}/${encodeURIComponent(found.name)}` };
}

/** The interface or port that has the index. */
export function objectOfIndex(program: Program, index: number): ObjectNumbers | undefined {
  return program.by(numbers, 'index', String(index))[0];
}
