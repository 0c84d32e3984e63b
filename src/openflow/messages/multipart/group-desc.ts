// OFPMP_GROUP_DESC (OpenFlow 1.5.1 section 7.3.5; OVS lib/ofp-group.c).

import { takeEntry } from '../../codec/entry.ts';
import { OpenFlowEncodeError } from '../../errors.ts';
import { decodeBuckets, encodeBuckets } from '../../flow/bucket.ts';
import {
  decodeGroupHead,
  decodeGroupProperties,
  encodeGroupHead,
  encodeGroupProperties,
  formatGroup,
  type GroupEntry,
} from '../../flow/group.ts';
import { openflow15 } from '../../wire/version.ts';
import { decodeGroupNumber, encodeGroupNumber, groupFilterText } from './shared/group-filter.ts';
import type { MultipartDefinition } from './shared/multipart-definition.ts';

export interface GroupDescRequest {
  readonly type: 'group_desc';
  /** Absent: all groups. OpenFlow 1.3 and 1.4 always ask for all. */
  readonly group?: number;
}

const descLength = 8;

const desc15Length = 16;

export const groupDesc: MultipartDefinition<GroupDescRequest, GroupEntry> = {
  type: 'group_desc',
  places: [{ type: 7 }],
  encodeRequest(request, writer) {
    if (writer.version >= openflow15) {
      encodeGroupNumber(writer, request.group);
    } else if (request.group !== undefined) {
      throw new OpenFlowEncodeError('OF_BAD_VERSION', 'before OpenFlow 1.5, descriptions are of all groups');
    }
  },
  decodeRequest: reader => ({
    type: 'group_desc',
    ...(reader.version >= openflow15 && decodeGroupNumber(reader)),
  }),
  encodeEntry(entry, writer) {
    const start = writer.length;
    writer.u16(0);
    encodeGroupHead(writer, entry);
    if (writer.version >= openflow15) {
      writer.u16(0);
      writer.zeros(6);
    }
    encodeBuckets(writer, entry);
    if (writer.version >= openflow15) {
      writer.patchLength(start + descLength, start + desc15Length, 'the buckets of a group');
    }
    encodeGroupProperties(writer, entry);
    writer.patchLength(start, start, 'a group');
  },
  decodeEntry(outer) {
    const of15 = outer.version >= openflow15;
    const reader = takeEntry(outer, of15 ? desc15Length : descLength, 'group');
    reader.skip(2);
    const head = decodeGroupHead(reader);
    if (!of15) return { ...head, buckets: decodeBuckets(reader, head.type) };
    const bucketsLength = reader.u16();
    reader.pad(6);
    const buckets = decodeBuckets(reader.sub(bucketsLength), head.type);
    return { ...head, buckets, ...decodeGroupProperties(reader) };
  },
  name: 'OFPST_GROUP_DESC',
  printRequest: ({ group }) => groupFilterText(group),
  printReply: (groups, _version, options) => groups.map(group => `\n ${formatGroup(group, options)}`).join(''),
};
