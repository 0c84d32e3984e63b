// A bucket of a group: what it is, in bytes (the same in OFPT_GROUP_MOD and OFPMP_GROUP_DESC: OpenFlow 1.5.1 section 7.3.4.3;
// 1.3.5 section 7.3.4.2 has the same things in fixed fields), and in text (OVS lib/ofp-group.c).

import type { Action } from '../actions/all.ts';
import { decodeActions, encodeActions } from '../actions/list/codec.ts';
import { parseAction, parseList } from '../actions/list/parse.ts';
import { formatActions } from '../actions/list/print.ts';
import type { ActionContext } from '../actions/shared/action-context.ts';
import { takeEntry } from '../codec/entry.ts';
import { type PropertyTable, readNamed, readShort, short, writeNamed, writeShort } from '../codec/property-order.ts';
import { type FormatOptions, formatPort } from '../text/names.ts';
import { cut, type Pair, type Piece, pairs, unexpected } from '../text/parse/cursor.ts';
import { parseInteger, parsePort, parseWithin } from '../text/parse/parse-number.ts';
import { unknownProperties } from '../text/unknown.ts';
import type { Reader } from '../wire/reader.ts';
import { openflow15 } from '../wire/version.ts';
import type { Writer } from '../wire/writer.ts';
import type { GroupEntry } from './group.ts';
import { group as groupNumber, port as portNumber } from './ports.ts';
import type { PropertyOrder } from './property.ts';

/** OFPG_BUCKET_*: not one bucket, but the first, the last or all. */
export const bucketNumber = { first: 0xfffffffd, last: 0xfffffffe, all: 0xffffffff } as const;

/** One of the ways a group can go (OpenFlow 1.5.1 section 7.3.4.3). */
export interface Bucket {
  /** 0 to 0xffffff00; absent: the lowest that no other bucket has. OpenFlow 1.3 and 1.4 have none. */
  readonly id?: number;
  /** Select groups; 0 to 65535. */
  readonly weight?: number;
  /** Fast failover groups. */
  readonly watchPort?: number;
  readonly watchGroup?: number;
  readonly actions: readonly Action[];
  /** Exactly which properties a decoded bucket has; absent: those with a value, and the weight in a select group. */
  readonly propertyOrder?: PropertyOrder<'weight' | 'watchPort' | 'watchGroup'>;
}

type GroupType = GroupEntry['type'];

const fixedBucketLength = 16;
const bucketLength = 8;

type BucketProperty = 'weight' | 'watchPort' | 'watchGroup';

/** Weights are for select groups, whose buckets always have one. */
const defaultWeight = (type: GroupType): number => (type === 'select' ? 1 : 0);

function bucketProperties(type: GroupType): PropertyTable<Bucket, BucketProperty> {
  return {
    weight: {
      type: 0,
      ...short,
      isIn: bucket => type === 'select' || bucket.weight !== undefined,
      write: (bucket, writer) => writeShort(writer, bucket.weight ?? defaultWeight(type)),
      read: value => ({ weight: readShort(value) }),
    },
    watchPort: {
      type: 1,
      bytes: 4,
      isIn: bucket => bucket.watchPort !== undefined,
      write: (bucket, writer) => writer.u32(bucket.watchPort ?? portNumber.any),
      read: value => ({ watchPort: value.u32() }),
    },
    watchGroup: {
      type: 2,
      bytes: 4,
      isIn: bucket => bucket.watchGroup !== undefined,
      write: (bucket, writer) => writer.u32(bucket.watchGroup ?? groupNumber.any),
      read: value => ({ watchGroup: value.u32() }),
    },
  };
}

const ofSelect = bucketProperties('select');
const ofOthers = bucketProperties('all');

export function encodeBuckets(writer: Writer, entry: GroupEntry): void {
  const encodeBucket = writer.version >= openflow15 ? encodeBucket15 : encodeFixedBucket;
  const ids = freeIds(entry.buckets);
  for (const bucket of entry.buckets) {
    const start = writer.length;
    encodeBucket(writer, bucket, entry.type, ids);
    writer.patchLength(start, start, 'a bucket');
  }
}

/** Ids for buckets that have none: from 0 up, without those that others have. */
function* freeIds(buckets: readonly Bucket[]): Generator<number, never, void> {
  const taken = new Set(buckets.map(({ id }) => id));
  for (let id = 0; ; id++) if (!taken.has(id)) yield id;
}

function encodeBucket15(writer: Writer, bucket: Bucket, type: GroupType, ids: Iterator<number, never, void>): void {
  const start = writer.length;
  writer.u16(0);
  writer.u16(0);
  writer.u32(bucket.id ?? ids.next().value);
  encodeActions(writer, bucket.actions);
  writer.patchLength(start + 2, start + bucketLength, 'the actions of a bucket');
  writeNamed(writer, type === 'select' ? ofSelect : ofOthers, bucket, bucket.propertyOrder);
}

function encodeFixedBucket(writer: Writer, bucket: Bucket, type: GroupType): void {
  writer.u16(0);
  writer.u16(bucket.weight ?? defaultWeight(type));
  writer.u32(bucket.watchPort ?? portNumber.any);
  writer.u32(bucket.watchGroup ?? groupNumber.any);
  writer.zeros(4);
  encodeActions(writer, bucket.actions);
}

/** Reads the buckets of a group of that type to the end of the reader. */
export function decodeBuckets(reader: Reader, type: GroupType): readonly Bucket[] {
  const of15 = reader.version >= openflow15;
  const buckets: Bucket[] = [];
  while (reader.remaining > 0) {
    const bucket = takeEntry(reader, of15 ? bucketLength : fixedBucketLength, 'bucket');
    buckets.push(of15 ? decodeBucket15(bucket, type) : decodeFixedBucket(bucket, type));
  }
  return buckets;
}

function decodeBucket15(reader: Reader, type: GroupType): Bucket {
  reader.skip(2);
  const actionsLength = reader.u16();
  const id = reader.u32();
  const bucket: Bucket = { id, actions: decodeActions(reader.sub(actionsLength)) };
  const propertyOrder = readNamed(reader, type === 'select' ? ofSelect : ofOthers, bucket);
  return propertyOrder ? { ...bucket, propertyOrder } : bucket;
}

function decodeFixedBucket(reader: Reader, type: GroupType): Bucket {
  reader.skip(2);
  const weight = reader.u16();
  const watchPort = reader.u32();
  const watchGroup = reader.u32();
  reader.pad(4);
  return {
    ...((type === 'select' || weight !== 0) && { weight }),
    ...(watchPort !== portNumber.any && { watchPort }),
    ...(watchGroup !== groupNumber.any && { watchGroup }),
    actions: decodeActions(reader),
  };
}

const bucketNames: ReadonlyMap<number, string> = new Map(
  Object.entries(bucketNumber).map(([name, number]) => [number, name]),
);

/** A bucket's number, or `first`, `last`, `all`. */
export function bucketIdText(id: number): string {
  return bucketNames.get(id) ?? String(id);
}

export function bucketText(bucket: Bucket, type: GroupType, options: FormatOptions): string {
  const usual = type === 'select' ? 1 : 0;
  const { id, weight = usual, watchPort = portNumber.any, watchGroup = groupNumber.any } = bucket;
  const parts = [
    ...(id === undefined ? [] : [`bucket_id:${bucketIdText(id)}`]),
    ...(weight === usual ? [] : [`weight:${weight}`]),
    ...(watchPort === portNumber.any ? [] : [`watch_port:${formatPort(watchPort, options)}`]),
    ...(watchGroup === groupNumber.any ? [] : [`watch_group:${watchGroup}`]),
    ...unknownProperties(bucket.propertyOrder),
    `actions=${formatActions(bucket.actions, options)}`,
  ];
  return `bucket=${parts.join(',')}`;
}

const mostBucketId = 0xffffff00;

/** @throws OpenFlowTextError */
export function parseBucketId(text: Piece): number {
  return parseWithin(text, 0, mostBucketId, 'the id of a bucket');
}

function isWatchable(port: number): boolean {
  return port < 0xff00 || port === portNumber.any || port === portNumber.controller;
}

function parseBucketSetting({ key, value }: Pair, context: ActionContext): Partial<Bucket> | undefined {
  switch (key.text.toLowerCase()) {
    case 'weight':
      return { weight: parseInteger(value, 16, 'a weight') };
    case 'watch_port': {
      const watchPort = parsePort(value, context);
      if (!isWatchable(watchPort)) throw unexpected(value, 'a port that can be watched');
      return { watchPort };
    }
    case 'watch_group':
      return { watchGroup: parseWithin(value, 0, groupNumber.max, 'a group') };
    case 'bucket_id':
      return { id: parseBucketId(value) };
    default:
      return undefined;
  }
}

/** What one pair of a bucket says of its actions: `actions=` starts them, the rest of them are pairs of their own. */
function parseBucketActions(pair: Pair, context: ActionContext): readonly Action[] {
  const { key, value, delimiter } = pair;
  if (/^actions?$/i.test(key.text) && delimiter === '=') return parseList(value, context);
  return parseAction(pair, context);
}

/** @param isAlone it comes without its group, of which `type` then says nothing. @throws OpenFlowTextError */
export function parseBucket(text: Piece, type: GroupType, isAlone: boolean, context: ActionContext): Bucket {
  let settings: Partial<Bucket> = {};
  const actions: Action[] = [];
  let any = false;
  for (const pair of pairs(text)) {
    const setting = parseBucketSetting(pair, context);
    if (setting) {
      settings = { ...settings, ...setting };
      continue;
    }
    any = true;
    actions.push(...parseBucketActions(pair, context));
  }
  if (!any) throw unexpected(cut(text, text.text.length), 'actions=');
  const watches = settings.watchPort !== undefined || settings.watchGroup !== undefined;
  if (type === 'fast_failover' && !watches) throw unexpected(text, 'watch_port or watch_group');
  if (settings.weight && type !== 'select' && !isAlone) {
    throw unexpected(text, 'no weight: only select groups have them');
  }
  return { ...settings, actions };
}
