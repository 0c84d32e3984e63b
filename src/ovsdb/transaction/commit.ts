// Sends a transaction draft and says what became of it.

import { parseConstraint } from '../data/constraint.ts';
import type { Uuid } from '../data/uuid.ts';
import { OvsdbMessageError, OvsdbOutcomeUnknownError, OvsdbTimeoutError } from '../errors.ts';
import type { InsertedRow } from './draft-rows.ts';
import type { Operation } from './operation.ts';
import type { TransactResult } from './transact-result.ts';
import type { DraftPlan } from './transaction-draft.ts';

/** What became of a transaction draft (RFC 7047 section 4.1.3; the server's errors are those of section 3.1). */
export type CommitResult =
  /** The replica shows it. `uuids`: those of the rows that the draft's `insert` returned. */
  | { readonly kind: 'committed'; readonly uuids: ReadonlyMap<InsertedRow, Uuid> }
  /** There was nothing to write, and nothing was sent. */
  | { readonly kind: 'unchanged' }
  /**
   * The row is not what it was when it was read; without a UUID, there is one that was not to be there. Nothing was changed;
   * the replica shows the row as it is now.
   */
  | { readonly kind: 'try_again'; readonly table: string; readonly uuid: Uuid | undefined }
  /** The draft's own wish. */
  | { readonly kind: 'aborted' }
  /** The schema forbids it: limits, unique indexes, references, numbers of rows. Nothing was changed. */
  | {
      readonly kind: 'constraint_violation';
      /** Undefined if the server does not name it. */
      readonly table: string | undefined;
      /** None if the server names none. */
      readonly columns: readonly string[];
      /** For people. */
      readonly details: string;
    }
  /** A lock that the draft asserts is not ours. Nothing was changed. */
  | { readonly kind: 'lock_lost' }
  /** It could not be sent in time. Nothing was changed. */
  | { readonly kind: 'timed_out'; readonly error: OvsdbTimeoutError }
  /** It was sent, and the connection, the time or the signal ended the wait: it may have been carried out. */
  | { readonly kind: 'outcome_unknown'; readonly error: OvsdbOutcomeUnknownError }
  /** Any other refusal, e.g. `permission error`. Nothing was changed. */
  | { readonly kind: 'refused'; readonly error: string; readonly details: string };

/** @throws what `transact` throws, but for the errors that are results */
export async function commitPlan<Tables>(
  plan: DraftPlan<Tables>,
  transact: (operations: readonly Operation<Tables>[]) => Promise<TransactResult>,
): Promise<CommitResult> {
  if (plan.operations.length === 0) return { kind: 'unchanged' };
  let result: TransactResult;
  try {
    result = await transact(plan.operations);
  } catch (error) {
    if (error instanceof OvsdbTimeoutError) return { kind: 'timed_out', error };
    if (error instanceof OvsdbOutcomeUnknownError) return { kind: 'outcome_unknown', error };
    throw error;
  }
  switch (result.kind) {
    case 'committed':
      return { kind: 'committed', uuids: insertedUuids(plan, result.results) };
    case 'aborted':
      return result;
    case 'try_again': {
      const row = plan.waits.get(result.index);
      if (!row) throw new OvsdbMessageError(`operation ${result.index} timed out, but does not wait`);
      return { kind: 'try_again', ...row };
    }
    case 'constraint_violation':
    case 'referential_integrity_violation': {
      const operation = result.index === undefined ? undefined : plan.operations[result.index];
      const table = operation && 'table' in operation ? operation.table : undefined;
      return { kind: 'constraint_violation', ...parseConstraint(result.details, table), details: result.details };
    }
    case 'not_owner':
      return { kind: 'lock_lost' };
    default:
      return { kind: 'refused', error: result.error, details: result.details };
  }
}

function insertedUuids<Tables>(
  plan: DraftPlan<Tables>,
  results: Extract<TransactResult, { readonly kind: 'committed' }>['results'],
): ReadonlyMap<InsertedRow, Uuid> {
  const uuids = new Map<InsertedRow, Uuid>();
  for (const [index, handle] of plan.inserts) {
    const result = results[index];
    if (result?.kind === 'insert') uuids.set(handle, result.uuid);
  }
  return uuids;
}
