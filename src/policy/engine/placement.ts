// The order in which units run: all that a unit reads is final before it does. A circle has no order. Units over one table that may
// run at one time make one station.

import { EngineError } from './errors.ts';
import type { FactStore } from './fact-store.ts';
import type { Station } from './station.ts';
import type { Table } from './table.ts';
import type { Unit } from './unit.ts';

/** When a unit runs: all that it reads is final, nothing that it writes has been read. */
interface Span {
  readonly unit: Unit;
  /** Its place in the program. */
  readonly order: number;
  readonly earliest: number;
  readonly latest: number;
}

/** The rank of each table that units read or write: those from outside have 0, what a unit writes ranks above all that it reads. */
export function ranksOf(units: readonly Unit[]): ReadonlyMap<string, number> {
  const writers = new Map<string, Unit[]>();
  for (const unit of units) for (const { name } of unit.writes) writers.set(name, [...(writers.get(name) ?? []), unit]);
  const ranks = new Map<string, number>();
  const path: string[] = [];
  const rankOf = ({ name }: Table): number => {
    const known = ranks.get(name);
    if (known !== undefined) return known;
    if (path.includes(name)) {
      const circle = [...path.slice(path.indexOf(name)), name].join(' ← ');
      throw new EngineError('ENGINE_CIRCLE', `table ${name} is made from itself: ${circle}`);
    }
    path.push(name);
    const rank = Math.max(
      0,
      ...(writers.get(name) ?? []).flatMap(({ over, reads }) => [over, ...reads]).map(table => rankOf(table) + 1),
    );
    path.pop();
    ranks.set(name, rank);
    return rank;
  };
  for (const { over, reads, writes } of units) for (const table of [...writes, over, ...reads]) rankOf(table);
  return ranks;
}

/** Gives every table its rank, and puts units into stations, as few as there can be. */
export function placeUnits(units: readonly Unit[], storeOf: (table: Table) => FactStore): Station[] {
  const ranks = ranksOf(units);
  const rankOf = ({ name }: Table) => ranks.get(name) ?? 0;
  const spans = new Map<string, Span[]>();
  const names = new Set<string>();
  units.forEach((unit, order) => {
    const { name, over, group, reads, writes } = unit;
    if (names.has(name)) throw new EngineError('ENGINE_NAME_TAKEN', `there are two units named ${name}`);
    names.add(name);
    for (const written of writes) storeOf(written).rank = rankOf(written);
    const earliest = Math.max(...[over, ...reads].map(rankOf));
    const latest = writes.length > 0 ? Math.min(...writes.map(rankOf)) - 1 : earliest;
    const home = `${over.name} ${group ?? ''}`;
    spans.set(home, [...(spans.get(home) ?? []), { unit, order, earliest, latest }]);
  });
  const stations = [...spans.values()].flatMap(together).map(some => stationOf(some, storeOf));
  for (const station of stations) station.home.stations.push(station);
  return stations;
}

/** Of those over one table: whoever must run first takes along all who can run as late. */
function together(spans: readonly Span[]): (readonly Span[])[] {
  const first = spans.reduce<Span | undefined>((a, b) => (a && a.latest <= b.latest ? a : b), undefined);
  if (!first) return [];
  const canJoin = ({ earliest }: Span) => earliest <= first.latest;
  return [spans.filter(canJoin), ...together(spans.filter(span => !canJoin(span)))];
}

function stationOf(spans: readonly Span[], storeOf: (table: Table) => FactStore): Station {
  const stores = (tables: readonly Table[]) => new Map(tables.map(table => [table.name, storeOf(table)]));
  const [{ unit, order }] = spans as [Span];
  const over = storeOf(unit.over);
  const home = unit.group === undefined ? over : over.index(unit.group);
  if (!home) throw new EngineError('ENGINE_UNDECLARED', `table ${unit.over.name} has no index ${unit.group}`);
  return {
    ...{ order, over, home, instanceCount: 0 },
    units: spans.map(({ unit }) => ({ unit, reads: stores(unit.reads), writes: stores(unit.writes) })),
    level: Math.max(...spans.map(({ earliest }) => earliest)),
    least: Math.min(...spans.map(({ unit }) => unit.least)),
  };
}
