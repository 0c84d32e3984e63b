// Buckets and properties of groups, the same in OFPT_GROUP_MOD and OFPMP_GROUP_DESC (OpenFlow 1.5.1 section 7.3.4.3);
// the selection method is Netronome's property, as OVS has it (OVS include/openflow/netronome-ext.h).

import { OpenFlowDecodeError } from '../errors.ts';
import type { Bucket, GroupEntry, GroupSelection } from '../flow/group.ts';
import type { Reader } from '../wire/reader.ts';
import type { Writer } from '../wire/writer.ts';
import { decodeActions, encodeActions } from './actions/actions.ts';
import { readProperties, writeProperty } from './properties.ts';

/** By OFPGT_* number. */
export const groupTypes = [
  'all',
  'select',
  'indirect',
  'fast_failover',
] as const satisfies readonly GroupEntry['type'][];

const bucketProperty = { weight: 0, watchPort: 1, watchGroup: 2 };
const experimenterProperty = 0xffff;
const netronomeVendor = 0x0000154d;
const selectionMethod = 1;
const methodLength = 16;

export function groupType(number: number): GroupEntry['type'] {
  const type = groupTypes[number];
  if (!type) throw new OpenFlowDecodeError('OF_BAD_VALUE', `group type ${number}`);
  return type;
}

export function encodeBuckets(writer: Writer, entry: GroupEntry): void {
  for (const [index, bucket] of entry.buckets.entries()) {
    const { weight, watchPort, watchGroup } = bucket;
    const start = writer.length;
    writer.u16(0);
    writer.u16(0);
    writer.u32(bucket.id ?? index);
    encodeActions(writer, bucket.actions);
    writer.patchLength(start + 2, start + 8, 'the actions of a bucket');
    const shown = weight ?? (entry.type === 'select' ? 1 : undefined);
    if (shown !== undefined) writeProperty(writer, bucketProperty.weight, w => w.u32(shown * 0x10000));
    if (watchPort !== undefined) writeProperty(writer, bucketProperty.watchPort, w => w.u32(watchPort));
    if (watchGroup !== undefined) writeProperty(writer, bucketProperty.watchGroup, w => w.u32(watchGroup));
    writer.patchLength(start, start, 'a bucket');
  }
}

export function decodeBuckets(reader: Reader): readonly Bucket[] {
  const buckets: Bucket[] = [];
  while (reader.remaining > 0) {
    const length = reader.peekU16(0);
    if (length < 8) throw new OpenFlowDecodeError('OF_BAD_LENGTH', `bucket of ${length} bytes`);
    buckets.push(decodeBucket(reader.sub(length)));
  }
  return buckets;
}

function decodeBucket(reader: Reader): Bucket {
  reader.skip(2);
  const actionsLength = reader.u16();
  const id = reader.u32();
  let bucket: Bucket = { id, actions: decodeActions(reader.sub(actionsLength)) };
  for (const { type, value } of readProperties(reader)) {
    if (type === bucketProperty.weight) bucket = { ...bucket, weight: value.u16() };
    else if (type === bucketProperty.watchPort) bucket = { ...bucket, watchPort: value.u32() };
    else if (type === bucketProperty.watchGroup) bucket = { ...bucket, watchGroup: value.u32() };
  }
  return bucket;
}

export function encodeSelection(writer: Writer, selection: GroupSelection): void {
  writeProperty(writer, experimenterProperty, w => {
    w.u32(netronomeVendor);
    w.u32(selectionMethod);
    w.zeros(4);
    w.text(selection.method, methodLength);
    w.u64(selection.parameter);
    if (selection.fields) w.raw(selection.fields);
  });
}

/** The selection method among a group's properties; others are dropped. */
export function decodeSelection(reader: Reader): GroupSelection | undefined {
  let found: GroupSelection | undefined;
  for (const { type, value } of readProperties(reader)) {
    if (type !== experimenterProperty || value.u32() !== netronomeVendor || value.u32() !== selectionMethod) continue;
    value.pad(4);
    const method = value.text(methodLength);
    const parameter = value.u64();
    const fields = value.rest();
    found = { method, parameter, ...(fields.length > 0 && { fields }) };
  }
  return found;
}
