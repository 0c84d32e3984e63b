// A database in memory, for tests of programs that use the client: what transactions make of it, as RFC 7047 section 5.2
// and ovsdb-server have it. It writes nothing to disk.

import type { DatabaseSchema } from '../data/schema.ts';
import type { Json, JsonArray } from '../json/json.ts';
import { Draft } from './draft.ts';
import { refusalJson } from './refusal.ts';
import type { Rows, TestChange } from './test-row.ts';

export class TestDatabase {
  readonly schema: DatabaseSchema;
  #tables: ReadonlyMap<string, Rows>;

  constructor(schema: DatabaseSchema) {
    this.schema = schema;
    this.#tables = new Map(Object.keys(schema.tables).map(table => [table, new Map()]));
  }

  rows(table: string): Rows {
    return this.#tables.get(table) ?? new Map();
  }

  /**
   * All operations, or none. The results are those of RFC 7047 section 4.1.3.
   * @param hasLock whether the client has a lock
   */
  transact(
    operations: JsonArray,
    hasLock: (lock: string) => boolean = () => false,
  ): { readonly results: JsonArray; readonly changes: readonly TestChange[] } {
    const draft = new Draft(this.schema, this.#tables, hasLock);
    const results: Json[] = [];
    try {
      draft.nameRows(operations);
      for (const operation of operations) results.push(draft.execute(operation));
    } catch (error) {
      const rest = operations.slice(results.length + 1).map(() => null);
      return { results: [...results, refusalJson(error), ...rest], changes: [] };
    }
    try {
      draft.finish();
    } catch (error) {
      return { results: [...results, refusalJson(error)], changes: [] };
    }
    const changes = draft.changes();
    this.#tables = draft.tables;
    return { results, changes };
  }
}
