// Which documents there are, what they refer to, and what they refer to that is not there.

import type { Documents } from '../documents.ts';
import type { Table } from '../engine/table.ts';
import { groupUnit, type Unit, unit } from '../engine/unit.ts';
import { documentTables, objectKey } from '../facts/base.ts';
import { existing, faulty, problems, references } from '../facts/problems.ts';
import { called, homeOf } from '../kinds/all.ts';
import { type Kind, kinds } from '../kinds/names.ts';

function existsOf<K extends Kind>(kind: K): Unit {
  return unit({
    name: `${kind}/exists`,
    over: documentTables[kind] as Table<Documents[K]>,
    reads: [],
    writes: [existing],
    emit: ({ name }, _, out) => out.put(existing, { kind, name }),
  });
}

function referencesOf<K extends Kind>(kind: K): Unit {
  const home = homeOf<Documents[K]>(kind);
  return unit({
    name: `${kind}/references`,
    over: documentTables[kind] as Table<Documents[K]>,
    reads: [existing],
    writes: [references, problems],
    emit: (document, facts, out) => {
      for (const { pointer, ...to } of home.references(document)) {
        const from = { kind, name: document.name, pointer };
        out.put(references, { from, to });
        if (facts.get(existing, objectKey(to.kind, to.name))) continue;
        out.put(problems, { ...from, why: 'missing', about: 'reference', detail: `there is no ${called(to)}` });
      }
    },
  });
}

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

export const referenceUnits: readonly Unit[] = [
  ...kinds.map(kind => existsOf(kind)),
  ...kinds.map(kind => referencesOf(kind)),
  faults,
];
