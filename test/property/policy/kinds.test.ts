// The units of the kinds are held against the resolver that looks at everything at once.

import assert from 'node:assert/strict';
import t from 'tap';
import type { Allocations } from '../../../src/policy/allocation.ts';
import type { DocumentSet } from '../../../src/policy/documents.ts';
import { kinds } from '../../../src/policy/documents.ts';
import type { Program } from '../../../src/policy/engine/program.ts';
import type { Table } from '../../../src/policy/engine/table.ts';
import { documentTables, objectKey } from '../../../src/policy/facts/base.ts';
import { claims } from '../../../src/policy/facts/claims.ts';
import * as objects from '../../../src/policy/facts/objects.ts';
import { putState } from '../../../src/policy/facts/of-state.ts';
import { existing, faulty, problems, references, warnings } from '../../../src/policy/facts/problems.ts';
import { type DocumentDelete, type DocumentPut, judge } from '../../../src/policy/judge.ts';
import type { Membership } from '../../../src/policy/membership.ts';
import type { Intent } from '../../../src/policy/model.ts';
import { unknownNextHops } from '../../../src/policy/next-hops.ts';
import { policyProgram } from '../../../src/policy/program.ts';
import { resolveIntent } from '../../../src/policy/resolve/resolve.ts';
import type { Problem } from '../../../src/policy/resolve/resolver.ts';
import { shownProblems } from '../../../src/policy/shown-problems.ts';
import { anyDocument, anyMembership, anyName, anyObjects, anyWish } from '../../fixtures/adversary.ts';
import { allocationsOf, documentsOf, node } from '../../fixtures/demo-intent.ts';
import { Dice } from '../../fixtures/dice.ts';
import { resolvedTables, rowsOfIntent } from '../../fixtures/rows-of-intent.ts';

interface Given {
  readonly documents: DocumentSet;
  readonly allocations: Allocations;
  readonly membership: Membership | undefined;
}

function any(dice: Dice): Given {
  const documents = documentsOf(anyObjects(dice));
  const allocations = allocationsOf(documents);
  const chunks = allocations.chunks.map(chunk => ({ ...chunk, node: dice.pick([node.name, 'far', 'gone']) }));
  return {
    documents,
    allocations: { ...allocations, chunks },
    membership: dice.chance(4) ? undefined : anyMembership(dice),
  };
}

function without(documents: DocumentSet, gone: ReadonlySet<string>): DocumentSet {
  const entries = kinds.map(kind => {
    const of: ReadonlyMap<string, unknown> = documents[kind];
    return [kind, new Map([...of].filter(([name]) => !gone.has(objectKey(kind, name))))];
  });
  return Object.fromEntries(entries) as DocumentSet;
}

function line({ kind, name, pointer, why, detail, holder }: Problem): string {
  const by = holder ? ` | ${holder.kind}/${holder.name} ${holder.pointer}: ${holder.detail}` : '';
  return `${kind}/${name} ${pointer} ${why}: ${detail}${by}`;
}

/**
 * Left out until none is left: what refers to something that has a problem, and who has a problem while others' problems
 * name it: there the two differ, and are meant to.
 */
function settled(given: Given): { given: Given; problems: readonly Problem[]; intent: Intent } {
  for (let documents = given.documents; ; ) {
    const { problems, intent } = resolveIntent(node, documents, given.allocations, given.membership);
    const program = policyProgram();
    program.change(facts => putState(facts, node, { ...given, documents }));
    const wrong = new Set([...problems, ...shownProblems(program)].map(({ kind, name }) => objectKey(kind, name)));
    const gone = new Set<string>();
    for (const { from, to } of program.rows(references))
      if (wrong.has(objectKey(to.kind, to.name))) gone.add(objectKey(from.kind, from.name));
    for (const { holder } of [...problems, ...shownProblems(program)])
      if (holder && wrong.has(objectKey(holder.kind, holder.name))) gone.add(objectKey(holder.kind, holder.name));
    for (const { name } of documents.routes.values())
      if (wrong.has(`routes/${name}`) && documents['nat-pools'].size > 0) gone.add(`routes/${name}`);
    for (const { kind, name, pointer, why } of problems)
      if (kind === 'nat-rules' && pointer === '/pool' && why === 'invalid') gone.add(objectKey(kind, name));
    if (gone.size === 0) return { given: { ...given, documents }, problems, intent };
    documents = without(documents, gone);
  }
}

/** Where the two are meant to differ. */
function departs({ kind, name, pointer, why, detail }: Problem, all: readonly Problem[]): boolean {
  const has = (at: string, as: Problem['why']) =>
    all.some(each => each.kind === kind && each.name === name && each.pointer === at && each.why === as);
  // What a pool without an interface says wrong by itself is said all the same; one on an inner interface claims nothing.
  if (kind === 'nat-pools' && has('/interface', 'missing')) return pointer !== '/interface';
  if (kind === 'nat-pools' && has('/interface', 'invalid')) return why === 'conflict';
  // What an interface has twice is said as that, whoever else has it.
  if (kind !== 'interfaces') return false;
  const hasLost = all.some(each => each.kind === kind && each.name === name && each.why === 'conflict');
  return why === 'conflict' ? has(pointer, 'invalid') : hasLost && detail.includes('of this interface');
}

function programOf(given: Given): Program {
  const program = policyProgram();
  program.change(facts => putState(facts, node, given));
  assert.deepEqual(program.faults, []);
  assert.deepEqual(program.collisions, []);
  return program;
}

/** By table and key. */
function rowsOf(program: Program, tables: readonly Table[]): ReadonlyMap<string, unknown> {
  return new Map(
    tables.flatMap(table => [...program.rows(table)].map(row => [`${table.name}: ${table.key(row)}`, row] as const)),
  );
}

/** What a resolved intent does not know: the name of a VTEP that this node lacks, and the node of a chunk. */
function comparable(rows: ReadonlyMap<string, unknown>): unknown[] {
  const known = (key: string, row: unknown): unknown => {
    if (key.startsWith(`${objects.natChunks.name}:`)) return { ...(row as objects.NatChunk), node: '' };
    if (!key.startsWith(`${objects.segments.name}:`)) return row;
    const segment = row as objects.Segment;
    return segment.local ? segment : { ...segment, vtep: '' };
  };
  const text = (row: unknown) =>
    JSON.stringify(row, (_, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value));
  return [...rows].map(([key, row]) => `${key.split(':')[0]}: ${text(sorted(known(key, row)))}`).sort();
}

function sorted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(sorted);
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, item]) => [key, sorted(item)]));
}

const seeds = Number(process.env.SEEDS ?? 60);

t.test('problems and resolved rows are those of the whole', async t => {
  const seen = new Set<string>();
  for (let seed = 1; seed <= seeds; seed++) {
    const { given, problems, intent } = settled(any(new Dice(seed)));
    const program = programOf(given);
    const both = [problems, shownProblems(program)] as const;
    const all = both.flat();
    for (const { kind, why, holder } of problems) seen.add(`${kind} ${why} ${holder?.kind ?? ''}`.trim());
    const [theirs, ours] = both.map(each =>
      [...new Set(each.filter(problem => !departs(problem, all)).map(line))].sort(),
    );
    assert.deepEqual(ours, theirs, `seed ${seed}`);
    assert.deepEqual(comparable(rowsOf(program, resolvedTables)), comparable(rowsOfIntent(intent)), `seed ${seed}`);
    const warned = [...program.rows(warnings)].map(({ name, detail }) => [name, detail]).sort();
    assert.deepEqual(warned, [...unknownNextHops(given.documents)].sort(), `seed ${seed}`);
  }
  const conflicts = [...seen].filter(what => what.includes('conflict')).length;
  t.ok(conflicts >= 6, `conflicts of many kinds have been looked at: ${[...seen].sort().join(', ')}`);
});

/** All that it lists, twice: no unit may mind. */
function twice<D extends object>(document: D): D {
  const entries = Object.entries(document).map(([field, value]) => [
    field,
    Array.isArray(value) ? [...value, ...value] : value,
  ]);
  return Object.fromEntries(entries) as D;
}

t.test('after any sequence of changes the program is what a fresh one would be', async () => {
  const tables = [problems, warnings, references, existing, faulty, claims, ...resolvedTables];
  for (let seed = 1; seed <= Math.ceil(seeds / 5); seed++) {
    const dice = new Dice(seed);
    const given = any(dice);
    const program = programOf(given);
    const documents = Object.fromEntries(kinds.map(kind => [kind, new Map<string, unknown>(given.documents[kind])]));
    for (let step = 0; step < 30; step++) {
      const before = rowsOf(program, tables);
      const changes = Array.from({ length: dice.within(1, 3) }, (): DocumentPut | DocumentDelete => {
        const kind = dice.pick(kinds);
        return dice.chance(3)
          ? { kind, name: anyName(dice, kind) }
          : ({ kind, document: anyDocument(dice, kind) } as DocumentPut);
      });
      const wish = dice.pick(kinds);
      judge(program, [...changes, { kind: wish, document: twice(anyWish(dice, wish)) } as DocumentPut]);
      assert.deepEqual(rowsOf(program, tables), before, `seed ${seed}: judging leaves no trace`);
      program.change(facts => {
        for (const change of changes) {
          const table = documentTables[change.kind] as Table;
          if ('document' in change) {
            facts.put(table, change.document);
            documents[change.kind]?.set(change.document.name, change.document);
          } else {
            facts.delete(table as Table<never>, change.name);
            documents[change.kind]?.delete(change.name);
          }
        }
      });
    }
    const fresh = programOf({ ...given, documents: documents as unknown as DocumentSet });
    const bound = rowsOf(fresh, tables);
    assert.deepEqual(rowsOf(program, tables), bound, `seed ${seed}`);
    assert.deepEqual(program.audit(100_000), [], `seed ${seed}`);
  }
});
