// Of two writes that share no part of the state, each may be judged without the other: whatever one node writes while
// another's write is on its way, the second would not have been refused for it.

import assert from 'node:assert/strict';
import t from 'tap';
import { everything, type Parts } from '../../../src/controller/state/transaction-frame.ts';
import { partsOf } from '../../../src/controller/state/write-parts.ts';
import type { DocumentSet, Documents } from '../../../src/policy/documents.ts';
import type { Program } from '../../../src/policy/engine/program.ts';
import type { Table } from '../../../src/policy/engine/table.ts';
import { documentTables, objectKey } from '../../../src/policy/facts/base.ts';
import { problems } from '../../../src/policy/facts/problems.ts';
import { type DocumentDelete, type DocumentPut, judge } from '../../../src/policy/judge.ts';
import { homeOf } from '../../../src/policy/kinds/all.ts';
import { type Kind, kinds } from '../../../src/policy/kinds/names.ts';
import { policyProgram } from '../../../src/policy/program.ts';
import { anyDocument, anyName, anyObjects, peers } from '../../fixtures/adversary.ts';
import { allocationsOf, documentsOf, node } from '../../fixtures/demo-intent.ts';
import { Dice } from '../../fixtures/dice.ts';
import { putState } from '../../fixtures/of-state.ts';

type Write = DocumentPut | DocumentDelete;
type Mutable = Record<string, Map<string, { readonly name: string }>>;

const seeds = Number(process.env.SEEDS ?? 30);

function nameOf(write: Write): string {
  return 'document' in write ? write.document.name : write.name;
}

function apply(program: Program, writes: readonly Write[]): void {
  program.change(facts => {
    for (const write of writes) {
      const table = documentTables[write.kind] as Table;
      if ('document' in write) facts.put(table, write.document);
      else facts.delete(table as Table<never>, write.name);
    }
  });
}

function after(documents: DocumentSet, write: Write): DocumentSet {
  const changed = new Map<string, unknown>(documents[write.kind]);
  if ('document' in write) changed.set(write.document.name, write.document);
  else changed.delete(write.name);
  return { ...documents, [write.kind]: changed };
}

function partsFor(documents: DocumentSet, write: Write): Parts | typeof everything {
  return partsOf(documents, after(documents, write), [{ kind: write.kind, name: nameOf(write) }]);
}

function sharesPart(a: Parts, b: Parts): boolean {
  return (a.attachments && b.attachments) || [...a.tenants].some(tenant => b.tenants.has(tenant));
}

/** What indexes and strong references of the schema see by themselves. */
function isSeenBySchema(a: Write, b: Write): boolean {
  if (a.kind === b.kind && nameOf(a) === nameOf(b)) return true;
  const vniOf = (write: Write) => {
    if (write.kind !== 'vnis' || !('document' in write)) return undefined;
    const { vni, vtep } = write.document as Documents['vnis'];
    return `${vtep} ${vni}`;
  };
  if (vniOf(a) !== undefined && vniOf(a) === vniOf(b)) return true;
  const refersTo = (from: Write, to: Write) =>
    !('document' in to) &&
    'document' in from &&
    homeOf(from.kind)
      .references(from.document as never)
      .some(({ kind, name }) => kind === to.kind && name === to.name);
  return refersTo(a, b) || refersTo(b, a);
}

function isAccepted(program: Program, write: Write): boolean {
  const { problems, referenced } = judge(program, [write]);
  return problems.length === 0 && referenced.length === 0;
}

/** Documents by chance, without those that do not go with the others. */
function anyState(dice: Dice): { readonly documents: DocumentSet; readonly program: Program } {
  const documents = documentsOf(anyObjects(dice));
  const program = policyProgram();
  const owners = new Map<string, string>();
  const membership = { peers, bindings: { interfaces: owners, ports: owners } };
  program.change(facts => putState(facts, node, { documents, allocations: allocationsOf(documents), membership }));
  for (;;) {
    const wrong = new Set([...program.rows(problems)].map(({ kind, name }) => objectKey(kind, name)));
    if (wrong.size === 0) return { documents, program };
    for (const kind of kinds)
      for (const name of [...documents[kind].keys()])
        if (wrong.has(objectKey(kind, name))) {
          (documents as unknown as Mutable)[kind]?.delete(name);
          apply(program, [{ kind, name }]);
        }
  }
}

function anyWrite(dice: Dice): Write {
  const kind = dice.pick<Kind>([...kinds, 'interfaces', 'interfaces', 'interfaces', 'routes', 'nat-rules']);
  return dice.chance(5)
    ? { kind, name: anyName(dice, kind) }
    : ({ kind, document: anyDocument(dice, kind) } as DocumentPut);
}

t.test('writes that share no part are judged apart', async t => {
  let apart = 0;
  let conflicts = 0;
  for (let seed = 1; seed <= seeds; seed++) {
    const dice = new Dice(seed);
    const { documents, program } = anyState(dice);
    const accepted = Array.from({ length: 100 }, () => anyWrite(dice)).filter(write => isAccepted(program, write));
    for (const a of accepted) {
      const parts = partsFor(documents, a);
      if (parts === everything) continue;
      const undo: Write = documents[a.kind].has(nameOf(a))
        ? ({ kind: a.kind, document: documents[a.kind].get(nameOf(a)) } as DocumentPut)
        : { kind: a.kind, name: nameOf(a) };
      apply(program, [a]);
      for (let i = 0; i < 8; i++) {
        const b = dice.pick(accepted);
        if (a === b || isSeenBySchema(a, b)) continue;
        const others = partsFor(documents, b);
        const isRefused = !isAccepted(program, b);
        if (others !== everything && !sharesPart(parts, others)) {
          apart++;
          assert.equal(isRefused, false, `seed ${seed}: ${JSON.stringify([a, b])}`);
        } else if (isRefused) conflicts++;
      }
      apply(program, [undo]);
    }
  }
  t.ok(apart > 100 && conflicts > 10, `${apart} pairs apart; ${conflicts} that cannot both be`);
  t.comment(`${apart} pairs apart, ${conflicts} that cannot both be`);
});
