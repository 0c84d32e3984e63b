// pointsman/ovsdb-client: an OVSDB client (RFC 7047, ovsdb-server(7)) with typed rows and a replica.

export type { DialTls } from '../lib/dial.ts';
export {
  type ActiveEndpoint,
  EndpointError,
  formatActiveEndpoint,
  parseActiveEndpoint,
  parseActiveEndpoints,
} from '../lib/endpoint.ts';
export { type Logger, silentLogger } from '../lib/logger.ts';
export { type ReconnectOptions, reconnectDefaults } from '../lib/reconnect.ts';
export type { TlsIdentity } from '../lib/tls.ts';
export {
  type ClientEvents,
  type ClientState,
  OvsdbClient,
  type OvsdbClientOptions,
  type RetryOptions,
  type RetryResult,
} from './client.ts';
export type { CommitResult } from './commit.ts';
export type { InsertedRow } from './draft-rows.ts';
export {
  OvsdbClosedError,
  OvsdbDisconnectedError,
  OvsdbError,
  type OvsdbErrorCode,
  OvsdbJsonError,
  OvsdbMessageError,
  OvsdbNotIndexedError,
  OvsdbNotMonitoredError,
  OvsdbOutcomeUnknownError,
  OvsdbQueueFullError,
  OvsdbRpcError,
  OvsdbSchemaError,
  OvsdbTimeoutError,
  OvsdbUnreferencedError,
  OvsdbUnsuitableServerError,
  OvsdbValueError,
} from './errors.ts';
export { formatJson, type Json } from './json.ts';
export {
  type ChooseTaker,
  JsonStream,
  type JsonStreamLimits,
  jsonStreamDefaults,
  type MemberTaker,
} from './json-stream.ts';
export type { RowReference, StrongReferences } from './kept-rows.ts';
export type { MonitorConditions, MonitorSelection } from './monitor.ts';
export type { Condition, Mutation, Operation } from './operation.ts';
export type { IndexSelection, Referrer, Replica } from './replica.ts';
export type {
  ColumnName,
  ReferredRow,
  RowChange,
  RowRef,
  StoredRow,
  TableMap,
  TableName,
  UntypedTables,
  WriteRow,
  WriteValue,
} from './row.ts';
export {
  type BaseType,
  type Column,
  type ColumnShape,
  type ColumnType,
  type DatabaseSchema,
  findTable,
  parseSchema,
  shapeOf,
  type TableSchema,
} from './schema.ts';
export { type CallOptions, type SessionLimits, sessionLimitDefaults } from './session.ts';
export type { OperationResult, RefusalKind, ResultRow, TransactResult } from './transact-result.ts';
export {
  type DraftPlan,
  type MapColumn,
  TransactionDraft,
  type UpdateOptions,
} from './transaction-draft.ts';
export { isUuid, type NamedUuid, namedUuid, parseUuid, type Uuid } from './uuid.ts';
export { type Atom, sameValue, type Value } from './value.ts';
