// The monitor that feeds the replica: asks for it in the best way the server knows, over and over as connections come
// and go, and brings its updates into the replica. It sends through what it is given; it owns no connection.

import type { Logger } from '../../lib/logger.ts';
import type { RowChange } from '../data/row.ts';
import type { DatabaseSchema } from '../data/schema.ts';
import { isUuid, nilUuid } from '../data/uuid.ts';
import { OvsdbMessageError, OvsdbRpcError } from '../errors.ts';
import type { ClientHooks } from '../hooks.ts';
import { excerpt, isJsonArray, type Json, type JsonArray } from '../json/json.ts';
import type { MemberTaker } from '../json/json-stream.ts';
import type { EarlyRows, ReplicaStore, UpdateBatch } from '../replica/replica.ts';
import { RowReader } from '../replica/row-reader.ts';
import {
  checkUuid,
  firstRow,
  makeLayouts,
  type Row,
  type TableLayouts,
  type UpdateNotation,
} from '../replica/table-layout.ts';
import type { RpcConnection } from '../rpc/connection.ts';
import type { Deadline } from '../rpc/deadline.ts';
import { runInSlices } from '../slices.ts';
import { ConditionState } from './condition-state.ts';
import {
  encodeConditionChange,
  encodeMonitorRequests,
  fitConditions,
  type MonitorColumns,
  type MonitorSelection,
  planMonitor,
  sameConditions,
  type WireConditions,
} from './monitor.ts';

/** Of the requests that start a monitor, the best first: RFC 7047 section 4.1.5, and ovsdb-server(7). */
const methods = ['monitor_cond_since', 'monitor_cond', 'monitor'] as const;
type Method = (typeof methods)[number];

const updateMethods = { monitor_cond_since: 'update3', monitor_cond: 'update2', monitor: 'update' } as const;

export interface DatabaseMonitorOptions<Tables> {
  readonly schema: DatabaseSchema;
  readonly selection: MonitorSelection<Tables>;
  readonly conditions: WireConditions;
  readonly replica: ReplicaStore<Tables>;
  /** Called when the replica has changed, and before any later message is looked at. */
  readonly onChanges: (changes: readonly RowChange<Tables>[]) => void;
  /** Called when the server refused the conditions of this wish, and those of before are asked for. */
  readonly onRefused: (wish: number, error: OvsdbRpcError) => void;
  readonly hooks?: ClientHooks | undefined;
  readonly logger: Logger;
}

export class DatabaseMonitor<Tables> {
  readonly id = 'replica';
  readonly conditions: ConditionState;
  readonly #options: DatabaseMonitorOptions<Tables>;
  #method: Method = 'monitor';
  /** What is wanted, and what the last monitor that was started has. */
  #selection: MonitorSelection<Tables>;
  #started: MonitorSelection<Tables> | undefined;
  #runsOn: RpcConnection | undefined;
  #columns: MonitorColumns = new Map();
  #layouts: TableLayouts = new Map();
  #columnsText = '';
  /** What the program and the server last connected to have in common. */
  #common: DatabaseSchema | undefined;
  /** The transaction that the replica shows, as far as the server names it. */
  #lastId: string | undefined;
  #cancelled = false;
  /** The update that is being worked in. One that was begun is finished, though its connection may be gone. */
  #work: Promise<unknown> = Promise.resolve();

  constructor(options: DatabaseMonitorOptions<Tables>) {
    this.#options = options;
    this.#selection = options.selection;
    this.conditions = new ConditionState(options.conditions);
  }

  get hasConditions(): boolean {
    return this.#method !== 'monitor';
  }

  /** Other tables and columns, from the next `open` or `reopen` on. */
  select(selection: MonitorSelection<Tables>): void {
    this.#selection = selection;
  }

  /** Whether the monitor that was started last has what is wanted. */
  get selected(): boolean {
    return this.#started === this.#selection;
  }

  /**
   * Starts the monitor anew on the connection that it is on.
   * @throws the errors of `RpcConnection.request`
   */
  async reopen(connection: RpcConnection, common: DatabaseSchema, deadline: Deadline): Promise<void> {
    if (this.#runsOn === connection) {
      const { replica } = this.#options;
      await connection.request('monitor_cancel', [this.id], { decode: () => replica.markStale(), deadline });
      this.#runsOn = undefined;
    }
    await this.open(connection, common, deadline, false);
  }

  /**
   * Starts the monitor on a new connection; resolves when the replica is in sync.
   * @param common what the program's schema and the server's have in common
   * @param alone no other reply can come meanwhile: rows are taken while they come
   * @throws the errors of `RpcConnection.request`
   */
  async open(connection: RpcConnection, common: DatabaseSchema, deadline: Deadline, alone = true): Promise<void> {
    await this.#work;
    const { schema, logger } = this.#options;
    const selection = this.#selection;
    const plan = planMonitor(schema, common, selection);
    if (plan.missing.length > 0)
      logger.info({ database: schema.name, missing: plan.missing }, 'the server lacks monitored columns');
    const text = JSON.stringify(Array.from(plan.columns, ([table, columns]) => [table, [...columns]]));
    const certain = this.conditions.resume();
    const { acked } = this.conditions;
    const alike = sameConditions(fitConditions(this.#common ?? common, acked), fitConditions(common, acked));
    // What was left out because another server lacked it is not among what has changed since.
    if (!certain || !alike || text !== this.#columnsText) this.#lastId = undefined;
    this.#columnsText = text;
    this.#common = common;
    this.#columns = plan.columns;
    this.#layouts = makeLayouts(plan.columns);
    for (let i = 0; ; ) {
      const method = methods[i] as Method;
      try {
        await this.#start(connection, common, method, deadline, alone);
        this.#started = selection;
        this.#runsOn = connection;
        return;
      } catch (error) {
        if (!(error instanceof OvsdbRpcError)) throw error;
        // Whatever it was that the server did not like: from now on all is asked for anew.
        this.#lastId = undefined;
        if (error.error === 'unknown method' && method !== 'monitor') {
          i++;
          continue;
        }
        const refused = this.conditions.refused();
        if (refused === undefined) throw error;
        this.#options.onRefused(refused, error);
      }
    }
  }

  /** Ends it: it has no more to say about whether the replica is in sync. */
  cancel(): void {
    this.#cancelled = true;
  }

  /** Whether the replica has this column of all rows of the table. */
  holdsAll(table: string, column: string): boolean {
    const { settled, acked } = this.conditions;
    return settled && !acked.has(table) && this.#columns.get(table)?.has(column) === true;
  }

  /** Takes a notification; false if it is none of the monitor's. @throws OvsdbMessageError */
  notified(method: string, params: JsonArray): boolean | Promise<boolean> {
    if (method !== updateMethods[this.#method] || params[0] !== this.id) return false;
    this.conditions.updated();
    if (this.#method !== 'monitor_cond_since') return this.#apply(params[1], undefined);
    return this.#apply(params[2], parseTransactionId(params[1]));
  }

  /** What `monitor_cond_change` is to be sent with, if there is something to change. */
  conditionChange(): JsonArray | undefined {
    const { schema } = this.#options;
    const before = this.conditions.acked;
    const wanted = this.conditions.request();
    const fit = (conditions: WireConditions): WireConditions => fitConditions(this.#common ?? schema, conditions);
    return wanted && [this.id, this.id, encodeConditionChange(this.#columns, fit(before), fit(wanted))];
  }

  async #start(
    connection: RpcConnection,
    common: DatabaseSchema,
    method: Method,
    deadline: Deadline,
    alone: boolean,
  ): Promise<void> {
    const { schema, replica } = this.#options;
    const since = this.#lastId;
    const conditions = fitConditions(common, since === undefined ? this.conditions.restart() : this.conditions.acked);
    const requests = encodeMonitorRequests(this.#columns, method === 'monitor' ? undefined : conditions);
    this.#method = method;
    const early = new Map<string, Row[]>();
    await connection.request(
      method,
      [schema.name, this.id, requests, ...(method === 'monitor_cond_since' ? [since ?? nilUuid] : [])],
      {
        // Inside decode, because an update right behind the reply must find the contents in place.
        decode: async result => {
          if (method === 'monitor_cond_since') {
            const [found, lastId, updates] = isJsonArray(result) ? result : [];
            if (typeof found !== 'boolean')
              throw new OvsdbMessageError(`not the answer to ${method}: ${excerpt(result)}`);
            const id = parseTransactionId(lastId);
            if (found && since !== undefined) await this.#apply(updates, id);
            else await this.#replace({ notation: 'diff', updates }, early, id);
          } else {
            await this.#replace({ notation: notationOf(method), updates: result }, early, undefined);
          }
          if (since === undefined) this.conditions.confirmed();
          // The work may have outlived its connection.
          if (!connection.closed && !this.#cancelled) replica.markSynced();
        },
        deadline,
        // What has changed since is not known to be all there is before the end of the answer.
        chooseTaker: since === undefined && alone ? path => this.#takeRows(method, path, early) : undefined,
      },
    );
  }

  /** The rows of a table in the answer that starts a monitor: read one by one, they need not be kept as JSON. */
  #takeRows(method: Method, path: readonly string[], early: Map<string, Row[]>): MemberTaker | undefined {
    const [result, ...inside] = path;
    const table = method === 'monitor_cond_since' && inside[0] === '' ? inside[1] : inside[0];
    const depth = method === 'monitor_cond_since' ? 2 : 1;
    const layout = result === 'result' && inside.length === depth ? this.#layouts.get(table ?? '') : undefined;
    if (!layout) return undefined;
    const rows = early.get(layout.table) ?? [];
    early.set(layout.table, rows);
    const reader = new RowReader(layout, row => rows.push(row));
    return {
      take: (uuid, json) => rows.push(firstRow(layout, notationOf(method), checkUuid(uuid), json)),
      read: notationOf(method) === 'diff' ? (bytes, start) => reader.read(bytes, start) : undefined,
    };
  }

  #replace(batch: UpdateBatch, early: EarlyRows, lastId: string | undefined): Promise<boolean> | boolean {
    return this.#run(this.#options.replica.replace(this.#layouts, batch, early), lastId);
  }

  #apply(updates: Json | undefined, lastId: string | undefined): Promise<boolean> | boolean {
    return this.#run(this.#options.replica.apply({ notation: notationOf(this.#method), updates }), lastId);
  }

  #run(
    work: Generator<void, readonly RowChange<Tables>[], void>,
    lastId: string | undefined,
  ): Promise<boolean> | boolean {
    const before = this.#lastId;
    const start = performance.now();
    // Should the work fail, the replica does not show what the next id would claim.
    this.#lastId = undefined;
    const finish = (changes: readonly RowChange<Tables>[]): boolean => {
      this.#lastId = lastId ?? before;
      this.#options.hooks?.onUpdate?.({ changes: changes.length, milliseconds: performance.now() - start });
      if (changes.length > 0) this.#options.onChanges(changes);
      return true;
    };
    const running = runInSlices(work);
    if (!(running instanceof Promise)) return finish(running);
    const finished = running.then(finish);
    this.#work = finished.catch(() => {});
    return finished;
  }
}

function notationOf(method: Method): UpdateNotation {
  return method === 'monitor' ? 'full' : 'diff';
}

/** A server without a history of transactions gives all zeros. */
function parseTransactionId(json: Json | undefined): string | undefined {
  if (typeof json !== 'string' || !isUuid(json)) throw new OvsdbMessageError(`not a transaction id: ${excerpt(json)}`);
  return json === nilUuid ? undefined : json;
}
