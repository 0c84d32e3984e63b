// The units of the kinds, on documents that get in each other's way: what they find does not depend on how it came to be. What they
// find stands in test/golden/policy/problems.txt.

import assert from 'node:assert/strict';
import t from 'tap';
import type { Allocations } from '../../../src/policy/allocation.ts';
import type { DocumentSet } from '../../../src/policy/documents.ts';
import type { Program } from '../../../src/policy/engine/program.ts';
import type { Table } from '../../../src/policy/engine/table.ts';
import { documentTables } from '../../../src/policy/facts/base.ts';
import { claims } from '../../../src/policy/facts/claims.ts';
import { existing, faulty, problems, references, warnings } from '../../../src/policy/facts/problems.ts';
import { type DocumentDelete, type DocumentPut, judge } from '../../../src/policy/judge.ts';
import { kinds } from '../../../src/policy/kinds/names.ts';
import type { Membership } from '../../../src/policy/membership.ts';
import { policyProgram } from '../../../src/policy/program.ts';
import { anyDocument, anyMembership, anyName, anyObjects, anyWish } from '../../fixtures/adversary.ts';
import { allocationsOf, documentsOf, node } from '../../fixtures/demo-intent.ts';
import { Dice } from '../../fixtures/dice.ts';
import { objectTables } from '../../fixtures/feature-program.ts';
import { unknownNextHops } from '../../fixtures/next-hops.ts';
import { putState } from '../../fixtures/of-state.ts';

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

const seeds = Number(process.env.SEEDS ?? 60);

t.test('routes whose next hop nobody has are those that are told when documents are read', async () => {
  for (let seed = 1; seed <= seeds; seed++) {
    const given = any(new Dice(seed));
    const warned = [...programOf(given).rows(warnings)].map(({ name, detail }) => [name, detail]).sort();
    assert.deepEqual(warned, [...unknownNextHops(given.documents)].sort(), `seed ${seed}`);
  }
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
  const tables = [problems, warnings, references, existing, faulty, claims, ...objectTables];
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
