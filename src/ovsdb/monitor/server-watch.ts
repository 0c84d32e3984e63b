// Whether the server that a connection has reached is the one to use: watches its `_Server` database (ovsdb-server(7),
// "Database Discovery"), as OVS lib/ovsdb-cs.c does.

import type { Logger } from '../../lib/logger.ts';
import { OvsdbMessageError, OvsdbRpcError, OvsdbUnsuitableServerError } from '../errors.ts';
import { excerpt, isJsonArray, isJsonObject, type Json, type JsonArray, type JsonObject } from '../json/json.ts';
import type { RpcConnection } from '../rpc/connection.ts';
import type { Deadline } from '../rpc/deadline.ts';

export interface ServerWatchOptions {
  readonly database: string;
  /** Whether only the leader of a cluster will do. */
  readonly leaderOnly: boolean;
  readonly logger: Logger;
}

/** A row of `_Server`'s Database table. */
interface DatabaseRow {
  readonly name: string;
  /** A relay is no member of the cluster whose database it shows. */
  readonly model: string;
  /** In contact with a majority of the cluster, or with the relay's source; always true for a standalone database. */
  readonly connected: boolean;
  readonly leader: boolean;
  /** Absent while the server has yet to learn it from its cluster. */
  readonly schema: string | undefined;
  readonly cluster: string | undefined;
  /** Of the last entry of the cluster's log that this server has. */
  readonly index: bigint;
}

const serverDatabase = '_Server';
const columns = ['name', 'model', 'connected', 'leader', 'schema', 'cid', 'index'];

/** One for the life of a client: it remembers how far each cluster has come. */
export class ServerWatch {
  readonly #options: ServerWatchOptions;
  readonly #newest = new Map<string, bigint>();
  readonly #rows = new Map<string, DatabaseRow>();
  #connection: RpcConnection | undefined;

  constructor(options: ServerWatchOptions) {
    this.#options = options;
  }

  /** The monitor's name, on every connection. */
  readonly id = 'server';

  /**
   * Asks a new connection's server for its databases, and goes on watching them. A server of before Open vSwitch 2.9
   * tells nothing, and has no clusters.
   * @throws OvsdbUnsuitableServerError, and what `RpcConnection.request` throws
   */
  async open(connection: RpcConnection, deadline: Deadline): Promise<void> {
    this.#connection = undefined;
    this.#rows.clear();
    try {
      // Otherwise the server would end the connection whenever any of its databases is converted.
      await connection.request('set_db_change_aware', [true], { decode: () => undefined, deadline });
      const request = { Database: [{ columns }] };
      await connection.request('monitor', [serverDatabase, this.id, request], {
        decode: result => this.#apply(result),
        deadline,
      });
    } catch (error) {
      if (!(error instanceof OvsdbRpcError)) throw error;
      this.#options.logger.debug({ err: error }, 'the server does not tell of its databases');
      return;
    }
    const fault = this.#fault();
    if (fault) throw new OvsdbUnsuitableServerError(fault);
    this.#connection = connection;
  }

  /**
   * Takes a notification, if it is about the server's databases. When the server will not do any more, or the database
   * is not what it was, the connection is closed: the next one starts afresh.
   */
  notified(method: string, params: JsonArray): boolean {
    // What a converted or removed database ends with, for clients that are aware of it.
    if (method === 'monitor_canceled') {
      this.#close('the database was converted or removed');
      return true;
    }
    if (method !== 'update' || params[0] !== this.id) return false;
    this.#apply(params[1]);
    const fault = this.#fault();
    if (fault) this.#close(fault);
    return true;
  }

  #close(why: string): void {
    this.#connection?.close(new OvsdbUnsuitableServerError(why));
  }

  #row(): DatabaseRow | undefined {
    for (const row of this.#rows.values()) if (row.name === this.#options.database) return row;
    return undefined;
  }

  /** Why this server will not do; undefined when it will. Remembers how far the cluster has come. */
  #fault(): string | undefined {
    const { database, leaderOnly } = this.#options;
    const row = this.#row();
    if (!row) return `the server has no database "${database}"`;
    if (row.schema === undefined) return `the server has yet to learn the schema of "${database}"`;
    if (row.model === 'standalone') return undefined;
    if (!row.connected) return `the server is apart from the cluster of "${database}"`;
    if (row.model !== 'clustered') return undefined;
    if (leaderOnly && !row.leader) return `the server is not the leader of "${database}"`;
    const cluster = row.cluster ?? '';
    const newest = this.#newest.get(cluster) ?? 0n;
    if (row.index < newest)
      return `the server is stale: it is at ${row.index} of "${database}", another was at ${newest}`;
    this.#newest.set(cluster, row.index);
    return undefined;
  }

  #apply(updates: Json | undefined): void {
    const table = isJsonObject(updates) ? updates.Database : undefined;
    if (table === undefined) return;
    if (!isJsonObject(table)) throw bad(updates);
    for (const [uuid, update] of Object.entries(table)) {
      const row = isJsonObject(update) ? update.new : undefined;
      if (row === undefined) this.#rows.delete(uuid);
      else this.#rows.set(uuid, readRow(row));
    }
  }
}

function readRow(json: Json): DatabaseRow {
  if (!isJsonObject(json)) throw bad(json);
  const { name, model, connected, leader } = json;
  if (typeof name !== 'string' || typeof model !== 'string') throw bad(json);
  const cluster = optional(json, 'cid');
  return {
    name,
    model,
    connected: connected === true,
    leader: leader === true,
    schema: textOf(optional(json, 'schema')),
    cluster: isJsonArray(cluster) ? textOf(cluster[1]) : undefined,
    index: integerOf(optional(json, 'index')),
  };
}

/** An optional value stands alone, or as a set of none (RFC 7047 section 5.1). */
function optional(row: JsonObject, column: string): Json | undefined {
  const value = row[column];
  return isJsonArray(value) && value[0] === 'set' ? undefined : value;
}

function textOf(json: Json | undefined): string | undefined {
  return typeof json === 'string' ? json : undefined;
}

function integerOf(json: Json | undefined): bigint {
  return typeof json === 'bigint' || (typeof json === 'number' && Number.isInteger(json)) ? BigInt(json) : 0n;
}

function bad(json: Json | undefined): OvsdbMessageError {
  return new OvsdbMessageError(`not rows of the _Server database: ${excerpt(json)}`);
}
