// pointsman/ovsdb-client: an OVSDB client (RFC 7047, ovsdb-server(7)) with typed rows and a replica.

export type { DialTls } from '../lib/dial.ts';
export {
  type ActiveEndpoint,
  type Endpoint,
  EndpointError,
  formatActiveEndpoint,
  formatEndpoint,
  formatPassiveEndpoint,
  type PassiveEndpoint,
  parseActiveEndpoint,
  parseActiveEndpoints,
  parsePassiveEndpoint,
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
} from './data/row.ts';
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
} from './data/schema.ts';
export { isUuid, type NamedUuid, namedUuid, parseUuid, type Uuid } from './data/uuid.ts';
export { type Atom, sameValue, type Value } from './data/value.ts';
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
export type { CallReport, ClientHooks, UpdateReport } from './hooks.ts';
export { parseExactly } from './json/exact-json.ts';
export { formatJson, type Json } from './json/json.ts';
export {
  type ChooseTaker,
  JsonStream,
  type JsonStreamLimits,
  jsonStreamDefaults,
  type MemberTaker,
} from './json/json-stream.ts';
export type { MonitorConditions, MonitorSelection } from './monitor/monitor.ts';
export type { IndexSelection, RangeBound, Referrer, Replica } from './replica/replica.ts';
export { type CallOptions, type SessionLimits, sessionLimitDefaults } from './rpc/session.ts';
export type { TestRow } from './test-server/test-row.ts';
export { OvsdbTestServer } from './test-server/test-server.ts';
export type { CommitResult } from './transaction/commit.ts';
export type { InsertedRow } from './transaction/draft-rows.ts';
export type { RowReference, StrongReferences } from './transaction/kept-rows.ts';
export type { Condition, Mutation, Operation } from './transaction/operation.ts';
export type { OperationResult, RefusalKind, ResultRow, TransactResult } from './transaction/transact-result.ts';
export {
  type DraftPlan,
  type MapColumn,
  TransactionDraft,
  type UpdateOptions,
} from './transaction/transaction-draft.ts';
export { runUnixctl, type UnixctlOptions } from './unixctl.ts';
