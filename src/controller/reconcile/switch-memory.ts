// What the switch remembers of the state database that it was last programmed from: one key in the integration bridge's
// external_ids. It may lag behind what is installed, for many changes share one transaction, but is never ahead of the
// database: only what is stored is ever installed.

import { isDeepStrictEqual } from 'node:util';
import type { Logger } from '../../lib/logger.ts';
import type { OpenVSwitchTables } from '../../ovsdb/generated/open-vswitch.ts';
import type { OvsdbClient, RowChange } from '../../ovsdb/index.ts';
import type { OwnedNode } from '../bridges/foreign-bridge.ts';
import { stateIds, stateOf } from '../bridges/switch-holder.ts';
import { switchLockName } from '../bridges/switch-lock.ts';
import { ourBridge, ownerOf } from '../bridges/switch-source.ts';
import type { StateMark } from '../state/setback.ts';

const key = 'pointsman-installed';

/** How long changes are collected before they are written down, ms. */
const interval = 500;

export interface SwitchMemoryOptions {
  readonly database: OvsdbClient<OpenVSwitchTables>;
  readonly node: OwnedNode;
  readonly logger: Logger;
}

export interface Remembered {
  /** Undefined: of no database. Generation 0: it is not known how far it was. */
  readonly mark: StateMark | undefined;
  /** Whether any bridge of ours is there. */
  readonly isMade: boolean;
}

export class SwitchMemory {
  readonly #options: SwitchMemoryOptions;
  #noted: StateMark | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: SwitchMemoryOptions) {
    this.#options = options;
  }

  read(): Remembered {
    const { database, node } = this.#options;
    const row = this.#row();
    const names = [node.integrationBridge, node.physicalBridge];
    const isMade = [...database.replica.rows('Bridge')].some(
      each => names.includes(each.name) && ownerOf(each) === node.name,
    );
    return { mark: row && (parseMark(row.external_ids.get(key)) ?? markOfState(stateOf(row))), isMade };
  }

  /** To be written soon. */
  note(mark: StateMark): void {
    this.#noted = mark;
    this.#timer ??= setTimeout(() => void this.#writeNoted(), interval);
  }

  /**
   * Written when it resolves.
   * @param isProgramOfState what the switch holds may count as made from this state: it accounts for all of it
   * @throws the errors of `OvsdbClient.transact`
   */
  async write(mark: StateMark, { isProgramOfState = false } = {}): Promise<void> {
    const row = this.#row();
    const text = formatMark(mark);
    if (!row || row.external_ids.get(key) === text) return;
    const where = [['_uuid', '==', row._uuid] as const];
    const ids = new Map([[key, text], ...(isProgramOfState ? stateIds(mark.database) : [])]);
    await this.#options.database.transact([
      { op: 'assert', lock: switchLockName },
      { op: 'mutate', table: 'Bridge', where, mutations: [['external_ids', 'delete', [...ids.keys()]]] },
      { op: 'mutate', table: 'Bridge', where, mutations: [['external_ids', 'insert', ids]] },
    ]);
  }

  /** Writes what is waiting, if the switch's database is there. */
  async stop(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#noted && this.#options.database.state.kind === 'ready') await this.#writeNoted();
    clearTimeout(this.#timer);
  }

  async #writeNoted(): Promise<void> {
    this.#timer = undefined;
    const mark = this.#noted;
    this.#noted = undefined;
    if (!mark) return;
    try {
      await this.write(mark);
    } catch (error) {
      this.#options.logger.warn({ err: error }, 'what the switch is to remember was not written');
      this.note(this.#noted ?? mark);
    }
  }

  #row() {
    const { database, node } = this.#options;
    return ourBridge(node.integrationBridge, node, database);
  }
}

/** Whether a change is nothing but our own writing down. */
export function isMemoryChange(change: RowChange<OpenVSwitchTables>): boolean {
  if (change.table !== 'Bridge' || change.kind !== 'modify') return false;
  const without = (row: typeof change.new) => ({
    ...row,
    external_ids: new Map([...row.external_ids].filter(([name]) => name !== key)),
  });
  return isDeepStrictEqual(without(change.old), without(change.new));
}

function formatMark({ database, generation, nextId, objects }: StateMark): string {
  return `${database} ${generation} ${nextId} ${objects}`;
}

/** The last number was not always written down. */
function parseMark(text: string | undefined): StateMark | undefined {
  const [, database, generation, nextId, objects = 0] = /^(\S+) (\d+) (\d+)(?: (\d+))?$/.exec(text ?? '') ?? [];
  if (database === undefined) return undefined;
  return { database, generation: Number(generation), nextId: Number(nextId), objects: Number(objects) };
}

/** Where it is not said how far the database was. */
function markOfState(database: string | undefined): StateMark | undefined {
  return database === undefined ? undefined : { database, generation: 0, nextId: 0, objects: 0 };
}
