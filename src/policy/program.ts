// The program of a node: what it should do with packets, as a function of facts.

import { Program } from './engine/program.ts';
import { baseTables } from './facts/base.ts';
import { objectTables } from './facts/objects.ts';
import { flows, groups, meters, translations } from './facts/outcome.ts';
import { features } from './features/all.ts';

export function policyProgram(): Program {
  return new Program({
    // Objects are resolved outside until kinds are units too.
    base: [...baseTables, ...objectTables],
    units: features,
    watched: [flows.integration, flows.physical, groups, meters, translations],
  });
}
