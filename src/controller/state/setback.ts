// Whether the state database is another than what a switch, or this process, has seen of it: an older file put back, the rest of
// a damaged one, another or an emptied database. Pure; who acts on it is reconcile/state-guard.ts.

/** One moment of one state database. Generations only grow, as long as nothing is lost. */
export interface StateMark {
  /** UUID of the root row: no two databases have the same, unless one began as a copy of the other. */
  readonly database: string;
  readonly generation: number;
  /** The id that the next new object gets. */
  readonly nextId: number;
  /** How many objects there are, the same at the same generation; 0 where that was not written down. */
  readonly objects: number;
}

export type Setback =
  | { readonly kind: 'went-back' | 'emptied' | 'other-database'; readonly found: StateMark; readonly known: StateMark }
  | { readonly kind: 'damaged'; readonly found: StateMark; readonly damagedFile: string }
  /** The switch holds what nobody knows the database of. */
  | { readonly kind: 'unknown-program'; readonly found: StateMark };

/** @param known what was seen before; undefined: nothing */
export function setbackOf(found: StateMark, known: StateMark | undefined): Setback | undefined {
  // Where nothing was ever written, nothing is lost.
  if (!known || known.generation === 0) return undefined;
  if (found.database !== known.database) return { kind: 'other-database', found, known };
  if (found.generation < known.generation) return { kind: 'went-back', found, known };
  // Whoever writes raises the generation; whoever deletes rows by hand does not.
  const isLess = found.generation === known.generation && found.objects < known.objects;
  return isLess ? { kind: 'emptied', found, known } : undefined;
}

/** Whether nothing of the database itself is lost: it is not the one that the switch was programmed from. */
export function isOfAnother({ kind }: Setback): boolean {
  return kind === 'other-database' || kind === 'unknown-program';
}

export function describeSetback(setback: Setback): string {
  const { found } = setback;
  const word = `put the right one back, or let the switch follow this one: pointsman adopt ${found.generation}`;
  switch (setback.kind) {
    case 'went-back':
      return `the state database went back from generation ${setback.known.generation} to ${found.generation}; the switch keeps what it has; ${word}`;
    case 'emptied':
      return (
        `the state database has ${found.objects} objects, and had ${setback.known.objects} at the same generation ` +
        `${found.generation}: others were deleted past pointsman; the switch keeps what it has; ${word}`
      );
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
    case 'unknown-program':
      return `nothing says that the switch was programmed from this state database; it keeps what it has; ${word}`;
  }
}

/** Whoever adopts goes on well beyond what was given out before: a number never means two things. */
export const stride = 1000;
const maxId = 0xffff_ffff;

/** Where an adopted database goes on. @param known everything that was seen before */
export function beyond(found: StateMark, known: readonly StateMark[]): Pick<StateMark, 'generation' | 'nextId'> {
  const all = [found, ...known];
  return {
    generation: Math.max(...all.map(({ generation }) => generation)) + stride,
    nextId: Math.min(Math.max(...all.map(({ nextId }) => nextId)) + stride, maxId),
  };
}
