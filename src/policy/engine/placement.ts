// The order in which units run: all that a unit reads is final before it does. A circle has no order.

import { EngineError } from './errors.ts';
import type { FactStore } from './fact-store.ts';
import type { PlacedUnit } from './instance.ts';
import type { Table } from './table.ts';
import type { Unit } from './unit.ts';

/** Gives every table its rank and every unit its level: tables from outside have rank 0, a unit runs at the highest rank that it reads, and what it writes ranks above that. */
export function placeUnits(units: readonly Unit[], storeOf: (table: Table) => FactStore): PlacedUnit[] {
  const writers = new Map<string, Unit[]>();
  for (const unit of units) for (const { name } of unit.writes) writers.set(name, [...(writers.get(name) ?? []), unit]);
  const ranks = new Map<string, number>();
  const levels = new Map<Unit, number>();
  const path: string[] = [];

  const rankOf = (table: Table): number => {
    const known = ranks.get(table.name);
    if (known !== undefined) return known;
    if (path.includes(table.name)) {
      const circle = [...path.slice(path.indexOf(table.name)), table.name].join(' ← ');
      throw new EngineError('ENGINE_CIRCLE', `table ${table.name} is made from itself: ${circle}`);
    }
    path.push(table.name);
    const rank = Math.max(0, ...(writers.get(table.name) ?? []).map(writer => levelOf(writer) + 1));
    path.pop();
    ranks.set(table.name, rank);
    return rank;
  };
  const levelOf = (unit: Unit): number => {
    const level = levels.get(unit) ?? Math.max(rankOf(unit.over), ...unit.reads.map(rankOf));
    levels.set(unit, level);
    return level;
  };

  const names = new Set<string>();
  return units.map((unit, order) => {
    if (names.has(unit.name)) throw new EngineError('ENGINE_NAME_TAKEN', `there are two units named ${unit.name}`);
    names.add(unit.name);
    for (const written of unit.writes) storeOf(written).rank = rankOf(written);
    const stores = (tables: readonly Table[]) => new Map(tables.map(table => [table.name, storeOf(table)]));
    const placed = {
      ...{ unit, order, level: levelOf(unit), over: storeOf(unit.over), instanceCount: 0 },
      ...{ reads: stores(unit.reads), writes: stores(unit.writes) },
    };
    const home = unit.group === undefined ? placed.over : placed.over.index(unit.group);
    if (!home) throw new EngineError('ENGINE_UNDECLARED', `table ${unit.over.name} has no index ${unit.group}`);
    home.units.push(placed);
    return placed;
  });
}
