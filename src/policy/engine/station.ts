// Units that are run together: over one table, or one index of it, and at one time. What they ask is noted together, and when an
// answer has changed all of them are run: there are half as many instances then, and most of what they ask is the same.

import type { FactStore } from './fact-store.ts';
import type { Home } from './places.ts';
import type { Unit } from './unit.ts';

export interface PlacedUnit {
  readonly unit: Unit;
  /** By the names of tables. */
  readonly reads: ReadonlyMap<string, FactStore>;
  readonly writes: ReadonlyMap<string, FactStore>;
}

export interface Station {
  /** Its place in the program, which is that of its first unit: of two that put one key, the earlier stands. */
  readonly order: number;
  /** In their order in the program. */
  readonly units: readonly PlacedUnit[];
  /** All that they read is final once the stations of lower levels have run. */
  readonly level: number;
  readonly over: FactStore;
  readonly home: Home;
  /** None of them has something to say of fewer rows. */
  readonly least: number;
  instanceCount: number;
}

/** For people. */
export function nameOf({ units }: Station): string {
  return units.map(({ unit }) => unit.name).join(' + ');
}
