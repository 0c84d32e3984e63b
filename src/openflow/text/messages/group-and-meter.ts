// OFPT_GROUP_MOD and OFPT_METER_MOD (OVS lib/ofp-group.c, lib/ofp-meter.c).

import type { GroupCommand, GroupMod } from '../../codec/messages/group-mod.ts';
import type { MeterCommand, MeterMod } from '../../codec/messages/meter-mod.ts';
import { openflow15 } from '../../wire/version.ts';
import { bucketIdText, formatGroup } from '../format-group.ts';
import { formatMeter } from '../format-meter.ts';
import type { MessagePrinter } from '../message-printer.ts';

const groupCommands: Readonly<Record<GroupCommand, string>> = {
  add: 'ADD',
  modify: 'MOD',
  add_or_modify: 'ADD_OR_MOD',
  delete: 'DEL',
  insert_bucket: 'INSERT_BUCKET',
  remove_bucket: 'REMOVE_BUCKET',
};

const meterCommands: Readonly<Record<MeterCommand, string>> = { add: 'ADD', modify: 'MOD', delete: 'DEL' };

const allBuckets = 0xffffffff;

export const groupMod: MessagePrinter<GroupMod> = {
  name: 'OFPT_GROUP_MOD',
  print({ command, group, bucketId = allBuckets, version }, options) {
    const ofBucket = command === 'insert_bucket' || command === 'remove_bucket';
    const where = ofBucket && version >= openflow15 ? `command_bucket_id:${bucketIdText(bucketId)},` : '';
    const what = formatGroup(group, { ...options, ...(ofBucket && { type: false as const }) });
    return `\n ${groupCommands[command]} ${where}${what}`;
  },
};

export const meterMod: MessagePrinter<MeterMod> = {
  name: 'OFPT_METER_MOD',
  print({ command, meter }) {
    // Of a delete, ovs-ofctl reads only which meter.
    const shown = command === 'delete' ? { ...meter, flags: 0, bands: [] } : meter;
    return ` ${meterCommands[command]} ${formatMeter(shown)}`;
  },
};
