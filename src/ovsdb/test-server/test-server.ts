// An OVSDB server in the test's own process, for tests of programs that use the client: it speaks enough of RFC 7047 for
// OvsdbClient, over a real socket, and does the harm that a test asks for. What ovsdb-server does beyond, a test with
// a real one shows.

import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import type { ActiveEndpoint } from '../../lib/endpoint.ts';
import { findTable, parseSchema } from '../data/schema.ts';
import { sameValue } from '../data/value.ts';
import { formatJson, isJsonArray, isJsonObject, type Json, type JsonArray, type JsonObject } from '../json/json.ts';
import { JsonStream } from '../json/json-stream.ts';
import { formatError, formatNotification, formatResult, parseMessage } from '../rpc/rpc-message.ts';
import { TestDatabase } from './test-database.ts';
import { rowJson, type TestChange, type TestRow } from './test-row.ts';

/** A table of a monitor, and the columns that it shows. */
type Monitor = ReadonlyMap<string, readonly string[]>;

interface Peer {
  readonly socket: Socket;
  /** By the texts of their ids. */
  readonly monitors: Map<string, { readonly id: Json; readonly tables: Monitor }>;
}

/** What a method has to say against its call. */
class MethodError extends Error {}

/** A server for a test, with an empty database in memory. */
export class OvsdbTestServer {
  /** Where it listens: a port of its own on loopback. */
  readonly endpoint: ActiveEndpoint;
  /** Methods that it answers as a server does that does not know them. */
  readonly refused = new Set<string>();
  readonly #schemaJson: Json;
  readonly #database: TestDatabase;
  readonly #server: Server;
  readonly #peers = new Set<Peer>();
  /** By name, who waits; the first one has it. */
  readonly #locks = new Map<string, Peer[]>();

  private constructor(schemaJson: Json, server: Server) {
    this.#schemaJson = schemaJson;
    this.#database = new TestDatabase(parseSchema(schemaJson));
    this.#server = server;
    const { port } = server.address() as AddressInfo;
    this.endpoint = { kind: 'tcp', host: '127.0.0.1', port };
    server.on('connection', socket => this.#welcome(socket));
  }

  /**
   * A server with an empty database.
   * @param schema as in an .ovsschema file
   * @throws OvsdbSchemaError
   */
  static async start(schema: Json): Promise<OvsdbTestServer> {
    parseSchema(schema);
    const server = createServer({ noDelay: true }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new OvsdbTestServer(schema, server);
  }

  /** The rows of a table as they are. */
  rows(table: string): readonly TestRow[] {
    return [...this.#database.rows(table).values()];
  }

  /** Does what another client might: operations of RFC 7047 section 5.2. Returns their results. */
  transact(operations: JsonArray): JsonArray {
    const { results, changes } = this.#database.transact(operations);
    this.#tell(changes);
    return results;
  }

  /** Ends all connections; it goes on listening. */
  drop(): void {
    for (const { socket } of this.#peers) socket.destroy();
  }

  async close(): Promise<void> {
    this.drop();
    this.#server.close();
    if (this.#server.listening) await once(this.#server, 'close');
  }

  #welcome(socket: Socket): void {
    const peer: Peer = { socket, monitors: new Map() };
    const stream = new JsonStream();
    this.#peers.add(peer);
    socket.on('error', () => {});
    socket.on('close', () => {
      this.#peers.delete(peer);
      for (const lock of [...this.#locks.keys()]) this.#unlock(peer, lock);
    });
    socket.on('data', chunk => {
      try {
        for (const message of stream.push(chunk)) this.#receive(peer, message);
      } catch {
        // What is no JSON-RPC ends the connection, as ovsdb-server has it.
        socket.destroy();
      }
    });
  }

  #receive(peer: Peer, json: Json): void {
    const message = parseMessage(json);
    if (message.kind !== 'request') return;
    const { id, method, params } = message;
    try {
      peer.socket.write(formatResult(id, this.#answer(peer, method, params)));
    } catch (error) {
      if (!(error instanceof MethodError)) throw error;
      peer.socket.write(formatError(id, error.message));
    }
  }

  #answer(peer: Peer, method: string, params: JsonArray): Json {
    const [first, second, third] = params;
    if (this.refused.has(method)) throw new MethodError('unknown method');
    switch (method) {
      case 'echo':
        return params;
      case 'list_dbs':
        return [this.#database.schema.name];
      case 'get_schema':
        this.#checkName(first);
        return this.#schemaJson;
      case 'transact': {
        this.#checkName(first);
        const hasLock = (lock: string) => this.#locks.get(lock)?.[0] === peer;
        const { results, changes } = this.#database.transact(params.slice(1), hasLock);
        // First the update, then the answer (ovsdb-server(7) section 4.1.3).
        this.#tell(changes);
        return results;
      }
      case 'monitor':
        this.#checkName(first);
        return this.#monitor(peer, second ?? null, third);
      case 'monitor_cancel':
        if (!peer.monitors.delete(formatJson(first ?? null))) throw new MethodError('unknown monitor');
        return {};
      case 'lock':
      case 'steal':
        return { locked: this.#lock(peer, String(first), method === 'steal') };
      case 'unlock':
        this.#unlock(peer, String(first));
        return {};
      default:
        throw new MethodError('unknown method');
    }
  }

  #checkName(name: Json | undefined): void {
    if (name !== this.#database.schema.name) throw new MethodError('unknown database');
  }

  #monitor(peer: Peer, id: Json, requests: Json | undefined): JsonObject {
    const { schema } = this.#database;
    const key = formatJson(id);
    if (peer.monitors.has(key)) throw new MethodError('duplicate monitor ID');
    const tables = new Map<string, readonly string[]>();
    for (const [name, request] of Object.entries(isJsonObject(requests) ? requests : {})) {
      const table = findTable(schema, name);
      if (!table) throw new MethodError(`no table "${name}"`);
      const parts = (isJsonArray(request) ? request : [request]).filter(isJsonObject);
      const columns = parts.flatMap(({ columns }) =>
        isJsonArray(columns) ? columns.map(String) : Object.keys(table.columns),
      );
      if (!columns.every(column => Object.hasOwn(table.columns, column))) throw new MethodError('unknown column');
      tables.set(name, columns);
    }
    peer.monitors.set(key, { id, tables });
    const present = [...tables.keys()].flatMap(table =>
      this.rows(table).map((row): TestChange => ({ table, uuid: row._uuid, old: undefined, new: row })),
    );
    return this.#updates(tables, present);
  }

  #tell(changes: readonly TestChange[]): void {
    for (const { socket, monitors } of this.#peers) {
      for (const { id, tables } of monitors.values()) {
        const updates = this.#updates(tables, changes);
        if (Object.keys(updates).length > 0) socket.write(formatNotification('update', [id, updates]));
      }
    }
  }

  /** <table-updates> (RFC 7047 section 4.1.6). */
  #updates(tables: Monitor, changes: readonly TestChange[]): JsonObject {
    const updates: Record<string, Record<string, Json>> = {};
    for (const { table, uuid, old, new: row } of changes) {
      const columns = tables.get(table);
      const schema = findTable(this.#database.schema, table);
      if (!columns || !schema) continue;
      const changed = columns.filter(name => !old || !row || !sameValue(old[name], row[name]));
      if (old && row && changed.length === 0) continue;
      updates[table] ??= {};
      updates[table][uuid] = {
        ...(old && { old: rowJson(schema, old, changed) }),
        ...(row && { new: rowJson(schema, row, columns) }),
      };
    }
    return updates;
  }

  /** Whoever is stolen from is the next to have it (OVS ovsdb/server.c). */
  #lock(peer: Peer, lock: string, steal: boolean): boolean {
    const line = (this.#locks.get(lock) ?? []).filter(one => one !== peer);
    const [owner] = line;
    if (steal) line.unshift(peer);
    else line.push(peer);
    if (steal && owner) owner.socket.write(formatNotification('stolen', [lock]));
    this.#locks.set(lock, line);
    return line[0] === peer;
  }

  #unlock(peer: Peer, lock: string): void {
    const line = this.#locks.get(lock) ?? [];
    const rest = line.filter(one => one !== peer);
    if (rest.length > 0) this.#locks.set(lock, rest);
    else this.#locks.delete(lock);
    const [next] = rest;
    if (next && next !== line[0]) next.socket.write(formatNotification('locked', [lock]));
  }
}
