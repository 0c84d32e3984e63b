// What is left out because the switch refused it, or its object: it is not tried again before one of them changes.

import type { Desired } from './desired.ts';
import { ownerOfContent, ownerOfStep, type Refusal } from './refusal.ts';
import type { BundleStep, MeterStep } from './steps.ts';

type TableName = keyof Desired;

interface Entry {
  readonly owner: string;
  /** The content that was not installed; undefined: it was to go. */
  readonly wanted: string | undefined;
}

export class LeftOut {
  readonly #entries: { readonly [Table in TableName]: Map<string, Entry> } = {
    flows: new Map(),
    groups: new Map(),
    meters: new Map(),
  };
  #refusals: { readonly owner: string; readonly refusal: Refusal }[] = [];

  get isEmpty(): boolean {
    const { flows, groups, meters } = this.#entries;
    return flows.size + groups.size + meters.size === 0;
  }

  get refusals(): readonly Refusal[] {
    return this.#refusals.map(({ refusal }) => refusal);
  }

  keys(table: TableName): Iterable<string> {
    return this.#entries[table].keys();
  }

  clear(): void {
    for (const entries of Object.values(this.#entries)) entries.clear();
    this.#refusals = [];
  }

  /** Whether it is left out, and wanted as it was then. */
  holds(table: TableName, key: string, wanted: string | undefined): boolean {
    const entry = this.#entries[table].get(key);
    return entry !== undefined && entry.wanted === wanted;
  }

  add(step: BundleStep | MeterStep, wanted: string | undefined): void {
    this.#entries[tableOf(step)].set(step.key, { owner: ownerOfStep(step), wanted });
  }

  note(refusal: Refusal, owner: string): void {
    this.#refusals.push({ owner, refusal });
  }

  /** Whose it is has changed, or it has: all that was left out for that is to be tried again. */
  release(table: TableName, key: string, contents: readonly (string | undefined)[]): readonly ReleasedKey[] {
    const owners = new Set<string>();
    const entry = this.#entries[table].get(key);
    if (entry) owners.add(entry.owner);
    if (table === 'flows')
      for (const content of contents) {
        const owner = content === undefined ? undefined : ownerOfContent(content);
        if (owner !== undefined) owners.add(owner);
      }
    return this.#release(owner => owners.has(owner));
  }

  releaseAll(): readonly ReleasedKey[] {
    return this.#release(() => true);
  }

  #release(isMeant: (owner: string) => boolean): readonly ReleasedKey[] {
    const released: ReleasedKey[] = [];
    for (const table of ['flows', 'groups', 'meters'] as const)
      for (const [key, { owner, wanted }] of this.#entries[table]) {
        // What is to go, and was held for somebody: whether it is held again will be seen.
        if (!isMeant(owner) && !(released.length > 0 && table !== 'flows' && wanted === undefined)) continue;
        this.#entries[table].delete(key);
        released.push({ table, key });
      }
    if (released.length > 0) this.#refusals = this.#refusals.filter(({ owner }) => !isMeant(owner));
    return released;
  }
}

export interface ReleasedKey {
  readonly table: TableName;
  readonly key: string;
}

function tableOf({ kind }: BundleStep | MeterStep): TableName {
  switch (kind) {
    case 'flow':
      return 'flows';
    case 'group':
      return 'groups';
    case 'meter':
      return 'meters';
  }
}
