// The list of multipart types. To add one: its file, and its line here.

import { aggregateStats } from './aggregate-stats.ts';
import { bundleFeatures } from './bundle-features.ts';
import { controllerStatus } from './controller-status.ts';
import { desc } from './desc.ts';
import { flowDesc } from './flow-desc.ts';
import { flowMonitor } from './flow-monitor.ts';
import { flowStats } from './flow-stats.ts';
import { groupDesc } from './group-desc.ts';
import { groupFeatures } from './group-features.ts';
import { groupStats } from './group-stats.ts';
import { meterDesc } from './meter-desc.ts';
import { meterFeatures } from './meter-features.ts';
import { meterStats } from './meter-stats.ts';
import { nxFlowMonitor } from './nx-flow-monitor.ts';
import { portDesc } from './port-desc.ts';
import { portStats } from './port-stats.ts';
import { queueDesc } from './queue-desc.ts';
import { queueStats } from './queue-stats.ts';
import type { MultipartDefinition } from './shared/multipart-definition.ts';
import { tableDesc } from './table-desc.ts';
import { tableFeatures } from './table-features.ts';
import { tableStats } from './table-stats.ts';

export const multipartDefinitions = [
  desc,
  flowDesc,
  flowStats,
  aggregateStats,
  tableStats,
  groupStats,
  groupDesc,
  groupFeatures,
  meterStats,
  meterDesc,
  meterFeatures,
  flowMonitor,
  nxFlowMonitor,
  bundleFeatures,
  controllerStatus,
  portDesc,
  portStats,
  queueStats,
  queueDesc,
  tableDesc,
  tableFeatures,
] as const;

type Definition = (typeof multipartDefinitions)[number];

/** The multipart types that have a file in this folder. */
export type MultipartType = Definition['type'];

type RequestOf<D> = D extends MultipartDefinition<infer Request, infer _> ? Request : never;
type EntryOf<D> = D extends MultipartDefinition<infer _, infer Entry> ? Entry : never;

/** What one entry of a reply of type T is. */
export type MultipartEntry<T extends MultipartType> = EntryOf<Extract<Definition, { readonly type: T }>>;

/** A type that is not in the table. */
export interface UnknownMultipart {
  readonly type: 'unknown';
  /** OFPMP_*; 0xffff for an experimenter's, whose vendor and subtype start `data`. */
  readonly number: number;
  readonly data: Uint8Array;
}

/** What a multipart request asks for (OpenFlow 1.5.1 section 7.3.5). */
export type MultipartRequestBody = RequestOf<Definition> | UnknownMultipart;

/** What one part of a multipart reply holds: entries of one type (OpenFlow 1.5.1 section 7.3.5). */
export type MultipartReplyBody =
  | { [T in MultipartType]: { readonly type: T; readonly entries: readonly MultipartEntry<T>[] } }[MultipartType]
  | UnknownMultipart;
