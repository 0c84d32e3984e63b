// OFPMP_GROUP_STATS, OFPMP_GROUP_DESC and OFPMP_GROUP_FEATURES (OVS lib/ofp-group.c).

import type {
  GroupDescRequest,
  GroupFeatures,
  GroupFeaturesRequest,
  GroupStats,
  GroupStatsRequest,
} from '../../codec/multipart/groups.ts';
import type { GroupEntry } from '../../flow/group.ts';
import { group as groupNumber } from '../../flow/ports.ts';
import { actionTypeNames } from '../action-types.ts';
import { durationText } from '../format-duration.ts';
import { formatGroup, groupIdText } from '../format-group.ts';
import { hex } from '../format-value.ts';
import { unknownCount, unknownSeconds } from '../unknown.ts';
import type { MultipartPrinter } from './multipart-printer.ts';

const typeNames = ['all', 'select', 'indirect', 'fast failover'];

function requested(group = groupNumber.all as number): string {
  return ` group_id=${groupIdText(group)}`;
}

function statsText({ group, durationSeconds, durationNanoseconds, ...stats }: GroupStats): string {
  const isKnown = Math.floor(durationSeconds) !== unknownSeconds;
  return [
    `group_id=${group}`,
    ...(isKnown ? [`duration=${durationText(durationSeconds, durationNanoseconds)}`] : []),
    `ref_count=${stats.referenceCount}`,
    `packet_count=${stats.packetCount}`,
    `byte_count=${stats.byteCount}`,
    ...stats.buckets.flatMap(({ packetCount, byteCount }, i) =>
      packetCount === unknownCount ? [] : [`bucket${i}:packet_count=${packetCount}`, `byte_count=${byteCount}`],
    ),
  ].join(',');
}

export const groupStats: MultipartPrinter<GroupStatsRequest, GroupStats> = {
  name: 'OFPST_GROUP',
  request: ({ group }) => requested(group),
  reply: entries => entries.map(entry => `\n ${statsText(entry)}`).join(''),
};

export const groupDesc: MultipartPrinter<GroupDescRequest, GroupEntry> = {
  name: 'OFPST_GROUP_DESC',
  request: ({ group }) => requested(group),
  reply: (groups, _version, options) => groups.map(group => `\n ${formatGroup(group, options)}`).join(''),
};

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

export const groupFeatures: MultipartPrinter<GroupFeaturesRequest, GroupFeatures> = {
  name: 'OFPST_GROUP_FEATURES',
  reply: entries => entries.map(featuresText).join(''),
};
