// The numbers that one transaction gives out, each once. What it gives up itself is not free before it is in.

import { freeZone, nextFree, retiredNumbers, takenZones } from '../../policy/allocation.ts';
import { StateError } from './errors.ts';
import type { StateView } from './view.ts';

const maxId = 0xffff_ffff;
const maxIndex = 0xffff;

/** @throws StateError STATE_EXHAUSTED, of each */
export interface NumberGiver {
  /** Of a new object. */
  readonly id: () => number;
  /** A conntrack zone of a new tenant. */
  readonly zone: () => number;
  /** Of a new interface or port, or of an interface that changes hands. */
  readonly index: () => number;
  /** What to write down once all is given out. */
  readonly used: () => { readonly ids: number; readonly lastIndex: number | undefined };
}

/** @param foreignZones conntrack zones that somebody else has at this node */
export function numberGiver(view: StateView, foreignZones: Iterable<number>): NumberGiver {
  const { allocations, nextId } = view;
  let ids = 0;
  let indexes = 0;
  let lastIndex: number | undefined;
  // Many writes need none.
  let zones: Set<number> | undefined;
  /** Besides those that interfaces and ports have. */
  let taken: Set<number> | undefined;
  return {
    id: () => needNumber(nextId + ids <= maxId ? nextId + ids++ : undefined, 'object ids'),
    zone: () => {
      zones ??= takenZones(allocations, foreignZones);
      const zone = needNumber(freeZone(zones), 'conntrack zones');
      zones.add(zone);
      return zone;
    },
    // Interfaces and ports share them: both are values of one register. Not the lowest that is free, but the next: one
    // that was given up is the last to come again.
    index: () => {
      taken ??= new Set(retiredNumbers(allocations, 'index'));
      const others = taken;
      const isTaken = (index: number) => view.hasIndex(index) || others.has(index);
      lastIndex = needNumber(
        nextFree(isTaken, lastIndex ?? lastIndexOf(view), maxIndex),
        'indexes of interfaces and ports',
      );
      taken.add(lastIndex);
      indexes++;
      return lastIndex;
    },
    // An index never comes without an id, so that the ids tell how many indexes a lost part of the state may have given out.
    used: () => ({ ids: Math.max(ids, Math.min(indexes, maxId - nextId)), lastIndex }),
  };
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
