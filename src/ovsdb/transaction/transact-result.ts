// What became of a transaction (RFC 7047 section 4.1.3). A refusal is an expected outcome, so it is data.

import { type DatabaseSchema, findColumn, findTable, type TableSchema } from '../data/schema.ts';
import { isUuid, type Uuid } from '../data/uuid.ts';
import { decodeValue, type Value } from '../data/value.ts';
import { OvsdbMessageError, OvsdbRpcError } from '../errors.ts';
import { excerpt, isJsonArray, isJsonObject, type Json } from '../json/json.ts';
import { parseFailure } from '../rpc/rpc-message.ts';
import { isPause } from '../slices.ts';
import type { Operation } from './operation.ts';

/**
 * A row of a `select` (RFC 7047 section 5.2.2): the columns that were asked for and have the look the schema gives
 * them.
 */
export type ResultRow = Readonly<Record<string, Value>>;

/** What one operation of a committed transaction answered (RFC 7047 section 5.2). */
export type OperationResult =
  | { readonly kind: 'insert'; readonly uuid: Uuid }
  | { readonly kind: 'select'; readonly rows: readonly ResultRow[] }
  /** Of update, mutate and delete: how many rows the conditions took. */
  | { readonly kind: 'count'; readonly count: number }
  /** Of wait, commit, comment and assert. */
  | { readonly kind: 'none' };

// RFC 7047 sections 4.1.3 and 5.2; the last five are ovsdb-server's own.
const refusals = {
  'constraint violation': 'constraint_violation',
  'referential integrity violation': 'referential_integrity_violation',
  'resources exhausted': 'resources_exhausted',
  'I/O error': 'io_error',
  'duplicate uuid-name': 'duplicate_uuid_name',
  'domain error': 'domain_error',
  'range error': 'range_error',
  'not supported': 'not_supported',
  'not owner': 'not_owner',
  'unknown table': 'unknown_table',
  'unknown column': 'unknown_column',
  'not allowed': 'not_allowed',
  'permission error': 'permission_error',
  'duplicate uuid': 'duplicate_uuid',
} as const;

/** `refused` is every error that has no kind of its own: see `error`. */
export type RefusalKind = (typeof refusals)[keyof typeof refusals] | 'refused';

/** What became of a transaction of operations (RFC 7047 section 4.1.3). */
export type TransactResult =
  | { readonly kind: 'committed'; readonly results: readonly OperationResult[] }
  /** A wait did not come true. Nothing was changed; look again, and decide anew. */
  | { readonly kind: 'try_again'; readonly index: number }
  /** The transaction's own abort operation. */
  | { readonly kind: 'aborted' }
  | {
      readonly kind: RefusalKind;
      /** The operation at fault; undefined if the whole transaction failed when it was committed. */
      readonly index: number | undefined;
      /** The server's error string, e.g. `constraint violation`. */
      readonly error: string;
      /** For people. */
      readonly details: string;
    };

/**
 * @param operations those that were sent
 * @throws OvsdbMessageError if the reply does not fit them
 * @throws OvsdbRpcError if the server could not take the request apart
 */
export function* decodeTransactResult<Tables>(
  schema: DatabaseSchema,
  operations: readonly Operation<Tables>[],
  json: Json,
): Generator<void, TransactResult, void> {
  if (isJsonObject(json)) {
    // ovsdb-server answers a request it cannot parse with a bare <error> in the place of the results.
    const { error, details } = parseFailure(json);
    throw new OvsdbRpcError('transact', error, details);
  }
  if (!isJsonArray(json) || json.length < operations.length)
    throw new OvsdbMessageError(`not the results of ${operations.length} operations: ${excerpt(json)}`);
  const failed = json.findIndex(result => isJsonObject(result) && result.error !== undefined);
  if (failed >= 0) return decodeFailure(json[failed] as Json, failed, operations.length);
  const results: OperationResult[] = [];
  for (const [i, operation] of operations.entries())
    results.push(yield* decodeOperationResult(schema, operation, json[i]));
  return { kind: 'committed', results };
}

function decodeFailure(json: Json, at: number, operationCount: number): TransactResult {
  const { error, details = '' } = parseFailure(json);
  if (error === 'timed out') return { kind: 'try_again', index: at };
  if (error === 'aborted') return { kind: 'aborted' };
  return {
    kind: Object.hasOwn(refusals, error) ? refusals[error as keyof typeof refusals] : 'refused',
    // RFC 7047 section 4.1.3: an error of the commit itself is one element more than there are operations.
    index: at < operationCount ? at : undefined,
    error,
    details,
  };
}

function* decodeOperationResult<Tables>(
  schema: DatabaseSchema,
  operation: Operation<Tables>,
  json: Json | undefined,
): Generator<void, OperationResult, void> {
  if (!isJsonObject(json)) throw new OvsdbMessageError(`not the result of "${operation.op}": ${excerpt(json)}`);
  switch (operation.op) {
    case 'insert': {
      const [tag, uuid] = isJsonArray(json.uuid) ? json.uuid : [];
      if (tag !== 'uuid' || typeof uuid !== 'string' || !isUuid(uuid)) break;
      return { kind: 'insert', uuid };
    }
    case 'update':
    case 'mutate':
    case 'delete':
      if (typeof json.count !== 'number') break;
      return { kind: 'count', count: json.count };
    case 'select': {
      const table = findTable(schema, operation.table);
      if (!table || !isJsonArray(json.rows)) break;
      const rows: ResultRow[] = [];
      for (const row of json.rows) {
        rows.push(decodeResultRow(table, row));
        if (isPause(rows.length)) yield;
      }
      return { kind: 'select', rows };
    }
    case 'wait':
    case 'commit':
    case 'comment':
    case 'assert':
    case 'abort':
      return { kind: 'none' };
  }
  throw new OvsdbMessageError(`not the result of "${operation.op}": ${excerpt(json)}`);
}

function decodeResultRow(table: TableSchema, json: Json): ResultRow {
  if (!isJsonObject(json)) throw new OvsdbMessageError(`not a row: ${excerpt(json)}`);
  const row: Record<string, Value> = {};
  for (const [name, value] of Object.entries(json)) {
    const column = findColumn(table, name);
    if (column) row[name] = decodeValue(column, value);
  }
  return row;
}
