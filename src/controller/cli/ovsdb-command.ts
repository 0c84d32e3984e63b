// `pointsman ovsdb`: any OVSDB server seen through the client that pointsman itself uses.

import {
  type DatabaseSchema,
  type DialTls,
  findTable,
  formatJson,
  type Json,
  OvsdbClient,
  OvsdbError,
  parseActiveEndpoints,
  parseExactly,
  type StoredRow,
  type UntypedTables,
  type Value,
} from '../../ovsdb/index.ts';
import { CliError, type CliOutput, exitCodes } from './cli-error.ts';
import { formatColumn, formatTable } from './ovsdb-format.ts';

/** Which database of which server, and how to reach it. */
export interface OvsdbTarget {
  /** `unix:PATH`, `tcp:HOST[:PORT]`, `ssl:HOST[:PORT]`; the members of a cluster with commas between them. */
  readonly remote: string;
  readonly database: string;
  readonly tls: DialTls;
  /** Seconds until the server must have answered. */
  readonly timeout: number;
  /** Whether any member of a cluster will do. */
  readonly anyMember: boolean;
}

const ovsdbPort = 6640;

/** All rows of the tables, or of every table: sorted by name, as `ovsdb-client dump` does. */
export async function dump(target: OvsdbTarget, tables: readonly string[], output: CliOutput): Promise<void> {
  const { client, schema } = await openMonitor(target, tables);
  try {
    const names = Object.keys(client.replica.synced ? select(schema, tables).tables : {}).sort();
    for (const [i, name] of names.entries()) {
      if (i > 0) output.out('');
      output.out(`${name} table`);
      const columns = columnsOf(schema, name);
      const rows = [...client.replica.rows(name)].map(row => columns.map(column => text(schema, name, column, row)));
      for (const line of formatTable(columns, rows.sort(byCells))) output.out(line);
    }
  } finally {
    await client.close();
  }
}

/** The rows, and then each change as it comes, until the signal fires. */
export async function monitor(
  target: OvsdbTarget,
  tables: readonly string[],
  signal: AbortSignal,
  output: CliOutput,
): Promise<void> {
  const { client, schema } = await openMonitor(target, tables);
  const show = (table: string, row: StoredRow<UntypedTables[string]>, columns: readonly string[]) =>
    columns.map(column => `${column}=${text(schema, table, column, row)}`).join(' ');
  const columns = (table: string) => columnsOf(schema, table).filter(column => column !== '_uuid');
  for (const table of Object.keys(select(schema, tables).tables).sort())
    for (const row of client.replica.rows(table))
      output.out(`initial ${table} ${row._uuid} ${show(table, row, columns(table))}`);
  client.on('update', changes => {
    for (const { kind, table, uuid, old, new: now } of changes) {
      const changed = columns(table).filter(
        column => !old || !now || text(schema, table, column, old) !== text(schema, table, column, now),
      );
      const row = now ?? old;
      output.out(`${kind} ${table} ${uuid}${row && kind !== 'delete' ? ` ${show(table, row, changed)}` : ''}`);
    }
  });
  client.on('disconnected', why => output.err(`disconnected: ${why.message}`));
  client.on('connected', () => output.err('connected'));
  await new Promise<void>(resolve => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
  await client.close();
}

/** One transaction, given as the JSON of its operations (RFC 7047 section 5.2); prints the results. */
export async function transact(target: OvsdbTarget, operations: string, output: CliOutput): Promise<void> {
  const parsed = parseOperations(operations);
  const client = open(target, emptySchema(target.database));
  try {
    const result = await reach(client, client.transactJson(parsed));
    output.out(formatJson(result));
    const failed =
      Array.isArray(result) && result.some(one => typeof one === 'object' && one !== null && 'error' in one);
    if (failed) throw new CliError(exitCodes.refused, 'the transaction was refused');
  } finally {
    await client.close();
  }
}

function parseOperations(text: string): readonly Json[] {
  try {
    // Integers have 64 bits, and JSON.parse would round them.
    const json = parseExactly(text);
    if (Array.isArray(json)) return json;
  } catch (error) {
    throw new CliError(exitCodes.usage, `the operations are not JSON: ${(error as Error).message}`);
  }
  throw new CliError(exitCodes.usage, 'the operations must be a JSON array');
}

function emptySchema(database: string): DatabaseSchema<string> {
  return { name: database, version: '0.0.0', tables: {} };
}

function open(target: OvsdbTarget, schema: DatabaseSchema<string>, tables?: readonly string[]) {
  const client = new OvsdbClient<UntypedTables>({
    remotes: parseActiveEndpoints(target.remote, ovsdbPort),
    tls: target.tls,
    leaderOnly: !target.anyMember,
    schema,
    ...(tables && { monitor: Object.fromEntries(tables.map(table => [table, true])) }),
    requestTimeout: target.timeout * 1000,
  });
  client.start();
  return client;
}

async function openMonitor(target: OvsdbTarget, tables: readonly string[]) {
  const scout = open(target, emptySchema(target.database));
  const schema = await reach(scout, scout.getSchema(target.database)).finally(() => scout.close());
  for (const table of tables)
    if (!findTable(schema, table))
      throw new CliError(
        exitCodes.usage,
        `${target.database} has no table "${table}"; it has: ${Object.keys(schema.tables).join(', ')}`,
      );
  const client = open(target, schema, Object.keys(select(schema, tables).tables));
  try {
    await reach(client, client.synced());
  } catch (error) {
    await client.close();
    throw error;
  }
  return { client, schema };
}

/** The tables that are asked for; all when none is named. */
function select(schema: DatabaseSchema<string>, tables: readonly string[]): DatabaseSchema<string> {
  if (tables.length === 0) return schema;
  return {
    ...schema,
    tables: Object.fromEntries(Object.entries(schema.tables).filter(([name]) => tables.includes(name))),
  };
}

async function reach<T>(client: OvsdbClient<UntypedTables>, answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (!(error instanceof OvsdbError) || error.code === 'OVSDB_RPC_ERROR') throw error;
    const why = client.state.kind === 'backoff' ? client.state.error : error;
    const cause = why.cause instanceof Error ? `: ${why.cause.message}` : '';
    throw new CliError(exitCodes.unreachable, `${why.message}${cause}`, { cause: error });
  }
}

function columnsOf(schema: DatabaseSchema<string>, table: string): readonly string[] {
  return ['_uuid', ...Object.keys(schema.tables[table]?.columns ?? {}).sort()];
}

function text(
  schema: DatabaseSchema<string>,
  table: string,
  column: string,
  row: StoredRow<UntypedTables[string]>,
): string {
  const type = schema.tables[table]?.columns[column];
  const isUuid = { key: column === '_uuid' || type?.key.kind === 'uuid', value: type?.value?.kind === 'uuid' };
  return formatColumn(row[column] as Value, isUuid);
}

function byCells(a: readonly string[], b: readonly string[]): number {
  for (const [i, cell] of a.entries()) {
    const other = b[i] ?? '';
    if (cell !== other) return cell < other ? -1 : 1;
  }
  return 0;
}
