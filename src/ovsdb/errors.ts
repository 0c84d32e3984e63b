// What this library throws. Expected outcomes of a transaction are results (transact-result.ts), not errors.

import { PointsmanError } from '../lib/errors.ts';

/** What an OvsdbError is about; stable, unlike its message. */
export type OvsdbErrorCode =
  | 'OVSDB_BAD_JSON'
  | 'OVSDB_BAD_MESSAGE'
  | 'OVSDB_BAD_SCHEMA'
  | 'OVSDB_BAD_VALUE'
  | 'OVSDB_CLOSED'
  | 'OVSDB_DISCONNECTED'
  | 'OVSDB_NOT_INDEXED'
  | 'OVSDB_NOT_MONITORED'
  | 'OVSDB_OUTCOME_UNKNOWN'
  | 'OVSDB_QUEUE_FULL'
  | 'OVSDB_RPC_ERROR'
  | 'OVSDB_TIMEOUT'
  | 'OVSDB_UNREFERENCED'
  | 'OVSDB_UNSUITABLE_SERVER';

/** Base of every error of the OVSDB client; switch on `code`. */
export class OvsdbError<Code extends OvsdbErrorCode = OvsdbErrorCode> extends PointsmanError<Code> {}

/** The peer's bytes are not the JSON they should be (syntax, UTF-8, size or depth); the connection is closed. */
export class OvsdbJsonError extends OvsdbError<'OVSDB_BAD_JSON'> {
  constructor(message: string, options?: ErrorOptions) {
    super('OVSDB_BAD_JSON', message, options);
  }
}

/** Valid JSON, but not what RFC 7047 allows at this place; the connection is closed. */
export class OvsdbMessageError extends OvsdbError<'OVSDB_BAD_MESSAGE'> {
  constructor(message: string, options?: ErrorOptions) {
    super('OVSDB_BAD_MESSAGE', message, options);
  }
}

/** A schema that does not follow RFC 7047 section 3.2. */
export class OvsdbSchemaError extends OvsdbError<'OVSDB_BAD_SCHEMA'> {
  constructor(message: string) {
    super('OVSDB_BAD_SCHEMA', message);
  }
}

/** A value that its column cannot hold, found before anything was sent. */
export class OvsdbValueError extends OvsdbError<'OVSDB_BAD_VALUE'> {
  constructor(message: string) {
    super('OVSDB_BAD_VALUE', message);
  }
}

/** The client was closed; the call was not sent. */
export class OvsdbClosedError extends OvsdbError<'OVSDB_CLOSED'> {
  constructor() {
    super('OVSDB_CLOSED', 'the OVSDB client is closed');
  }
}

/** Why a connection ended: refused, lost, or given up for silence. Arrives with the `disconnected` event. */
export class OvsdbDisconnectedError extends OvsdbError<'OVSDB_DISCONNECTED'> {
  constructor(message: string, options?: ErrorOptions) {
    super('OVSDB_DISCONNECTED', message, options);
  }
}

/** The replica was asked for a table or column that is not in its monitor. */
export class OvsdbNotMonitoredError extends OvsdbError<'OVSDB_NOT_MONITORED'> {
  /** @param what a table, or `table.column` */
  constructor(what: string) {
    super('OVSDB_NOT_MONITORED', `${what} is not monitored`);
  }
}

/** The replica was asked to look up by columns that no index of the client's options has. */
export class OvsdbNotIndexedError extends OvsdbError<'OVSDB_NOT_INDEXED'> {
  constructor(table: string, columns: string) {
    super('OVSDB_NOT_INDEXED', `table ${table} has no index on ${columns}`);
  }
}

/** The request was sent, and no reply will come: it may or may not have been carried out. `cause` says why. */
export class OvsdbOutcomeUnknownError extends OvsdbError<'OVSDB_OUTCOME_UNKNOWN'> {
  constructor(method: string, cause: unknown) {
    super('OVSDB_OUTCOME_UNKNOWN', `"${method}" was sent, but its reply did not arrive`, { cause });
  }
}

/** Too many calls are waiting, or too many bytes are unsent; the call was not sent. */
export class OvsdbQueueFullError extends OvsdbError<'OVSDB_QUEUE_FULL'> {
  constructor(message: string) {
    super('OVSDB_QUEUE_FULL', message);
  }
}

/** The deadline passed or the signal fired before the call could be sent: nothing happened. */
export class OvsdbTimeoutError extends OvsdbError<'OVSDB_TIMEOUT'> {
  constructor(what: string, cause: unknown) {
    super('OVSDB_TIMEOUT', `gave up waiting: ${what}`, { cause });
  }
}

/** The server answered with a JSON-RPC error (RFC 7047 section 3.1 <error>). */
export class OvsdbRpcError extends OvsdbError<'OVSDB_RPC_ERROR'> {
  /** The server's error string, e.g. `unknown database`. */
  readonly error: string;
  readonly details: string | undefined;

  constructor(method: string, error: string, details: string | undefined) {
    super('OVSDB_RPC_ERROR', `"${method}" was refused: ${error}${details ? ` (${details})` : ''}`);
    this.error = error;
    this.details = details;
  }
}

/** The server is there, but is not the one to use: not the leader, apart from its cluster, stale, without the database. */
export class OvsdbUnsuitableServerError extends OvsdbError<'OVSDB_UNSUITABLE_SERVER'> {
  constructor(message: string) {
    super('OVSDB_UNSUITABLE_SERVER', message);
  }
}

/**
 * A transaction inserts or writes rows that nothing would refer to, in tables where such rows are not kept; it was not
 * sent.
 */
export class OvsdbUnreferencedError extends OvsdbError<'OVSDB_UNREFERENCED'> {
  /** Those of the rows. */
  readonly tables: readonly string[];

  constructor(tables: readonly string[], how: 'inserted into' | 'written to' = 'inserted into') {
    super('OVSDB_UNREFERENCED', `no row refers to what is ${how} ${tables.join(', ')}: it would not be kept`);
    this.tables = tables;
  }
}
