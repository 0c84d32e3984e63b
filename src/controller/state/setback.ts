// Whether the state database has lost what a switch, or this process, has seen of it: an older file put back, the rest of
// a damaged one, another or an emptied database. Pure; who acts on it is reconcile/state-guard.ts.

/** One moment of one state database. Generations only grow, as long as nothing is lost. */
export interface StateMark {
  /** UUID of the root row: no two databases have the same, unless one began as a copy of the other. */
  readonly database: string;
  readonly generation: number;
  /** The id that the next new object gets. */
  readonly nextId: number;
}

export type Setback =
  | { readonly kind: 'went-back' | 'other-database'; readonly found: StateMark; readonly known: StateMark }
  | { readonly kind: 'damaged'; readonly found: StateMark; readonly damagedFile: string };

/** @param known what was seen before; undefined: nothing */
export function setbackOf(found: StateMark, known: StateMark | undefined): Setback | undefined {
  // Where nothing was ever written, nothing is lost.
  if (!known || known.generation === 0) return undefined;
  if (found.database !== known.database) return { kind: 'other-database', found, known };
  return found.generation < known.generation ? { kind: 'went-back', found, known } : undefined;
}

export function describeSetback(setback: Setback): string {
  const { found } = setback;
  const word = `put the right one back, or accept this one: pointsman accept-state ${found.generation}`;
  switch (setback.kind) {
    case 'went-back':
      return `the state database went back from generation ${setback.known.generation} to ${found.generation}; the switch keeps what it has; ${word}`;
    case 'other-database':
      return (
        `this is another state database, at generation ${found.generation}, than the one whose generation ` +
        `${setback.known.generation} is on the switch, which keeps what it has; ${word}`
      );
    case 'damaged':
      return (
        `the state database was damaged, and what was written after generation ${found.generation} is lost; the damaged ` +
        `file is kept as ${setback.damagedFile}; the switch keeps what it has; ${word}`
      );
  }
}

/** Whoever accepts a setback goes on well beyond what was given out before: a number never means two things. */
const stride = 1000;
const maxId = 0xffff_ffff;

/** Where an accepted database goes on. @param known everything that was seen before */
export function beyond(found: StateMark, known: readonly StateMark[]): Omit<StateMark, 'database'> {
  const all = [found, ...known];
  return {
    generation: Math.max(...all.map(({ generation }) => generation)) + stride,
    nextId: Math.min(Math.max(...all.map(({ nextId }) => nextId)) + stride, maxId),
  };
}
