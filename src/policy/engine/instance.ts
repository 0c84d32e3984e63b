// A unit and a row of its table, or a key of its index: what it has asked for, and what it has put.

import type { Fact, FactStore } from './fact-store.ts';
import { type Few, fewOf, listOf, withOne, withoutOne } from './few.ts';
import { type Place, release } from './place.ts';
import { withoutReader, withReader } from './readers.ts';
import type { Unit } from './unit.ts';

export interface PlacedUnit {
  readonly unit: Unit;
  /** Its place in the program: of two that put one key, the earlier stands. */
  readonly order: number;
  /** All that it reads is final once the units of lower levels have run. */
  readonly level: number;
  readonly over: FactStore;
  /** By the names of tables. */
  readonly reads: ReadonlyMap<string, FactStore>;
  readonly writes: ReadonlyMap<string, FactStore>;
  instanceCount: number;
}

export class Instance {
  readonly placed: PlacedUnit;
  readonly at: Place;
  reads: Few<Place> = undefined;
  /** The store has what was put: there are very many. */
  emissions: Few<Fact> = undefined;
  isDirty = false;

  constructor(placed: PlacedUnit, at: Place) {
    this.placed = placed;
    this.at = at;
  }

  /** For people. */
  get name(): string {
    return `${this.placed.unit.name}(${this.at.key})`;
  }
}

/** Those that are to be run when what is at a place changes: one of each unit that may have something to say of so many rows. */
export function instancesAt(at: Place): readonly Instance[] {
  const there = listOf(at.instances);
  const { home, size } = at;
  if (there.length === home.units.length || size === 0) return there;
  const all: Instance[] = [];
  for (const placed of home.units) {
    const known = there.find(one => one.placed === placed);
    if (known) all.push(known);
    else if (size >= placed.unit.least) all.push(newInstance(placed, at));
  }
  if (all.length > there.length) at.instances = fewOf(all);
  return all;
}

function newInstance(placed: PlacedUnit, at: Place): Instance {
  placed.instanceCount++;
  return new Instance(placed, at);
}

export function instanceAt(placed: PlacedUnit, at: Place): Instance | undefined {
  return listOf(at.instances).find(one => one.placed === placed);
}

export function addInstance(placed: PlacedUnit, at: Place): Instance {
  const made = newInstance(placed, at);
  at.instances = withOne(at.instances, made);
  return made;
}

/** Of one that has asked nothing and put nothing nothing need be kept: a change of its row makes it again. */
export function dropInstance(instance: Instance): void {
  const { placed, at } = instance;
  at.instances = withoutOne(at.instances, instance);
  placed.instanceCount--;
  release(at);
}

/** @param reads each once */
export function noteReads(instance: Instance, reads: readonly Place[]): void {
  const before = listOf(instance.reads);
  if (before.length === reads.length && before.every((place, i) => place === reads[i])) return;
  instance.reads = fewOf(reads);
  if (before.length === 0) {
    for (const place of reads) place.readers = withReader(place.readers, instance);
    return;
  }
  const [known, asked] = [new Set(before), new Set(reads)];
  for (const place of reads) if (!known.has(place)) place.readers = withReader(place.readers, instance);
  for (const place of before) {
    if (asked.has(place)) continue;
    place.readers = withoutReader(place.readers, instance);
    release(place);
  }
}

export function inOrder(a: Instance, b: Instance): number {
  if (a.placed !== b.placed) return a.placed.order - b.placed.order;
  return a.at.key < b.at.key ? -1 : a.at.key > b.at.key ? 1 : 0;
}
