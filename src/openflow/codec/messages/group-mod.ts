// OFPT_GROUP_MOD (OpenFlow 1.5.1 section 7.3.4.3; 1.3.5 section 7.3.4.2).

import { OpenFlowDecodeError, OpenFlowEncodeError } from '../../errors.ts';
import type { GroupEntry } from '../../flow/group.ts';
import { openflow15 } from '../../wire/version.ts';
import {
  decodeBuckets,
  decodeGroupHead,
  decodeGroupProperties,
  encodeBuckets,
  encodeGroupHead,
  encodeGroupProperties,
} from '../groups.ts';
import type { MessageCodec } from '../message-codec.ts';

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

const allBuckets = 0xffffffff;

function commandOf(number: number): GroupCommand {
  for (const [name, value] of Object.entries(commands)) if (value === number) return name as GroupCommand;
  throw new OpenFlowDecodeError('OF_BAD_VALUE', `group mod command ${number}`);
}

export const groupMod: MessageCodec<GroupMod> = {
  encodeBody({ command, group, bucketId, withBuckets }, writer) {
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
    writer.u32(bucketId ?? allBuckets);
    const start = writer.length;
    if (whole) encodeBuckets(writer, group);
    writer.patchLength(lengthAt, start, 'the buckets of a group');
    if (whole) encodeGroupProperties(writer, group);
  },
  decodeBody(reader) {
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
      ...(bucketId !== allBuckets && { bucketId }),
      ...(withBuckets && { withBuckets }),
    };
  },
};
