// The program of a node: what it should do with packets, as a function of facts.

import { Program } from './engine/program.ts';
import { baseTables } from './facts/base.ts';
import { tenants } from './facts/objects.ts';
import { flows, groups, meters, translations } from './facts/outcome.ts';
import { problems, references, warnings } from './facts/problems.ts';
import { features } from './features/all.ts';
import { answered } from './features/answer/answered.ts';
import { ruleUnits } from './rules/all.ts';

export function policyProgram(): Program {
  return new Program({
    base: baseTables,
    units: [...ruleUnits, ...features],
    watched: [
      ...[flows.integration, flows.physical, groups, meters, translations],
      ...[problems, references, warnings, tenants, answered],
    ],
  });
}
