// OFPT_GROUP_MOD (OpenFlow 1.5.1 section 7.3.4.3; 1.3.5 section 7.3.4.2), and its text as `ovs-ofctl add-group`, `mod-group`,
// `insert-buckets` and `del-groups` take it (OVS lib/ofp-group.c, parse_ofp_group_mod_str__()).

import type { ParseOptions } from '../actions/list/parse.ts';
import type { ActionContext } from '../actions/shared/action-context.ts';
import { OpenFlowDecodeError, OpenFlowEncodeError } from '../errors.ts';
import {
  bucketIdText,
  bucketNumber,
  decodeBuckets,
  encodeBuckets,
  parseBucket,
  parseBucketId,
} from '../flow/bucket.ts';
import {
  decodeGroupHead,
  decodeGroupProperties,
  encodeGroupHead,
  encodeGroupProperties,
  formatGroup,
  type GroupEntry,
  type GroupSelection,
  groupTypes,
  parseHashedFields,
} from '../flow/group.ts';
import { group as groups } from '../flow/ports.ts';
import { cut, named, type Pair, type Piece, pairs, piece, trim, unexpected } from '../text/parse/cursor.ts';
import { parseUnsigned, parseWithin } from '../text/parse/parse-number.ts';
import { openflow15, versions } from '../wire/version.ts';
import type { MessageDefinition } from './shared/message-definition.ts';

/** What a group mod does (OFPGC_*). */
export type GroupCommand = keyof typeof commands;

/** Adds, modifies or deletes a group or some of its buckets (OpenFlow 1.5.1 section 7.3.4.3). */
export interface GroupMod {
  readonly kind: 'group_mod';
  readonly command: GroupCommand;
  /** For `delete`, 0xfffffffc deletes all groups; buckets and selection are not sent. */
  readonly group: GroupEntry;
  /**
   * For insert and remove, in OpenFlow 1.5: a bucket's number, 0xfffffffd first, 0xfffffffe last, 0xffffffff or absent
   * all.
   */
  readonly bucketId?: number;
  /** A delete that carries buckets or properties all the same: decoded so, and sent so. */
  readonly withBuckets?: true;
}

/** OFPGC_*; `add_or_modify` is OVS's own. */
const commands = { add: 0, modify: 1, delete: 2, insert_bucket: 3, remove_bucket: 5, add_or_modify: 0x8000 } as const;

function commandOf(number: number): GroupCommand {
  for (const [name, value] of Object.entries(commands)) if (value === number) return name as GroupCommand;
  throw new OpenFlowDecodeError('OF_BAD_VALUE', `group mod command ${number}`);
}

const commandTexts: Readonly<Record<GroupCommand, string>> = {
  add: 'ADD',
  modify: 'MOD',
  add_or_modify: 'ADD_OR_MOD',
  delete: 'DEL',
  insert_bucket: 'INSERT_BUCKET',
  remove_bucket: 'REMOVE_BUCKET',
};

export const groupMod: MessageDefinition<GroupMod> = {
  kind: 'group_mod',
  places: [{ type: 15 }],
  encode({ command, group, bucketId, withBuckets }, writer) {
    // OVS refuses a delete that says more than which group.
    const whole = command !== 'delete' || withBuckets;
    writer.u16(commands[command]);
    encodeGroupHead(writer, group);
    if (writer.version < openflow15) {
      if (bucketId !== undefined) {
        throw new OpenFlowEncodeError('OF_BAD_VERSION', 'buckets have no numbers before OpenFlow 1.5');
      }
      if (whole) encodeBuckets(writer, group);
      if (whole) encodeGroupProperties(writer, group);
      return;
    }
    const lengthAt = writer.length;
    writer.u16(0);
    writer.zeros(2);
    writer.u32(bucketId ?? bucketNumber.all);
    const start = writer.length;
    if (whole) encodeBuckets(writer, group);
    writer.patchLength(lengthAt, start, 'the buckets of a group');
    if (whole) encodeGroupProperties(writer, group);
  },
  decode(reader) {
    const command = commandOf(reader.u16());
    const head = decodeGroupHead(reader);
    if (reader.version < openflow15) {
      const buckets = decodeBuckets(reader, head.type);
      const withBuckets = command === 'delete' && buckets.length > 0;
      return {
        kind: 'group_mod',
        command,
        group: { ...head, buckets },
        ...(withBuckets && { withBuckets }),
      };
    }
    const length = reader.u16();
    reader.pad(2);
    const bucketId = reader.u32();
    const withBuckets = command === 'delete' && reader.remaining > 0;
    const buckets = decodeBuckets(reader.sub(length), head.type);
    return {
      kind: 'group_mod',
      command,
      group: { ...head, buckets, ...decodeGroupProperties(reader) },
      ...(bucketId !== bucketNumber.all && { bucketId }),
      ...(withBuckets && { withBuckets }),
    };
  },
  name: 'OFPT_GROUP_MOD',
  print({ command, group, bucketId = bucketNumber.all, version }, options) {
    const ofBucket = command === 'insert_bucket' || command === 'remove_bucket';
    const where = ofBucket && version >= openflow15 ? `command_bucket_id:${bucketIdText(bucketId)},` : '';
    const what = formatGroup(group, { ...options, ...(ofBucket && { type: false as const }) });
    return `\n ${commandTexts[command]} ${where}${what}`;
  },
};

/** The version and the command that a group is for. */
export interface ParseGroupOptions extends ParseOptions {
  /** `add` when absent. */
  readonly command?: GroupCommand;
}

function groupTypeOf(name: string): GroupEntry['type'] | undefined {
  return name === 'ff' ? 'fast_failover' : groupTypes.find(type => type === name);
}

const longestMethod = 15;

interface ParsedHead {
  readonly group?: number;
  readonly type?: GroupEntry['type'];
  readonly bucketId?: number;
  readonly method?: string;
  readonly parameter?: bigint;
  readonly fields?: Uint8Array;
}

function parseSetting(
  { key, value }: Pair,
  command: GroupCommand,
  context: ActionContext,
): Partial<ParsedHead> | undefined {
  const describes = command === 'add' || command === 'modify' || command === 'add_or_modify';
  switch (key.text) {
    case 'group_id':
      return { group: value.text === 'all' ? groups.all : parseWithin(value, 0, groups.max, 'a group, or all') };
    case 'command_bucket_id':
      if (command !== 'insert_bucket' && command !== 'remove_bucket') return undefined;
      return { bucketId: named<number>(bucketNumber, value.text) ?? parseBucketId(value) };
    case 'type': {
      const type = groupTypeOf(value.text);
      if (!type) throw unexpected(value, 'all, select, indirect, ff or fast_failover');
      return describes ? { type } : undefined;
    }
    case 'selection_method':
      if (value.text.length > longestMethod) throw unexpected(value, `a method of at most ${longestMethod} characters`);
      return describes ? { method: value.text } : undefined;
    case 'selection_method_param':
      return describes ? { parameter: parseUnsigned(value, 64) } : undefined;
    case 'fields':
      return describes ? { fields: parseHashedFields(value, context) } : undefined;
    default:
      return undefined;
  }
}

function parseHead(text: Piece, command: GroupCommand, context: ActionContext): ParsedHead {
  let head: ParsedHead = {};
  for (const pair of pairs(text)) {
    const setting = parseSetting(pair, command, context);
    if (!setting) throw unexpected(pair.key, `group_id, type, bucket=, or another setting of ${command}`);
    head = { ...head, ...setting };
  }
  if (head.fields && head.method !== 'hash') throw unexpected(text, 'selection_method=hash beside fields');
  if (head.parameter && !head.method) throw unexpected(text, 'selection_method beside selection_method_param');
  return head;
}

/** The text before the first bucket, and the buckets. */
function splitBuckets(whole: Piece): readonly [Piece, ...Piece[]] {
  const starts = [...whole.text.matchAll(/bucket=/g)].filter(({ index }) => !/[\w]/.test(whole.text[index - 1] ?? ''));
  const ends = [...starts.slice(1).map(({ index }) => index), whole.text.length];
  const buckets = starts.map(({ index, 0: found }, i) => cut(whole, index + found.length, ends[i]));
  return [cut(whole, 0, starts[0]?.index ?? whole.text.length), ...buckets];
}

function selectionOf({ method, parameter = 0n, fields }: ParsedHead): GroupSelection | undefined {
  if (!method) return undefined;
  return { method, parameter, ...(fields && fields.length > 0 && { fields }) };
}

/**
 * A group, as ovs-ofctl would send it.
 * @param text such as `group_id=1,type=select,bucket=weight:5,actions=output:1,bucket=actions=output:2`
 * @throws OpenFlowTextError with the column, what was found, and what could stand there
 */
export function parseGroup(text: string, options: ParseGroupOptions = {}): GroupMod {
  const { command = 'add', version = '1.5' } = options;
  const context: ActionContext = { ...options, version: versions[version], depth: 0 };
  const [front, ...buckets] = splitBuckets(trim(piece(text)));
  const head = parseHead(front, command, context);
  const number = head.group ?? (command === 'delete' && text.trim() === '' ? groups.all : undefined);
  if (number === undefined) throw unexpected(cut(front, front.text.length), 'group_id=');
  const describes = command === 'add' || command === 'modify' || command === 'add_or_modify';
  if (describes && head.type === undefined) throw unexpected(cut(front, front.text.length), 'type=');
  if (command === 'insert_bucket' && head.bucketId === undefined) {
    throw unexpected(cut(front, front.text.length), 'command_bucket_id=');
  }
  const type = head.type ?? 'all';
  const [first] = buckets;
  if (first && (command === 'delete' || command === 'remove_bucket')) throw unexpected(first, 'no bucket');
  if (type === 'indirect' && buckets[1]) throw unexpected(buckets[1], 'no second bucket in an indirect group');
  const selection = selectionOf(head);
  return {
    kind: 'group_mod',
    command,
    group: {
      group: number,
      type,
      buckets: buckets.map(bucket => parseBucket(bucket, type, command === 'insert_bucket', context)),
      ...(selection && { selection }),
    },
    ...(head.bucketId !== undefined && { bucketId: head.bucketId }),
  };
}
