// Everything between documents and resolved objects, in the order in which of two units that make one row the first counts.

import type { Unit } from '../engine/unit.ts';
import { kindUnits } from '../kinds/all.ts';
import { claimLosers } from './claims.ts';
import { insideUnits } from './inside.ts';
import { nodeUnits } from './nodes.ts';
import { referenceUnits } from './references.ts';
import { poolsElsewhere, subnetLosers } from './subnets.ts';

export const ruleUnits: readonly Unit[] = [
  ...nodeUnits,
  ...referenceUnits,
  ...kindUnits,
  subnetLosers,
  claimLosers,
  poolsElsewhere,
  ...insideUnits,
];
