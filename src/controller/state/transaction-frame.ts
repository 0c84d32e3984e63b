// What every transaction of the store begins and ends with: it is void unless the database is what the plan was made from.

import type { Operation } from '../../ovsdb/index.ts';
import type { Kind } from '../../policy/documents.ts';
import { type StateView, type StoredObject, type Tables, tableOf } from './view.ts';

/** The database, and the object where there is one, are still what the plan was made from. */
export function guards(view: StateView, kind?: Kind, current?: StoredObject): readonly Operation<Tables>[] {
  const root: Operation<Tables> = {
    op: 'wait',
    table: 'Pointsman',
    where: [],
    columns: ['generation', 'next_id'],
    until: '==',
    rows: [{ generation: view.generation, next_id: view.nextId }],
    timeout: 0,
  };
  if (!kind || !current) return [root];
  // The generation covers all who write as pointsman does; the revision, those who edit a row by other means.
  const revision = {
    op: 'wait',
    where: [['_uuid', '==', current.uuid]],
    columns: ['revision'],
    until: '==',
    rows: [{ revision: current.revision }],
    timeout: 0,
  } as const;
  return [root, { ...revision, table: tableOf[kind] } as Operation<Tables>];
}

/** The next generation, on disk. */
export function closing(view: StateView, nextId = view.nextId): readonly Operation<Tables>[] {
  return [
    { op: 'update', table: 'Pointsman', where: [], row: { generation: view.generation + 1, next_id: nextId } },
    { op: 'commit', durable: true },
  ];
}
