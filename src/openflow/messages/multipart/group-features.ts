// OFPMP_GROUP_FEATURES (OpenFlow 1.5.1 section 7.3.5; OVS lib/ofp-group.c).

import { actionTypeNames } from '../../text/action-types.ts';
import { hex } from '../../text/format-value.ts';
import type { Reader } from '../../wire/reader.ts';
import type { Writer } from '../../wire/writer.ts';
import { type MultipartDefinition, noBody } from './shared/multipart-definition.ts';

export interface GroupFeaturesRequest {
  readonly type: 'group_features';
}

/** One of each for `all`, `select`, `indirect` and `fast_failover`. */
export type PerGroupType = readonly [number, number, number, number];

/** What groups a switch can have (OpenFlow 1.5.1 section 7.3.5). */
export interface GroupFeatures {
  /** Bits by OFPGT_* number: which types there are. */
  readonly types: number;
  /** Bits of ofp_group_capabilities. */
  readonly capabilities: number;
  readonly maxGroups: PerGroupType;
  /** Bits by OFPAT_* number. */
  readonly actions: PerGroupType;
}

function writeFour(writer: Writer, values: PerGroupType): void {
  for (const value of values) writer.u32(value);
}

function readFour(reader: Reader): PerGroupType {
  return [reader.u32(), reader.u32(), reader.u32(), reader.u32()];
}

const typeNames = ['all', 'select', 'indirect', 'fast failover'];

function actionsText(bits: number): string {
  const names = actionTypeNames.filter(([bit]) => (bits >>> bit) & 1).map(([, name]) => name);
  return names.length === 0 ? '<none>' : names.join(' ');
}

function featuresText({ types, capabilities, maxGroups, actions }: GroupFeatures): string {
  return [
    '\n Group table:',
    `    Types:  0x${types.toString(16)}`,
    `    Capabilities:  0x${capabilities.toString(16)}`,
    ...typeNames.flatMap((name, type) =>
      (types >>> type) & 1
        ? [
            `    ${name} group:`,
            `       max_groups=${hex(maxGroups[type] ?? 0)}`,
            `       actions: ${actionsText(actions[type] ?? 0)}`,
          ]
        : [],
    ),
  ].join('\n');
}

export const groupFeatures: MultipartDefinition<GroupFeaturesRequest, GroupFeatures> = {
  type: 'group_features',
  places: [{ type: 8 }],
  ...noBody,
  decodeRequest: () => ({ type: 'group_features' }),
  encodeEntry(entry, writer) {
    writer.u32(entry.types);
    writer.u32(entry.capabilities);
    writeFour(writer, entry.maxGroups);
    writeFour(writer, entry.actions);
  },
  decodeEntry: reader => ({
    types: reader.u32(),
    capabilities: reader.u32(),
    maxGroups: readFour(reader),
    actions: readFour(reader),
  }),
  name: 'OFPST_GROUP_FEATURES',
  printReply: entries => entries.map(featuresText).join(''),
};
