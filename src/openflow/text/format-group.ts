// A group as one line of `ovs-ofctl dump-groups`, without the leading space (OVS lib/ofp-group.c).

import { formatActions } from '../actions/list/print.ts';
import { readOxms } from '../codec/match.ts';
import { OpenFlowDecodeError } from '../errors.ts';
import { fieldOf } from '../flow/fields.ts';
import { type Bucket, bucketNumber, type GroupEntry, type GroupSelection } from '../flow/group.ts';
import { group as groupNumber, port as portNumber } from '../flow/ports.ts';
import { Reader } from '../wire/reader.ts';
import { formatFieldValue } from './format-value.ts';
import { type FormatOptions, formatPort } from './names.ts';
import { unknownOxms, unknownProperties } from './unknown.ts';

const bucketNames: ReadonlyMap<number, string> = new Map(
  Object.entries(bucketNumber).map(([name, number]) => [number, name]),
);

/** A bucket's number, or `first`, `last`, `all`. */
export function bucketIdText(id: number): string {
  return bucketNames.get(id) ?? String(id);
}

/** `ALL`, `ANY` or a number. */
export function groupIdText(group: number): string {
  if (group === groupNumber.all) return 'ALL';
  return group === groupNumber.any ? 'ANY' : String(group);
}

function hashedFields(fields: Uint8Array): readonly string[] {
  try {
    // What stands where a match has its value is here the mask of the bits that count.
    const { match, unknownMatch } = readOxms(new Reader(fields));
    const ordered = [...match].sort((a, b) => fieldOf(a.field).order - fieldOf(b.field).order);
    const known = ordered.map(({ field: name, value }) => {
      const field = fieldOf(name);
      return BigInt(value) === field.allOnes ? name : `${name}=${formatFieldValue(field, value, undefined, {})}`;
    });
    return [...known, ...unknownOxms(unknownMatch)];
  } catch (error) {
    if (error instanceof OpenFlowDecodeError) return [];
    throw error;
  }
}

function selectionText({ method, parameter, fields }: GroupSelection): readonly string[] {
  if (method === '') return [];
  const names = fields ? hashedFields(fields) : [];
  return [
    `selection_method=${method}`,
    ...(parameter === 0n ? [] : [`selection_method_param=${parameter}`]),
    ...(names.length === 1 ? [`fields=${names[0]}`] : []),
    ...(names.length > 1 ? [`fields(${names.join(',')})`] : []),
  ];
}

function bucketText(bucket: Bucket, type: GroupEntry['type'], options: FormatOptions): string {
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

/**
 * The group, as `dump-groups` prints it and `add-group` takes it. Numbers of buckets show where there are some: in
 * OpenFlow 1.5.
 * @param options `type: false` leaves the type out, as commands about single buckets do
 */
export function formatGroup(group: GroupEntry, options: FormatOptions & { readonly type?: false } = {}): string {
  const type = typeof group.type === 'number' ? 'unknown' : group.type === 'fast_failover' ? 'ff' : group.type;
  return [
    `group_id=${group.group}`,
    ...(options.type === false ? [] : [`type=${type}`]),
    ...(group.selection ? selectionText(group.selection) : []),
    ...unknownProperties(group.propertyOrder),
    ...group.buckets.map(bucket => bucketText(bucket, group.type, options)),
  ].join(',');
}
