// OFPT_GROUP_MOD (OpenFlow 1.5.1 section 7.3.4.3).

import { OpenFlowDecodeError } from '../../errors.ts';
import type { GroupEntry } from '../../flow/group.ts';
import { decodeBuckets, decodeSelection, encodeBuckets, encodeSelection, groupType, groupTypes } from '../groups.ts';
import type { MessageCodec } from '../message-codec.ts';

export type GroupCommand = keyof typeof commands;

export interface GroupMod {
  readonly kind: 'group_mod';
  readonly command: GroupCommand;
  /** For `delete`, 0xfffffffc deletes all groups; buckets and selection are not sent. */
  readonly group: GroupEntry;
  /** For insert and remove: a bucket's number, 0xfffffffd first, 0xfffffffe last, 0xffffffff all. */
  readonly bucketId?: number;
}

/** OFPGC_*; `add_or_modify` is OVS's own. */
const commands = { add: 0, modify: 1, delete: 2, insert_bucket: 3, remove_bucket: 5, add_or_modify: 0x8000 } as const;

const allBuckets = 0xffffffff;

function commandOf(number: number): GroupCommand {
  for (const [name, value] of Object.entries(commands)) if (value === number) return name as GroupCommand;
  throw new OpenFlowDecodeError('OF_BAD_VALUE', `group mod command ${number}`);
}

export const groupMod: MessageCodec<GroupMod> = {
  encodeBody({ command, group, bucketId }, writer) {
    writer.u16(commands[command]);
    writer.u8(groupTypes.indexOf(group.type));
    writer.zeros(1);
    writer.u32(group.group);
    const lengthAt = writer.length;
    writer.u16(0);
    writer.zeros(2);
    writer.u32(bucketId ?? allBuckets);
    const start = writer.length;
    // OVS refuses a delete that says more than which group.
    if (command !== 'delete') encodeBuckets(writer, group);
    writer.patchLength(lengthAt, start, 'the buckets of a group');
    if (group.selection && command !== 'delete') encodeSelection(writer, group.selection);
  },
  decodeBody(reader) {
    const command = commandOf(reader.u16());
    const type = groupType(reader.u8());
    reader.pad(1);
    const number = reader.u32();
    const length = reader.u16();
    reader.pad(2);
    const bucketId = reader.u32();
    const buckets = decodeBuckets(reader.sub(length));
    const selection = decodeSelection(reader);
    return {
      kind: 'group_mod',
      command,
      group: { group: number, type, buckets, ...(selection && { selection }) },
      ...(bucketId !== allBuckets && { bucketId }),
    };
  },
};
