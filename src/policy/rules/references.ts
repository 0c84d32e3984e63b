// Which documents there are, what they refer to, and what they refer to that is not there.

import type { Documents } from '../documents.ts';
import type { Table } from '../engine/table.ts';
import { groupUnit, type Unit, unit } from '../engine/unit.ts';
import { documentTables, objectKey } from '../facts/base.ts';
import { existing, faulty, problems, references } from '../facts/problems.ts';
import { called, homeOf } from '../kinds/all.ts';
import { type Kind, kinds } from '../kinds/names.ts';

function referencesOf<K extends Kind>(kind: K): Unit {
  const home = homeOf<Documents[K]>(kind);
  return unit({
    name: `${kind}/references`,
    over: documentTables[kind] as Table<Documents[K]>,
    reads: [],
    writes: [existing, references],
    emit: (document, _, out) => {
      const { name } = document;
      out.put(existing, { kind, name });
      for (const { pointer, ...to } of home.references(document))
        out.put(references, { from: { kind, name, pointer }, to });
    },
  });
}

const missing = unit({
  name: 'missing',
  over: references,
  reads: [existing],
  writes: [problems],
  emit: ({ from, to }, facts, out) => {
    if (facts.get(existing, objectKey(to.kind, to.name))) return;
    out.put(problems, { ...from, why: 'missing', about: 'reference', detail: `there is no ${called(to)}` });
  },
});

const faults = groupUnit({
  name: 'faulty',
  over: problems,
  group: 'object',
  reads: [],
  writes: [faulty],
  emit: ([problem], _, out) => {
    if (problem) out.put(faulty, { kind: problem.kind, name: problem.name });
  },
});

export const referenceUnits: readonly Unit[] = [...kinds.map(kind => referencesOf(kind)), missing, faults];
