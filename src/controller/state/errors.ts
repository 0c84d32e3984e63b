// What the store refuses, as errors with stable codes. REST turns them into problem documents.

import { PointsmanError } from '../../lib/errors.ts';
import type { Problem } from '../../policy/facts/problems.ts';
import type { Kind } from '../../policy/kinds/names.ts';

/** An object that stands in the way of a delete. */
export interface Referrer {
  readonly kind: Kind;
  readonly name: string;
  /** JSON pointer of its field that refers. */
  readonly pointer: string;
}

export type StateErrorCode =
  | 'STATE_INTENT_REJECTED'
  | 'STATE_BATCH_REJECTED'
  | 'STATE_BATCH_TOO_LARGE'
  | 'STATE_IMPORT_REJECTED'
  | 'STATE_NOT_FOUND'
  | 'STATE_REFERENCED'
  | 'STATE_PRECONDITION_FAILED'
  | 'STATE_EXHAUSTED'
  | 'STATE_CONTENDED'
  | 'STATE_BUSY'
  | 'STATE_SWITCH_BEHIND'
  | 'STATE_UNAVAILABLE'
  | 'STATE_HELD'
  | 'STATE_DISK_FULL'
  | 'STATE_DISK_FAILED'
  | 'STATE_OUTCOME_UNKNOWN'
  | 'STATE_DATABASE_REFUSED'
  | 'STATE_SERVER_FAILED'
  | 'STATE_SCHEMA_MISMATCH';

/** Base of every error of the state store; switch on `code`. */
export class StateError<Code extends StateErrorCode = StateErrorCode> extends PointsmanError<Code> {}

/** The object does not fit the rest of the intent, or would break another object. Nothing was written. */
export class IntentRejected extends StateError<'STATE_INTENT_REJECTED'> {
  /** The object that was to be written. */
  readonly subject: { readonly kind: Kind; readonly name: string };
  /** At least one; those of other objects name them. */
  readonly problems: readonly Problem[];

  constructor(kind: Kind, name: string, problems: readonly Problem[]) {
    super('STATE_INTENT_REJECTED', `${kind}/${name}: ${problems.map(problem => problem.detail).join('; ')}`);
    this.subject = { kind, name };
    this.problems = problems;
  }
}

export class ObjectNotFound extends StateError<'STATE_NOT_FOUND'> {
  constructor(kind: Kind, name: string) {
    super('STATE_NOT_FOUND', `there is no ${kind}/${name}`);
  }
}

/** Others refer to the object: it cannot go before they do. */
export class ObjectReferenced extends StateError<'STATE_REFERENCED'> {
  readonly subject: { readonly kind: Kind; readonly name: string };
  readonly referrers: readonly Referrer[];

  constructor(kind: Kind, name: string, referrers: readonly Referrer[]) {
    const who = referrers.map(({ kind, name, pointer }) => `${kind}/${name} (${pointer})`);
    const shown = who.length > 10 ? [...who.slice(0, 10), `and ${who.length - 10} more`] : who;
    super('STATE_REFERENCED', `${kind}/${name} is referred to by ${shown.join(', ')}`);
    this.subject = { kind, name };
    this.referrers = referrers;
  }
}

/** If-Match or If-None-Match did not hold. */
export class PreconditionFailed extends StateError<'STATE_PRECONDITION_FAILED'> {
  /** The tag of the object as it stands; undefined: there is none. */
  readonly etag: string | undefined;

  constructor(kind: Kind, name: string, etag: string | undefined) {
    super(
      'STATE_PRECONDITION_FAILED',
      etag === undefined ? `${kind}/${name} does not exist` : `${kind}/${name} exists, with ETag ${etag}`,
    );
    this.etag = etag;
  }
}

/** What stands against one item of a batch. */
export interface ItemError {
  /** Its place in the list; undefined: no one item can be named. */
  readonly item: number | undefined;
  readonly error: IntentRejected | ObjectReferenced | PreconditionFailed;
}

const shownErrors = 3;

/** A batch is all or nothing. Nothing was written. */
export class BatchRejected extends StateError<'STATE_BATCH_REJECTED'> {
  /** At least one, in order of the items. */
  readonly errors: readonly ItemError[];

  constructor(errors: readonly ItemError[]) {
    const shown = errors.slice(0, shownErrors).map(({ item, error }) => `${item ?? '-'}: ${error.message}`);
    if (errors.length > shown.length) shown.push(`and ${errors.length - shown.length} more`);
    super('STATE_BATCH_REJECTED', `items ${shown.join('; ')}`);
    this.errors = errors;
  }
}

/** What stands against an import. */
export interface ImportProblem {
  /** Neither: the whole of it. */
  readonly kind?: Kind;
  readonly name?: string;
  /** JSON pointer into the object, its `allocation` a field of it. */
  readonly pointer: string;
  readonly detail: string;
  /** Whether somebody has what it wants. */
  readonly isConflict: boolean;
}

/** An import is all or nothing. Nothing was written. */
export class ImportRejected extends StateError<'STATE_IMPORT_REJECTED'> {
  /** At least one. */
  readonly problems: readonly ImportProblem[];

  constructor(problems: readonly ImportProblem[]) {
    const shown = problems
      .slice(0, shownErrors)
      .map(({ kind, name, detail }) => (kind === undefined ? detail : `${kind}/${name}: ${detail}`));
    if (problems.length > shown.length) shown.push(`and ${problems.length - shown.length} more`);
    super('STATE_IMPORT_REJECTED', shown.join('; '));
    this.problems = problems;
  }
}
