// What a change of documents has to answer for. It is tried on the program, which is as before afterwards.

import { atOnce, inOneStep, type Steps } from '../lib/steps.ts';
import type { Documents } from './documents.ts';
import { EngineError } from './engine/errors.ts';
import type { RowChange } from './engine/fact-store.ts';
import type { Delta, FactWriter, Program } from './engine/program.ts';
import type { Table } from './engine/table.ts';
import { documentTables, objectKey } from './facts/base.ts';
import type { Problem } from './facts/problems.ts';
import { type ProblemFact, problems, type ReferenceFact, references } from './facts/problems.ts';
import { withoutLabels } from './kinds/labels.ts';
import type { Kind } from './kinds/names.ts';
import { inOrder, shownProblem } from './shown-problems.ts';

/** A document that is to be stored. The pointers of its problems lead into it as it is given here. */
export type DocumentPut = { [K in Kind]: { readonly kind: K; readonly document: Documents[K] } }[Kind];

/** An object that is to be no more. */
export interface DocumentDelete {
  readonly kind: Kind;
  readonly name: string;
}

/** An object that would go while others refer to it. */
export interface Referenced extends DocumentDelete {
  readonly referrers: readonly (DocumentDelete & { readonly pointer: string })[];
}

/** Nothing stands against a change of which both are empty. */
export interface Verdict {
  /** In order of kinds, names and pointers. */
  readonly problems: readonly Problem[];
  readonly referenced: readonly Referenced[];
}

/**
 * Documents that are put answer for all their own problems. Puts and deletes answer for those that they newly cause in others; where another
 * can no longer have what a document that is put has, that one is told. Deletes answer for what still refers to what is gone.
 * @param changes in any order; they may refer to each other. Of several of one object the last counts.
 * @throws EngineError when a unit throws: a mistake in the program
 */
export function judge(program: Program, changes: readonly (DocumentPut | DocumentDelete)[]): Verdict {
  return atOnce(judging(program, changes, (...of) => inOneStep(() => program.attempt(...of))));
}

/** The same, where others may have a turn meanwhile, and see the program as it was before. @throws EngineError */
export function judgeInSteps(program: Program, changes: readonly (DocumentPut | DocumentDelete)[]): Steps<Verdict> {
  return judging(program, changes, (...of) => program.attemptInSteps(...of));
}

function* judging(
  program: Program,
  changes: readonly (DocumentPut | DocumentDelete)[],
  attempt: (...of: Parameters<Program['attemptInSteps']>) => Steps<Delta>,
): Steps<Verdict> {
  const written = new Map(changes.map(change => [keyOf(change), change]));
  const deleted = [...written.values()].filter(
    (change): change is DocumentDelete => !('document' in change) && standsIn(program, change),
  );
  const delta = yield* attempt(function* (facts) {
    for (const change of written.values()) {
      write(facts, change);
      yield;
    }
  }, problems);
  // What a unit that has thrown would have said nobody knows.
  const standing = new Set(program.faults.map(({ instance }) => instance));
  const fault = delta.faults.find(({ instance }) => !standing.has(instance));
  if (fault) throw new EngineError('ENGINE_UNIT_FAILED', `${fault.instance} has failed`, { cause: fault.error });
  const changedReferences = byObject(delta.changes(references), ({ to }) => to);
  const referenced = deleted.flatMap(object => {
    const referrers = referrersAfter(program, changedReferences, object);
    return referrers.length > 0 ? [{ kind: object.kind, name: object.name, referrers }] : [];
  });
  const puts = [...written].flatMap(([key, change]) => ('document' in change ? [key] : []));
  const own = new Set(puts);
  const changedProblems = byObject(delta.changes(problems), problem => problem);
  const blamed = [...puts.flatMap(key => problemsAfter(program, changedProblems, key)), ...caused(delta, own)];
  return {
    problems: blamed
      .filter(({ isOfSwitch }) => !isOfSwitch)
      .map(problem => shownProblem(program, problem))
      .sort(inOrder),
    referenced,
  };
}

function nameOf(change: DocumentPut | DocumentDelete): string {
  return 'document' in change ? change.document.name : change.name;
}

function keyOf(change: DocumentPut | DocumentDelete): string {
  return objectKey(change.kind, nameOf(change));
}

function standsIn(program: Program, { kind, name }: DocumentDelete): boolean {
  return program.get(documentTables[kind] as Table<unknown>, name) !== undefined;
}

function write(facts: FactWriter, change: DocumentPut | DocumentDelete): void {
  const table = documentTables[change.kind] as Table<unknown>;
  if ('document' in change) facts.put(table, withoutLabels(change.document));
  else facts.delete(table as Table<never>, change.name);
}

/** By `kind/name` of what rows are of; `after` is undefined where they are no more, or of another. */
type Changes<Row> = ReadonlyMap<string, readonly { readonly key: string; readonly after: Row | undefined }[]>;

function byObject<Row>(changes: readonly RowChange<Row>[], objectOf: (row: Row) => DocumentDelete): Changes<Row> {
  const found = new Map<string, { key: string; after: Row | undefined }[]>();
  const keyOf = (row: Row | undefined) => {
    const object = row && objectOf(row);
    return object && objectKey(object.kind, object.name);
  };
  for (const { key, before, after } of changes) {
    const [was, is] = [keyOf(before), keyOf(after)];
    for (const of of new Set([was, is])) {
      if (of === undefined) continue;
      const change = { key, after: of === is ? after : undefined };
      const known = found.get(of);
      if (known) known.push(change);
      else found.set(of, [change]);
    }
  }
  return found;
}

/** All problems of an object, those that were there before among them. */
function problemsAfter(program: Program, changed: Changes<ProblemFact>, object: string): readonly ProblemFact[] {
  return rowsAfter(problems, program.by(problems, 'object', object), changed.get(object));
}

function rowsAfter<Row>(
  { key: keyOf }: Pick<Table<Row>, 'key'>,
  before: readonly Row[],
  changes: ReturnType<Changes<Row>['get']> = [],
): readonly Row[] {
  if (changes.length === 0) return before;
  const rows = new Map(before.map(row => [keyOf(row), row]));
  for (const { key, after } of changes)
    if (after) rows.set(key, after);
    else rows.delete(key);
  return [...rows.values()];
}

/** What is newly wrong with others: what they refer to that is gone, its delete answers for. */
function caused(delta: Delta, own: ReadonlySet<string>): readonly ProblemFact[] {
  return delta.changes(problems).flatMap(({ before, after }) => {
    if (before || !after || after.why === 'missing' || own.has(objectKey(after.kind, after.name))) return [];
    const { holder } = after;
    return [holder && own.has(objectKey(holder.kind, holder.name)) ? fromOtherSide(after, holder) : after];
  });
}

/** The same conflict as its holder sees it. */
function fromOtherSide(
  problem: ProblemFact,
  { kind, name, pointer, detail }: NonNullable<Problem['holder']>,
): ProblemFact {
  const holder = { kind: problem.kind, name: problem.name, pointer: problem.pointer, detail: problem.detail };
  return { kind, name, pointer, why: problem.why, about: problem.about, detail, holder };
}

function referrersAfter(
  program: Program,
  changed: Changes<ReferenceFact>,
  { kind, name }: DocumentDelete,
): Referenced['referrers'] {
  const to = objectKey(kind, name);
  const rows = rowsAfter(references, program.by(references, 'to', to), changed.get(to));
  return rows.map(({ from }) => from).sort(inOrder);
}
