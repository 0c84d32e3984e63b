// Buckets and properties of groups, the same in OFPT_GROUP_MOD and OFPMP_GROUP_DESC (OpenFlow 1.5.1 section 7.3.4.3;
// 1.3.5 section 7.3.4.2 has the same things in fixed fields); the selection method is Netronome's property, as OVS has
// it (OVS include/openflow/netronome-ext.h).

import { decodeActions, encodeActions } from '../actions/list/codec.ts';
import { OpenFlowEncodeError } from '../errors.ts';
import { type Bucket, type GroupEntry, type GroupSelection, groupTypes } from '../flow/group.ts';
import { group as groupNumber, port as portNumber } from '../flow/ports.ts';
import type { Reader } from '../wire/reader.ts';
import { openflow15 } from '../wire/version.ts';
import type { Writer } from '../wire/writer.ts';
import { takeEntry } from './entry.ts';
import { nameOf, numberOf } from './named.ts';
import { type PropertyTable, readNamed, readShort, short, writeNamed, writeShort } from './property-order.ts';

type GroupType = GroupEntry['type'];

const experimenterProperty = 0xffff;
const netronomeVendor = 0x0000154d;
/** What Open vSwitch 2.4 wrote in its place. */
const vendorOf24 = 0x00001540;
const selectionMethod = 1;
const methodLength = 16;
const fixedBucketLength = 16;
const bucketLength = 8;

/** Type and number of a group. */
export function encodeGroupHead(writer: Writer, { type, group }: GroupEntry): void {
  writer.u8(numberOf(groupTypes, type));
  writer.zeros(1);
  writer.u32(group);
}

export function decodeGroupHead(reader: Reader): Pick<GroupEntry, 'group' | 'type'> {
  const type = nameOf(groupTypes, reader.u8());
  reader.pad(1);
  return { group: reader.u32(), type };
}

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

type GroupProperties = Pick<GroupEntry, 'selection'>;

const groupProperties: PropertyTable<GroupProperties, 'selection'> = {
  selection: {
    type: experimenterProperty,
    isIn: group => group.selection !== undefined,
    write({ selection }, writer) {
      if (selection) encodeSelection(writer, selection);
    },
    read: decodeSelection,
  },
};

function encodeSelection(writer: Writer, { method, parameter, fields, vendor }: GroupSelection): void {
  writer.u32(vendor ?? netronomeVendor);
  writer.u32(selectionMethod);
  writer.zeros(4);
  writer.text(method, methodLength);
  writer.u64(parameter);
  if (fields) writer.raw(fields);
}

function decodeSelection(value: Reader): GroupProperties | undefined {
  if (value.remaining < 12 + methodLength + 8) return undefined;
  const vendor = value.u32();
  if (![netronomeVendor, vendorOf24].includes(vendor) || value.u32() !== selectionMethod) return undefined;
  value.pad(4);
  const method = value.text(methodLength);
  // Not a name, and perhaps not even text: kept as bytes.
  if (!/^[!-~]*$/.test(method)) return undefined;
  const parameter = value.u64();
  const fields = value.rest();
  return {
    selection: {
      method,
      parameter,
      ...(fields.length > 0 && { fields }),
      ...(vendor !== netronomeVendor && { vendor }),
    },
  };
}

/** @throws OpenFlowEncodeError before OpenFlow 1.5, when there is a property */
export function encodeGroupProperties(writer: Writer, { selection, propertyOrder }: GroupEntry): void {
  if (writer.version < openflow15 && (selection || propertyOrder)) {
    throw new OpenFlowEncodeError('OF_BAD_VERSION', 'groups have no properties before OpenFlow 1.5');
  }
  writeNamed(writer, groupProperties, { ...(selection && { selection }) }, propertyOrder);
}

/** Reads to the end of the reader. */
export function decodeGroupProperties(reader: Reader): Pick<GroupEntry, 'selection' | 'propertyOrder'> {
  if (reader.remaining === 0) return {};
  const found: GroupProperties = {};
  const propertyOrder = readNamed(reader, groupProperties, found);
  return { ...found, ...(propertyOrder && { propertyOrder }) };
}
