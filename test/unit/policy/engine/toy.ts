// A program of rooms, people and badges: small, and with every form that a program can take: references, an answer of
// "there is none", claims, facts that several make, rows that two put.

import { Program } from '../../../../src/policy/engine/program.ts';
import { table } from '../../../../src/policy/engine/table.ts';
import { groupUnit, unit } from '../../../../src/policy/engine/unit.ts';

interface Room {
  readonly name: string;
  readonly floor: number;
  readonly note: string;
}

interface Person {
  readonly name: string;
  readonly room: string;
  readonly badge: number;
}

interface Claim {
  readonly badge: number;
  readonly by: string;
}

export const rooms = table({
  name: 'rooms',
  key: ({ name }: Room) => name,
  // Nobody who reads rooms looks at their notes.
  same: (a, b) => a.floor === b.floor,
  indexes: { floor: ({ floor }) => [String(floor)] },
});

export const people = table({
  name: 'people',
  key: ({ name }: Person) => name,
  indexes: { room: ({ room }) => [room] },
});

const claims = table({
  name: 'claims',
  key: ({ badge, by }: Claim) => `${badge} ${by}`,
  indexes: { badge: ({ badge }) => [String(badge)] },
});

const losers = table({ name: 'losers', key: ({ by }: Claim) => by });
const residents = table({
  name: 'residents',
  key: ({ name }: Person) => name,
  indexes: { room: ({ room }) => [room] },
});
const lived = table({ name: 'lived', key: ({ floor }: { readonly floor: number }) => String(floor) });

/** What comes out. */
export const doors = table({ name: 'doors', key: ({ badge }: { badge: number; opens: string }) => String(badge) });
export const lights = table({ name: 'lights', key: ({ floor }: { floor: number; room: string }) => String(floor) });
/** Whoever is first in order is named. */
export const wardens = table({
  name: 'wardens',
  key: ({ floor }: { floor: number; name: string }) => String(floor),
  rivals: 'first',
});
export const problems = table({ name: 'problems', key: ({ of }: { of: string; why: string }) => of });

export const units = [
  unit({
    name: 'claim',
    over: people,
    reads: [],
    writes: [claims],
    emit: ({ name, badge }, _, out) => out.put(claims, { badge, by: name }),
  }),
  groupUnit({
    name: 'judge',
    over: claims,
    group: 'badge',
    reads: [],
    writes: [losers],
    emit: ([, ...others], _, out) => {
      for (const claim of others) out.put(losers, claim);
    },
  }),
  unit({
    name: 'settle',
    over: people,
    reads: [rooms, losers],
    writes: [residents, problems, lived, wardens],
    emit: (person, facts, out) => {
      const room = facts.get(rooms, person.room);
      if (!room) return out.put(problems, { of: person.name, why: 'no room' });
      if (facts.get(losers, person.name)) return out.put(problems, { of: person.name, why: 'badge taken' });
      out.put(residents, person);
      out.put(lived, { floor: room.floor });
      out.put(wardens, { floor: room.floor, name: person.name });
    },
  }),
  unit({
    name: 'open',
    over: residents,
    reads: [residents],
    writes: [doors],
    emit: ({ badge, room }, facts, out) => {
      const beside = facts.by(residents, 'room', room).map(({ name }) => name);
      out.put(doors, { badge, opens: `${room} with ${beside.join(', ')}` });
    },
  }),
  // All rooms of a floor put the same light: with different names, which is a collision that the first wins.
  unit({
    name: 'light',
    over: rooms,
    reads: [lived],
    writes: [lights],
    emit: ({ name, floor }, facts, out) => {
      if (facts.get(lived, String(floor))) out.put(lights, { floor, room: name });
    },
  }),
];

export function toyProgram(): Program {
  return new Program({ base: [], units, watched: [doors, lights, wardens, problems] });
}

/** All that comes out, in an order of its own. */
export function outcome(program: Program): unknown {
  const sorted = (rows: Iterable<object>) => [...rows].map(row => JSON.stringify(row)).sort();
  return {
    doors: sorted(program.rows(doors)),
    lights: sorted(program.rows(lights)),
    wardens: sorted(program.rows(wardens)),
    problems: sorted(program.rows(problems)),
    collisions: sorted(program.collisions),
    faults: program.faults.map(({ instance }) => instance).sort(),
    instances: program.instanceCount,
  };
}
