// Every feature's units, in the order in which of two that make one row the first counts: facts for others first, then
// flows in the order of the pipeline.

import type { Unit } from '../engine/unit.ts';
import { findMovingLegs } from './fence/moving-legs.ts';
import { chunkUse } from './nat/chunk.ts';
import { connectionState } from './nat/connection-state.ts';
import { sourceNat } from './nat/source-nat.ts';
import { translatedSources, zoneTranslations } from './nat/translations.ts';
import { untracked } from './nat/untracked.ts';
import { findPeers } from './overlay/peers-there.ts';
import { connectedRoutes } from './route/connected.ts';
import { reachesOwn, reachesPooled, reachesRouted } from './route/reaches.ts';
import { staticRoutes } from './route/static.ts';
import { undeliverable } from './route/undeliverable.ts';
import { findPortsHere } from './wire/ports-here.ts';

export const features: readonly Unit[] = [
  findPortsHere,
  findMovingLegs,
  findPeers,
  reachesOwn,
  reachesRouted,
  reachesPooled,
  translatedSources,
  zoneTranslations,
  chunkUse,
  connectionState,
  undeliverable,
  connectedRoutes,
  staticRoutes,
  untracked,
  sourceNat,
];
