// A transaction in the making: what is written, what must still hold when it is, and the same in words.

import type { OpenVSwitchTables } from '../../ovsdb/generated/open-vswitch.ts';
import { type NamedUuid, namedUuid, type Operation, type Uuid, type WriteRow } from '../../ovsdb/index.ts';
import { ownerKey } from '../../policy/bridges.ts';
import { type BridgeRow, type InterfaceRow, ownerOf, type PortRow, type SwitchSource } from './switch-source.ts';

export type SwitchOperation = Operation<OpenVSwitchTables>;
type NamedTable = 'Bridge' | 'Port' | 'Interface';
type NamedRow = BridgeRow | PortRow | InterfaceRow;

export interface OperationDraft {
  /** The guards first: the writes rely on them. */
  readonly operations: () => readonly SwitchOperation[];
  /** A line for each thing the operations do. */
  readonly changes: string[];
  /** Inserts a row; columns that the server's schema lacks are left out. */
  readonly insert: <T extends NamedTable | 'Flow_Table'>(table: T, row: WriteRow<OpenVSwitchTables[T]>) => NamedUuid;
  /** Writes those of the columns that the schema has and that differ from the row's. */
  readonly update: <T extends NamedTable>(table: T, row: NamedRow, columns: WriteRow<OpenVSwitchTables[T]>) => void;
  /** Gives keys of a map a value; others stay. */
  readonly hold: (
    table: NamedTable,
    row: NamedRow,
    column: 'other_config' | 'external_ids',
    entries: readonly (readonly [string, string])[],
  ) => void;
  /** Changes references by what comes and what goes: what somebody else adds meanwhile stays. */
  readonly changeReferences: (
    row:
      | { readonly table: 'Open_vSwitch'; readonly uuid: Uuid }
      | { readonly table: 'Bridge'; readonly row: BridgeRow },
    column: 'bridges' | 'ports' | 'flow_tables',
    added: readonly NamedUuid[] | ReadonlyMap<number, NamedUuid>,
    removed: readonly (Uuid | number)[],
  ) => void;
  /** Fails the transaction as `try_again` if the row is gone, or has changed hands, since the replica was read. */
  readonly guard: (table: NamedTable, row: NamedRow) => void;
}

export function draftOperations(owner: string, source: SwitchSource): OperationDraft {
  const guards = new Map<Uuid, SwitchOperation>();
  const writes: SwitchOperation[] = [];
  const changes: string[] = [];
  let inserted = 0;

  /** Columns are chosen at run time here: the types of rows end, and those of the client's schema take over. */
  const write = (operation: object): void => {
    writes.push(operation as SwitchOperation);
  };
  const known = (table: NamedTable | 'Flow_Table', row: object): readonly [string, unknown][] =>
    Object.entries(row).filter(([column]) => source.hasColumn(table, column as 'name'));

  const guard: OperationDraft['guard'] = (table, row) => {
    const mark = ['external_ids', 'includes', new Map([[ownerKey, owner]])] as const;
    guards.set(row._uuid, {
      op: 'wait',
      // The three tables are alike in what is looked at.
      table: table as 'Port',
      where: [['_uuid', '==', row._uuid], ...(ownerOf(row) === owner ? [mark] : [])],
      columns: ['name'],
      until: '==',
      rows: [{ name: row.name }],
      timeout: 0,
    });
  };
  const mutate = (table: string, uuid: Uuid, mutations: readonly (readonly [string, string, unknown])[]): void => {
    write({ op: 'mutate', table, where: [['_uuid', '==', uuid]], mutations });
  };

  return {
    operations: () => [...guards.values(), ...writes],
    changes,
    guard,
    insert: (table, row) => {
      inserted += 1;
      const uuidName = `row${inserted}`;
      write({ op: 'insert', table, row: Object.fromEntries(known(table, row)), uuidName });
      return namedUuid(uuidName);
    },
    update: (table, row, columns) => {
      const changed = known(table, columns).filter(([column, value]) => !sameValue(Reflect.get(row, column), value));
      if (changed.length === 0) return;
      guard(table, row);
      write({ op: 'update', table, where: [['_uuid', '==', row._uuid]], row: Object.fromEntries(changed) });
      const what = changed.map(([column, value]) => `${column}=${show(value)}`).join(', ');
      changes.push(`change ${table.toLowerCase()} ${row.name}: ${what}`);
    },
    hold: (table, row, column, entries) => {
      const before: ReadonlyMap<string, string> = Reflect.get(row, column);
      const changed = entries.filter(([key, value]) => before.get(key) !== value);
      if (changed.length === 0) return;
      guard(table, row);
      mutate(table, row._uuid, holdKeys(column, changed));
      const what = changed.map(([key, value]) => `${column}:${key}=${value}`).join(', ');
      changes.push(`change ${table.toLowerCase()} ${row.name}: ${what}`);
    },
    changeReferences: (target, column, added, removed) => {
      const count = removed.length + ('size' in added ? added.size : added.length);
      if (count === 0) return;
      if (target.table === 'Bridge') guard('Bridge', target.row);
      const uuid = target.table === 'Bridge' ? target.row._uuid : target.uuid;
      // A map's insert leaves a key that is there as it is, so what goes goes first.
      mutate(target.table, uuid, [
        [column, 'delete', removed],
        [column, 'insert', added],
      ]);
    },
  };
}

/** Mutations that give keys of a map a value: an insert alone leaves a key that is there as it is. */
export function holdKeys<C extends string>(column: C, entries: readonly (readonly [string, string])[]) {
  return [
    [column, 'delete', entries.map(([key]) => key)],
    [column, 'insert', new Map(entries)],
  ] as const;
}

function sameValue(a: unknown, b: unknown): boolean {
  if (a instanceof Map && b instanceof Map) {
    return a.size === b.size && [...a].every(([key, value]) => b.has(key) && b.get(key) === value);
  }
  return a === b;
}

function show(value: unknown): string {
  if (value instanceof Map) return `{${[...value].map(([key, item]) => `${key}=${item}`).join(', ')}}`;
  return value === undefined ? '(none)' : JSON.stringify(value);
}
