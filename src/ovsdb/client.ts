// The client of one database: session, monitor and replica put together behind typed calls.

import { EventEmitter } from 'node:events';
import type { Dial, DialTls } from '../lib/dial.ts';
import type { Endpoint, PassiveEndpoint } from '../lib/endpoint.ts';
import { type Logger, silentLogger } from '../lib/logger.ts';
import type { ReconnectOptions } from '../lib/reconnect.ts';
import type { ColumnName, RowChange, TableMap, TableName } from './data/row.ts';
import { commonSchema, type DatabaseSchema, findColumn, findTable, parseSchema, shapeOf } from './data/schema.ts';
import type { Uuid } from './data/uuid.ts';
import {
  OvsdbClosedError,
  OvsdbError,
  OvsdbMessageError,
  OvsdbRpcError,
  OvsdbTimeoutError,
  OvsdbValueError,
} from './errors.ts';
import type { ClientHooks } from './hooks.ts';
import { excerpt, isJsonArray, isJsonObject, type Json, type JsonArray } from './json/json.ts';
import { DatabaseMonitor } from './monitor/database-monitor.ts';
import { encodeMonitorConditions, type MonitorConditions, type MonitorSelection } from './monitor/monitor.ts';
import { ServerWatch } from './monitor/server-watch.ts';
import { type IndexSelection, type Replica, ReplicaStore } from './replica/replica.ts';
import type { RpcConnection } from './rpc/connection.ts';
import { Deadline } from './rpc/deadline.ts';
import { type CallOptions, RpcSession, type SessionLimits, type SessionState } from './rpc/session.ts';
import { runInSlices } from './slices.ts';
import { type CommitResult, commitPlan } from './transaction/commit.ts';
import { type RowReference, type StrongColumns, strongColumns } from './transaction/kept-rows.ts';
import { checkLock, encodeOperation, type Operation } from './transaction/operation.ts';
import { decodeTransactResult, type TransactResult } from './transaction/transact-result.ts';
import { TransactionDraft } from './transaction/transaction-draft.ts';

/** Where the database is, what of it the replica holds, and how patient to be. */
export interface OvsdbClientOptions<Tables> {
  /**
   * Where the server is, or each member of its cluster; at least one. After a failure the next one is tried. A passive
   * one is listened on until the server connects to it.
   */
  readonly remotes: readonly Endpoint[];
  /** Whether to try them in an order of chance, so that clients spread over a cluster; default true. */
  readonly shuffleRemotes?: boolean | undefined;
  /**
   * Of a cluster, whether only the leader will do, which is left when it leads no longer; default true. Other members
   * answer as well, later.
   */
  readonly leaderOnly?: boolean | undefined;
  /** Of a generated file; from `parseSchema` for `UntypedTables`. */
  readonly schema: DatabaseSchema<TableName<Tables>>;
  /** What the replica holds; nothing if left out. Columns and tables that the server lacks are left out. */
  readonly monitor?: MonitorSelection<Tables> | undefined;
  /** Which rows the replica holds; all if left out. See `setConditions`. */
  readonly conditions?: MonitorConditions<Tables> | undefined;
  /** What `Replica.lookup` finds rows by. */
  readonly indexes?: IndexSelection<Tables> | undefined;
  /** What `Replica.range` finds rows by: columns of one value or none, of which the first counts most. */
  readonly ordered?: IndexSelection<Tables> | undefined;
  /** For `ssl:` remotes. */
  readonly tls?: DialTls | undefined;
  readonly reconnect?: Partial<ReconnectOptions> | undefined;
  readonly limits?: Partial<SessionLimits> | undefined;
  /** How long a call may take, waiting for the connection included, ms; default 30 s. */
  readonly requestTimeout?: number | undefined;
  /** How long getting the schema and the first contents may take, ms; default 60 s. */
  readonly handshakeTimeout?: number | undefined;
  /** Told of each call, update and change of state: for metrics. */
  readonly hooks?: ClientHooks | undefined;
  readonly logger?: Logger | undefined;
  /** For tests: the socket factory. */
  readonly dial?: Dial | undefined;
}

/** `ready` is connected and in sync. */
export type ClientState = SessionState;

/** What a client tells its owner. */
export interface ClientEvents<Tables> {
  /** The difference that one update of the server made; never empty. The replica already has it. */
  update: [changes: readonly RowChange<Tables>[]];
  /** Connected, and in sync: the `update` of the resync has been emitted. */
  connected: [];
  /** Locks are lost, the replica is stale, a reconnect is under way. */
  disconnected: [why: OvsdbError];
  /** A lock that `lock` did not get at once is ours now. */
  locked: [lock: string];
  /** Another client has stolen the lock. */
  stolen: [lock: string];
}

/**
 * An OVSDB client with a replica (RFC 7047).
 *
 * Order: ovsdb-server(7) section 4.1.3 promises the `update` before the reply to the `transact` that caused it. So
 * when `transact` resolves as committed, the replica shows the change, and its `update` event has been emitted.
 */
export class OvsdbClient<Tables extends TableMap<Tables>> extends EventEmitter<ClientEvents<Tables>> {
  readonly #options: OvsdbClientOptions<Tables>;
  readonly #logger: Logger;
  readonly #session: RpcSession;
  readonly #replica: ReplicaStore<Tables>;
  readonly #watch: ServerWatch;
  #serverSchema: DatabaseSchema | undefined;
  /** What the program and the server last connected to have in common. */
  #common: DatabaseSchema | undefined;
  /** Of the server's schema: it decides what is kept. */
  #strongColumns: StrongColumns = new Map();
  /** Undefined: nothing to monitor, or no longer. */
  #monitor: DatabaseMonitor<Tables> | undefined;
  readonly #conditionWaiters = new Set<ConditionWaiter>();
  /** The change of the monitor's tables that is under way, and whether it has begun. */
  #selecting: Promise<void> = Promise.resolve();
  #reopening = false;

  constructor(options: OvsdbClientOptions<Tables>) {
    super();
    this.#options = options;
    this.#logger = options.logger ?? silentLogger;
    this.#watch = new ServerWatch({
      database: options.schema.name,
      leaderOnly: options.leaderOnly ?? true,
      logger: this.#logger,
    });
    this.#replica = new ReplicaStore<Tables>(Object.keys(options.monitor ?? {}), options.indexes, options.ordered);
    checkOrdered(options.schema, options.ordered ?? {});
    this.#monitor = options.monitor && this.#newMonitor(options.monitor);
    this.#session = new RpcSession({
      ...options,
      handshake: (connection, signal) => this.#handshake(connection, signal),
      onNotification: (method, params) => this.#notified(method, params),
    });
    this.#session.on('connected', () => {
      this.#askForConditions();
      this.#tell('connected');
    });
    this.#session.on('disconnected', why => {
      this.#replica.markStale();
      this.#tell('disconnected', why);
    });
  }

  get state(): ClientState {
    return this.#session.state;
  }

  get replica(): Replica<Tables> {
    return this.#replica;
  }

  /** The schema of the server last connected to; undefined before the first connection. */
  get serverSchema(): DatabaseSchema | undefined {
    return this.#serverSchema;
  }

  /** The remote that is dialled, or was last; undefined before `start`. */
  get remote(): Endpoint | undefined {
    return this.#session.remote;
  }

  /** Where a passive remote is waited for, with the port that was given where 0 was asked for; undefined: nowhere. */
  get listening(): PassiveEndpoint | undefined {
    return this.#session.listening;
  }

  /** Starts connecting, and reconnecting; returns at once. */
  start(): void {
    this.#session.start();
  }

  /**
   * Leaves the server, or the wait for one, and dials the next remote at once. What was sent fails as outcome unknown.
   * Before `start` it does nothing.
   * @throws OvsdbClosedError
   */
  reconnect(): void {
    this.#session.reconnect();
  }

  /**
   * Puts other remotes in the place of those there were, at least one. A connection to a server that is among them is
   * kept; otherwise another is made at once.
   * @throws RangeError without remotes
   * @throws OvsdbClosedError
   */
  setRemotes(remotes: readonly Endpoint[]): void {
    this.#session.setRemotes(remotes);
  }

  /** Ends all: sent calls fail as outcome unknown, waiting ones as closed. */
  close(): Promise<void> {
    const closed = this.#session.close();
    this.#settleConditions(Number.POSITIVE_INFINITY, new OvsdbClosedError());
    return closed;
  }

  /**
   * Resolves when connected with the first contents in the replica; at once if so already.
   * @param signal without one, the wait ends after `requestTimeout`
   * @throws OvsdbTimeoutError when the signal fires or the time is over
   * @throws OvsdbClosedError
   */
  async synced(signal?: AbortSignal): Promise<void> {
    const deadline = new Deadline(signal ? undefined : (this.#options.requestTimeout ?? 30_000), signal);
    try {
      await this.#session.ready(deadline);
    } finally {
      deadline.clear();
    }
  }

  /** Whether the server last connected to has the table; false before the first connection. */
  hasTable(table: TableName<Tables>): boolean {
    return this.#common !== undefined && findTable(this.#common, table) !== undefined;
  }

  /**
   * Whether the server last connected to has the column, with values of the look the schema gives it. False before
   * the first connection.
   */
  hasColumn<T extends TableName<Tables>>(table: T, column: ColumnName<Tables[T]>): boolean {
    const found = this.#common && findTable(this.#common, table);
    return found !== undefined && Object.hasOwn(found.columns, column);
  }

  /**
   * Runs the operations as one transaction (RFC 7047 section 4.1.3). Calls made while not connected wait.
   * @throws OvsdbValueError if an operation does not fit the schema
   * @throws OvsdbTimeoutError if it could not be sent in time: nothing happened
   * @throws OvsdbOutcomeUnknownError if it was sent, and the connection, the time or the signal ended the wait
   * @throws OvsdbRpcError, OvsdbQueueFullError, OvsdbClosedError
   */
  // async: a bad operation is a rejection like every other error, not a throw of its own.
  async transact(operations: readonly Operation<Tables>[], options?: CallOptions): Promise<TransactResult> {
    const { schema } = this.#options;
    return this.#session.request(
      'transact',
      [schema.name, ...operations.map(operation => encodeOperation(schema, operation))],
      result => runInSlices(decodeTransactResult(this.#common ?? schema, operations, result)),
      options,
    );
  }

  /** A transaction over typed rows, to be filled and then given to `commit`. */
  transaction(): TransactionDraft<Tables> {
    return new TransactionDraft(this.#options.schema, (table, uuid) => this.#strongReferences(table, uuid));
  }

  /**
   * Sends a draft. A draft can be sent again, but it is made from rows as they were read: after `try_again` make a new
   * one, or use `retry`.
   * @throws OvsdbUnreferencedError, and the errors of `transact` that are not results
   */
  async commit(draft: TransactionDraft<Tables>, options?: CallOptions): Promise<CommitResult> {
    return commitPlan(draft.plan(), operations => this.transact(operations, options));
  }

  /**
   * Lets `build` fill a draft from what the replica shows, and commits it; as long as the answer is `try_again`, once
   * more with a new draft. The replica has caught up each time: the server tells of changes before it answers.
   * @throws what `build` throws, and the errors of `commit`
   */
  async retry<T>(
    build: (draft: TransactionDraft<Tables>) => T | Promise<T>,
    { attempts = 10, ...options }: RetryOptions = {},
  ): Promise<RetryResult<T>> {
    const deadline = new Deadline(options.timeout ?? this.#options.requestTimeout ?? 30_000, options.signal);
    try {
      for (let attempt = 1; ; attempt++) {
        try {
          await this.#session.ready(deadline);
        } catch (error) {
          if (error instanceof OvsdbTimeoutError) return { result: { kind: 'timed_out', error }, value: undefined };
          throw error;
        }
        const draft = this.transaction();
        const value = await build(draft);
        const result = await this.commit(draft, { timeout: deadline.left, signal: options.signal });
        if (result.kind !== 'try_again' || attempt >= attempts) return { result, value };
      }
    } finally {
      deadline.clear();
    }
  }

  /**
   * Runs operations as they stand in RFC 7047 section 5.2; the results as the server gives them. What its JSON parser
   * would not take is an OvsdbValueError. Errors: those of `transact`.
   */
  transactJson(operations: JsonArray, options?: CallOptions): Promise<Json> {
    return this.#session.request('transact', [this.#options.schema.name, ...operations], result => result, options);
  }

  /** Names of the server's databases (RFC 7047 section 4.1.1). Errors: those of `transact`. */
  listDatabases(options?: CallOptions): Promise<readonly string[]> {
    return this.#session.request('list_dbs', [], decodeNames, options);
  }

  /** Asks for a schema (RFC 7047 section 4.1.2). Errors: those of `transact`. */
  getSchema(database: string, options?: CallOptions): Promise<DatabaseSchema> {
    return this.#session.request('get_schema', [database], parseSchema, options);
  }

  /** RFC 7047 section 4.1.11. Errors: those of `transact`. */
  echo(params: JsonArray = [], options?: CallOptions): Promise<Json> {
    return this.#session.request('echo', params, result => result, options);
  }

  /**
   * Asks for a lock (RFC 7047 section 4.1.8). False: it waits in line, `locked` will tell. A lock is gone when the
   * connection is; it is not asked for again. Errors: those of `transact`.
   */
  async lock(lock: string, options?: CallOptions): Promise<boolean> {
    return this.#session.request('lock', [checkLock(lock)], decodeLocked, options);
  }

  /** Takes a lock from whoever has it (RFC 7047 section 4.1.8). Errors: those of `transact`. */
  async steal(lock: string, options?: CallOptions): Promise<boolean> {
    return this.#session.request('steal', [checkLock(lock)], decodeLocked, options);
  }

  /** Gives a lock back, or leaves the line (RFC 7047 section 4.1.8). Errors: those of `transact`. */
  async unlock(lock: string, options?: CallOptions): Promise<void> {
    return this.#session.request('unlock', [checkLock(lock)], () => undefined, options);
  }

  /**
   * Changes which rows the replica holds; resolves when it holds them (ovsdb-server(7), "Monitor_cond_change"). They
   * come and go as changes of an `update`. Across reconnects the last wish stands, also one that was given up waiting
   * for. To a server that knows no conditions (before Open vSwitch 2.6) all rows are wanted.
   * @param conditions of all tables: those of a table left out are dropped
   * @throws OvsdbValueError if a condition does not fit the schema
   * @throws OvsdbTimeoutError if it took longer than the time or the signal allow
   * @throws OvsdbRpcError if the server refuses: the conditions are those of before
   * @throws OvsdbClosedError
   */
  async setConditions(conditions: MonitorConditions<Tables>, options: CallOptions = {}): Promise<void> {
    const monitor = this.#monitor;
    const wire = encodeMonitorConditions(this.#options.schema, conditions);
    if (!monitor) return;
    if (this.state.kind === 'closed') throw new OvsdbClosedError();
    const wish = monitor.conditions.want(wire);
    const deadline = new Deadline(options.timeout ?? this.#options.requestTimeout ?? 30_000, options.signal);
    try {
      await new Promise<void>((resolve, reject) => {
        if (deadline.over) throw new OvsdbTimeoutError('conditions', deadline.over.reason);
        const settle = (error?: Error): void => {
          this.#conditionWaiters.delete(waiter);
          if (error) reject(error);
          else resolve();
        };
        const waiter: ConditionWaiter = { wish, settle };
        this.#conditionWaiters.add(waiter);
        deadline.wait(reason => settle(new OvsdbTimeoutError('conditions', reason)));
        this.#askForConditions();
      });
    } finally {
      deadline.clear();
    }
  }

  #newMonitor(selection: MonitorSelection<Tables>): DatabaseMonitor<Tables> {
    const { schema, conditions = {}, hooks } = this.#options;
    return new DatabaseMonitor<Tables>({
      schema,
      selection,
      conditions: encodeMonitorConditions(schema, conditions),
      replica: this.#replica,
      onChanges: changes => this.#tell('update', changes),
      onRefused: (wish, error) => this.#settleConditions(wish, error),
      hooks,
      logger: this.#logger,
    });
  }

  /**
   * Changes which tables and columns the replica holds; resolves when it holds them. Rows come and go as changes of an
   * `update`; those of tables that stay are not told again. The server is asked for all of it anew, on the same
   * connection; meanwhile the replica shows what it had, and is not in sync. Across reconnects the last wish stands,
   * also one that was given up waiting for.
   * @param selection all that is wanted, also what is there already
   * @throws OvsdbTimeoutError if it took longer than the time or the signal allow
   * @throws OvsdbRpcError if the server refuses: the connection is then given up
   * @throws OvsdbClosedError
   */
  async setMonitor(selection: MonitorSelection<Tables>, options: CallOptions = {}): Promise<void> {
    if (this.state.kind === 'closed') throw new OvsdbClosedError();
    const monitor = this.#monitor ?? this.#newMonitor(selection);
    this.#monitor = monitor;
    monitor.select(selection);
    this.#replica.expect(Object.keys(selection));
    const deadline = new Deadline(options.timeout ?? this.#options.requestTimeout ?? 30_000, options.signal);
    // One after the other: two monitors cannot be started at a time.
    const turn = this.#selecting.then(() => this.#reopen(monitor, deadline));
    this.#selecting = turn.catch(() => {});
    try {
      await turn;
    } finally {
      deadline.clear();
    }
  }

  async #reopen(monitor: DatabaseMonitor<Tables>, deadline: Deadline): Promise<void> {
    while (this.#monitor === monitor && !monitor.selected) {
      const connection = await this.#session.connection(deadline);
      // A connection that came up meanwhile may have what is wanted.
      if (!this.#common || monitor.selected) continue;
      this.#reopening = true;
      try {
        await monitor.reopen(connection, this.#common, deadline);
      } catch (error) {
        if (connection.closed && !deadline.over) continue;
        // What the replica follows is not known any more: the next connection begins anew.
        connection.close(error instanceof OvsdbError ? error : new OvsdbMessageError('the monitor failed'));
        throw deadline.over ? new OvsdbTimeoutError('monitor', deadline.over.reason) : error;
      } finally {
        this.#reopening = false;
      }
      this.#askForConditions();
    }
  }

  #strongReferences(table: string, uuid: Uuid): readonly RowReference[] | undefined {
    const columns = this.#strongColumns.get(table) ?? [];
    if (!this.#replica.synced || !columns.every(({ table, column }) => this.#monitor?.holdsAll(table, column)))
      return undefined;
    const referrers = this.#replica.referrers(table as TableName<Tables>, uuid) as unknown as readonly RowReference[];
    return referrers.filter(referrer =>
      columns.some(({ table, column }) => table === referrer.table && column === referrer.column),
    );
  }

  #askForConditions(): void {
    const monitor = this.#monitor;
    if (!monitor || this.#reopening || this.#session.state.kind !== 'ready') return;
    const params = monitor.hasConditions ? monitor.conditionChange() : undefined;
    if (params) {
      const confirmed = (): number => monitor.conditions.confirmed();
      const unlimited = { timeout: Number.POSITIVE_INFINITY };
      this.#session.request('monitor_cond_change', params, confirmed, unlimited).then(
        wish => {
          this.#settleConditions(wish);
          this.#askForConditions();
        },
        error => {
          // Otherwise the connection is lost, and the next one starts from what is wanted.
          if (!(error instanceof OvsdbRpcError)) return;
          this.#settleConditions(monitor.conditions.refused(), error);
          this.#askForConditions();
        },
      );
    } else if (monitor.conditions.settled || !monitor.hasConditions) {
      this.#settleConditions(Number.POSITIVE_INFINITY);
    }
  }

  /** Those who wait for this wish, or for one that it has replaced, wait no longer. */
  #settleConditions(upTo = 0, error?: Error): void {
    for (const { wish, settle } of this.#conditionWaiters) if (wish <= upTo) settle(error);
  }

  /**
   * Ends the monitor, for good (RFC 7047 section 4.1.7). The replica keeps what it has, and is no longer in sync.
   * Errors: those of `transact`.
   */
  async cancelMonitor(options?: CallOptions): Promise<void> {
    const monitor = this.#monitor;
    if (!monitor) return;
    this.#monitor = undefined;
    monitor.cancel();
    this.#replica.markStale();
    this.#settleConditions(Number.POSITIVE_INFINITY);
    try {
      await this.#session.request('monitor_cancel', [monitor.id], () => undefined, options);
    } catch (error) {
      // It was not there yet, or no longer: a connection that comes up meanwhile does without it.
      if (!(error instanceof OvsdbRpcError) || error.error !== 'unknown monitor') throw error;
    }
  }

  async #handshake(connection: RpcConnection, deadline: Deadline): Promise<void> {
    const { schema } = this.#options;
    await this.#watch.open(connection, deadline);
    const serverSchema = await connection.request('get_schema', [schema.name], { decode: parseSchema, deadline });
    const common = commonSchema(schema, serverSchema);
    this.#serverSchema = serverSchema;
    this.#common = common;
    this.#strongColumns = strongColumns(serverSchema);
    await this.#monitor?.open(connection, common, deadline);
  }

  #notified(method: string, params: JsonArray): void | Promise<void> {
    if (this.#watch.notified(method, params)) return;
    const taken = this.#monitor?.notified(method, params);
    if (taken instanceof Promise) return taken.then(() => {});
    if (taken) return;
    switch (method) {
      case 'update':
      case 'update2':
      case 'update3':
        // After a cancel, an update may still be on its way.
        return;
      case 'locked':
      case 'stolen':
        if (typeof params[0] === 'string') this.#tell(method, params[0]);
        return;
      default:
        // Later servers may tell more than they were asked; what is not understood does no harm.
        this.#logger.debug({ method }, 'unknown OVSDB notification');
    }
  }

  /**
   * Emits, and keeps a throwing listener out of the protocol's affairs: its error comes up as an uncaught exception,
   * as it does with any other emitter, and not as a broken connection.
   */
  #tell<E extends keyof ClientEvents<Tables>>(event: E, ...args: ClientEvents<Tables>[E]): void {
    for (const listener of this.rawListeners(event)) {
      try {
        Reflect.apply(listener, this, args);
      } catch (error) {
        process.nextTick(() => {
          throw error;
        });
      }
    }
  }
}

/** How long and how often `retry` tries. */
export interface RetryOptions extends CallOptions {
  /** At most so many commits; default 10. */
  readonly attempts?: number | undefined;
}

/** What became of a retried transaction. */
export interface RetryResult<T> {
  readonly result: CommitResult;
  /** What the last call of `build` returned; undefined if the time was over before the first. */
  readonly value: T | undefined;
}

interface ConditionWaiter {
  /** The number of the wish that it waits for. */
  readonly wish: number;
  readonly settle: (error?: Error) => void;
}

/** @throws OvsdbValueError for a column that the schema lacks, or that holds sets or maps */
function checkOrdered(schema: DatabaseSchema, ordered: Readonly<Record<string, unknown>>): void {
  for (const [table, lists] of Object.entries(ordered)) {
    for (const name of (lists as readonly (readonly string[])[] | undefined)?.flat() ?? []) {
      const found = findTable(schema, table);
      const column = found && findColumn(found, name);
      const shape = column && shapeOf(column);
      if (shape !== 'scalar' && shape !== 'optional')
        throw new OvsdbValueError(`${table}.${name} has no order: it is no column of one value or none`);
    }
  }
}

function decodeNames(json: Json): readonly string[] {
  if (!isJsonArray(json) || !json.every(name => typeof name === 'string'))
    throw new OvsdbMessageError(`not a list of names: ${excerpt(json)}`);
  return json;
}

function decodeLocked(json: Json): boolean {
  if (!isJsonObject(json) || typeof json.locked !== 'boolean')
    throw new OvsdbMessageError(`not the answer to a lock: ${excerpt(json)}`);
  return json.locked;
}
