// A transaction on the switch's database in the making: what is written, what must still hold when it is, and the same
// in words.

import type { OpenVSwitchTables } from '../../ovsdb/generated/open-vswitch.ts';
import { type NamedUuid, sameValue, type TransactionDraft, type Value, type WriteRow } from '../../ovsdb/index.ts';
import type { BridgeRow, InterfaceRow, PortRow, RootRow, SwitchSource } from './switch-source.ts';

export type SwitchTransaction = TransactionDraft<OpenVSwitchTables>;
type NamedTable = 'Bridge' | 'Port' | 'Interface';
type NamedRow = BridgeRow | PortRow | InterfaceRow;

export interface SwitchDraft {
  /** A line for each thing the transaction does. */
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
    target:
      | { readonly table: 'Open_vSwitch'; readonly row: RootRow }
      | { readonly table: 'Bridge'; readonly row: BridgeRow },
    column: 'bridges' | 'ports' | 'flow_tables' | 'controller',
    added: readonly NamedUuid[] | ReadonlyMap<number, NamedUuid>,
    removed: readonly (string | number)[],
  ) => void;
  /** Fails the transaction as `try_again` if the row is gone, or has changed hands, since the replica was read. */
  readonly guard: (table: NamedTable, row: NamedRow) => void;
}

export function draftSwitch(transaction: SwitchTransaction, source: SwitchSource): SwitchDraft {
  const changes: string[] = [];

  const known = (table: NamedTable | 'Flow_Table', row: object): readonly [string, unknown][] =>
    Object.entries(row).filter(([column]) => source.hasColumn(table, column as 'name'));

  // The three tables are alike in what is looked at, and columns are chosen at run time: so each row passes as a port.
  const guard: SwitchDraft['guard'] = (table, row) => {
    transaction.verify(table as 'Port', row as PortRow, ['external_ids']);
  };

  return {
    changes,
    guard,
    insert: (table, row) => transaction.insert(table as 'Port', Object.fromEntries(known(table, row))),
    update: (table, row, columns) => {
      const changed = known(table, columns).filter(
        ([column, value]) => !sameValue(Reflect.get(row, column), value as Value),
      );
      if (changed.length === 0) return;
      guard(table, row);
      transaction.update(table as 'Port', row as PortRow, Object.fromEntries(changed));
      const what = changed.map(([column, value]) => `${column}=${show(value)}`).join(', ');
      changes.push(`change ${table.toLowerCase()} ${row.name}: ${what}`);
    },
    hold: (table, row, column, entries) => {
      const before: ReadonlyMap<string, string> = Reflect.get(row, column);
      const changed = entries.filter(([key, value]) => before.get(key) !== value);
      if (changed.length === 0) return;
      guard(table, row);
      transaction.setKeys(table as 'Bridge', row as BridgeRow, column, new Map(changed));
      const what = changed.map(([key, value]) => `${column}:${key}=${value}`).join(', ');
      changes.push(`change ${table.toLowerCase()} ${row.name}: ${what}`);
    },
    changeReferences: ({ table, row }, column, added, removed) => {
      const count = removed.length + ('size' in added ? added.size : added.length);
      if (count === 0) return;
      if (table === 'Bridge') guard('Bridge', row);
      // A map's insert leaves a key that is there as it is, so what goes goes first.
      transaction.mutate(
        table as 'Bridge',
        row as BridgeRow,
        [column as 'ports', 'delete', removed as readonly unknown[] as readonly NamedUuid[]],
        [column as 'ports', 'insert', added as unknown as readonly NamedUuid[]],
      );
    },
  };
}

function show(value: unknown): string {
  if (value instanceof Map) return `{${[...value].map(([key, item]) => `${key}=${item}`).join(', ')}}`;
  return value === undefined ? '(none)' : JSON.stringify(value);
}
