// The program of a node: what it should do with packets, as a function of facts.

import { Program } from './engine/program.ts';
import type { Unit } from './engine/unit.ts';
import { baseTables } from './facts/base.ts';
import { tenants } from './facts/objects.ts';
import { flows, groups, meters, translations } from './facts/outcome.ts';
import { problems, references, warnings } from './facts/problems.ts';
import { features } from './features/all.ts';
import { answered } from './features/answer/answered.ts';
import { ruleUnits } from './rules/all.ts';

/** In the order in which of two that make one row the first counts. */
export const policyUnits: readonly Unit[] = [...ruleUnits, ...features];

export function policyProgram(): Program {
  return new Program({
    base: baseTables,
    units: policyUnits,
    watched: [
      ...[flows.integration, flows.physical, groups, meters, translations],
      ...[problems, references, warnings, tenants, answered],
    ],
  });
}
