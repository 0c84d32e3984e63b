// Every feature's units, in the order in which of two that make one row the first counts: facts for others first, then
// flows in the order of the pipeline.

import type { Unit } from '../engine/unit.ts';
import { findMovingLegs } from './fence/moving-legs.ts';
import { sourceNat } from './nat/source-nat.ts';
import { findPortsHere } from './wire/ports-here.ts';

export const features: readonly Unit[] = [findPortsHere, findMovingLegs, sourceNat];
