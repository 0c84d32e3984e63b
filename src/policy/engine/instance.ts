// A unit and a row of its table, or a key of its index: what it has asked for, and what it has put.

import type { FactStore } from './fact-store.ts';
import type { Readers } from './readers.ts';
import type { Unit } from './unit.ts';

export interface PlacedUnit {
  readonly unit: Unit;
  /** Its place in the program: of two that put one key, the earlier stands. */
  readonly order: number;
  /** All that it reads is final once the units of lower levels have run. */
  readonly level: number;
  readonly over: FactStore;
  readonly instances: Map<string, Instance>;
}

/** A row that was put. The store keeps it as it is: there are very many. */
export interface Emission {
  readonly store: FactStore;
  readonly key: string;
  readonly row: unknown;
  readonly by: Instance;
}

const none: readonly never[] = [];

export class Instance {
  readonly placed: PlacedUnit;
  readonly key: string;
  /** By turns where something was looked up, and its key: an object for each would be most of an instance. */
  reads: readonly (Readers | string)[] = none;
  emissions: readonly Emission[] = none;
  isDirty = false;

  constructor(placed: PlacedUnit, key: string) {
    this.placed = placed;
    this.key = key;
  }

  /** For people. */
  get name(): string {
    return `${this.placed.unit.name}(${this.key})`;
  }
}

/** Made where it is not there yet. */
export function instanceOf(placed: PlacedUnit, key: string): Instance {
  const there = placed.instances.get(key);
  if (there) return there;
  const made = new Instance(placed, key);
  placed.instances.set(key, made);
  return made;
}

export function inOrder(a: Instance, b: Instance): number {
  if (a.placed !== b.placed) return a.placed.order - b.placed.order;
  return a.key < b.key ? -1 : a.key > b.key ? 1 : 0;
}
