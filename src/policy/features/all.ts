// Every feature's units, in the order in which of two that make one row the first counts.

import type { Unit } from '../engine/unit.ts';
import { sourceNat } from './nat/source-nat.ts';

export const features: readonly Unit[] = [sourceNat];
