// The numbers that one transaction gives out, each once. What it gives up itself is not free before it is in.
//
// Where several nodes write, each takes ids and indexes from the database in blocks, and gives them out from what it has
// left: otherwise all that make something would wait for the same counter.

import { firstZone, nextFree, nextZone } from '../../policy/allocation.ts';
import { StateError } from './errors.ts';
import type { StateView } from './view.ts';

const maxId = 0xffff_ffff;
const maxIndex = 0xffff;

/** How many are taken at once beyond what is needed. */
const ahead = { ids: 256, indexes: 64 } as const;
/** An index that was set aside is nobody else's until the counter has come round to it. */
const maxIndexLead = 0x4000;

/** Taken from the database, and not given out yet. */
export interface NumberReserve {
  /** UUID of the root row of the database. */
  readonly database: string;
  readonly ids: readonly number[];
  readonly indexes: readonly number[];
}

export const noReserve: NumberReserve = { database: '', ids: [], indexes: [] };

/** What a transaction has taken. */
export interface NumbersUsed {
  /** Undefined: as it is. */
  readonly nextId: number | undefined;
  readonly lastIndex: number | undefined;
  /** Conntrack zones that were given out: the view may be too old to know that one has been in use, and is at rest. */
  readonly zones: readonly number[];
  /** What is left once it is committed. */
  readonly reserve: NumberReserve;
}

/** @throws StateError STATE_EXHAUSTED, of each */
export interface NumberGiver {
  /** Of a new object. */
  readonly id: () => number;
  /** A conntrack zone of a new tenant. */
  readonly zone: () => number;
  /** Of a new interface or port, or of an interface that changes hands. */
  readonly index: () => number;
  /** What to write down once all is given out. */
  readonly used: () => NumbersUsed;
}

/**
 * @param foreignZones conntrack zones that somebody else has at this node
 * @param self the name of the node that writes
 */
export function numberGiver(
  view: StateView,
  foreignZones: Iterable<number>,
  self: string,
  before: NumberReserve = noReserve,
): NumberGiver {
  const { root } = view;
  const isShared = view.nodes.size > 1;
  // Numbers of another database, or of one that went back, are not ours.
  const isOurs = before.database === root._uuid && before.ids.every(id => id < view.nextId);
  const ids = isOurs ? [...before.ids] : [];
  const isNear = (index: number) => (lastIndexOf(view) - index + maxIndex) % maxIndex < maxIndexLead;
  const indexes = isOurs ? before.indexes.filter(isNear) : [];
  let { nextId } = view;
  let lastIndex: number | undefined;
  let taken = 0;
  const zones = new Set<number>();
  const given = new Set<number>();
  // Many writes need none.
  let foreign: Set<number> | undefined;
  const isTaken = (index: number) =>
    view.hasIndex(index) || view.retiredRow('index', '', index) !== undefined || given.has(index);
  const take = (): number | undefined => {
    const index = nextFree(isTaken, lastIndex ?? lastIndexOf(view), maxIndex);
    if (index === undefined) return undefined;
    lastIndex = index;
    taken++;
    return index;
  };
  return {
    id: () => {
      const kept = ids.shift();
      if (kept !== undefined) return kept;
      const id = needNumber(nextId <= maxId ? nextId++ : undefined, 'object ids');
      for (let more = 0; isShared && more < ahead.ids && nextId < maxId; more++) ids.push(nextId++);
      return id;
    },
    zone: () => {
      foreign ??= new Set(foreignZones);
      const others = foreign;
      const isNot = (zone: number) =>
        view.hasZone(zone) || view.retiredRow('zone', '', zone) !== undefined || others.has(zone) || zones.has(zone);
      // Nodes that looked for the lowest would all find the same.
      const zone = needNumber(nextZone(isNot, isShared ? zoneOf(self) : firstZone), 'conntrack zones');
      zones.add(zone);
      return zone;
    },
    // Interfaces and ports share them: both are values of one register. Not the lowest that is free, but the next: one
    // that was given up is the last to come again.
    index: () => {
      const kept = indexes.find(index => !isTaken(index));
      if (kept !== undefined) {
        indexes.splice(0, indexes.indexOf(kept) + 1);
        given.add(kept);
        return kept;
      }
      const index = needNumber(take(), 'indexes of interfaces and ports');
      given.add(index);
      if (isShared && view.documents.interfaces.size + view.documents.ports.size < maxIndex / 2)
        for (let more = 0; more < ahead.indexes; more++) {
          const next = take();
          if (next === undefined) break;
          else indexes.push(next);
        }
      return index;
    },
    used: () => {
      // An index never comes without an id, so that the ids tell how many indexes a lost part of the state may have given out.
      const next = Math.max(nextId, Math.min(view.nextId + taken, maxId));
      return {
        ...{ nextId: next === view.nextId ? undefined : next, lastIndex, zones: [...zones] },
        reserve: { database: root._uuid, ids, indexes },
      };
    },
  };
}

/** Where a node looks for zones first. */
function zoneOf(self: string): number {
  let hash = 0;
  for (const char of self) hash = (Math.imul(hash, 31) + (char.codePointAt(0) ?? 0)) >>> 0;
  return firstZone + (hash % 64) * 512;
}

/** A database of an earlier version has not written it down. */
function lastIndexOf({ allocations, lastIndex }: StateView): number {
  return lastIndex === 0 ? Math.max(0, ...allocations.indexes.values()) : lastIndex;
}

/** What to write down as the last index, so that the next is none of the `lost` that may have been given out since. */
export function indexBeyond(view: StateView, lost: number): number {
  return ((lastIndexOf(view) + lost) % maxIndex) + 1;
}

function needNumber(number: number | undefined, what: string): number {
  if (number === undefined) throw new StateError('STATE_EXHAUSTED', `there are no ${what} left`);
  return number;
}
