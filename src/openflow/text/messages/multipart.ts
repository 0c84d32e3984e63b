// OFPT_MULTIPART_REQUEST and OFPT_MULTIPART_REPLY: the table of what prints them (OVS lib/ofp-print.c). To add a type:
// a printer, a row.

import type {
  MultipartEntry,
  MultipartReply,
  MultipartRequest,
  MultipartRequestBody,
  MultipartType,
} from '../../codec/multipart/multipart.ts';
import type { MessagePrinter } from '../message-printer.ts';
import { flowMonitor, nxFlowMonitor } from './flow-monitor.ts';
import { aggregateStats, flowDesc, flowStats } from './multipart-flows.ts';
import { groupDesc, groupFeatures, groupStats } from './multipart-groups.ts';
import { meterDesc, meterFeatures, meterStats } from './multipart-meters.ts';
import type { MultipartPrinter } from './multipart-printer.ts';
import { portDesc, portStats } from './ports.ts';
import { queueDesc, queueStats } from './queues.ts';
import { tableFeatures } from './table-features.ts';
import { desc, tableDesc, tableStats } from './tables.ts';

type RequestOf<T extends MultipartType> = Extract<MultipartRequestBody, { readonly type: T }>;

type Printers = { readonly [T in MultipartType]?: MultipartPrinter<RequestOf<T>, MultipartEntry<T>> };

const printers: Printers = {
  desc,
  port_desc: portDesc,
  port_stats: portStats,
  queue_desc: queueDesc,
  queue_stats: queueStats,
  table_desc: tableDesc,
  table_stats: tableStats,
  table_features: tableFeatures,
  flow_desc: flowDesc,
  flow_stats: flowStats,
  aggregate_stats: aggregateStats,
  group_stats: groupStats,
  group_desc: groupDesc,
  group_features: groupFeatures,
  meter_stats: meterStats,
  meter_desc: meterDesc,
  meter_features: meterFeatures,
  flow_monitor: flowMonitor,
  nx_flow_monitor: nxFlowMonitor,
};

type AnyPrinter = MultipartPrinter<MultipartRequestBody, unknown>;

function printerOf(type: MultipartType | 'unknown'): AnyPrinter | undefined {
  return type === 'unknown' ? undefined : (printers[type] as AnyPrinter | undefined);
}

function nameOf({ body, version }: (MultipartRequest | MultipartReply) & { readonly version: number }): string {
  const name = printerOf(body.type)?.name;
  if (name) return typeof name === 'string' ? name : name(version);
  return body.type === 'unknown' ? `OFPST ${body.number}` : `OFPST_${body.type.toUpperCase()}`;
}

function flagsText({ more, flags = 0 }: MultipartRequest | MultipartReply): string {
  if (!more && flags === 0) return '';
  const others = flags === 0 ? '' : `[***unknown flags 0x${flags.toString(16).padStart(4, '0')}***]`;
  return ` flags=${more ? '[more]' : ''}${others}`;
}

export const multipartRequest: MessagePrinter<MultipartRequest> = {
  name: message => `${nameOf(message)} request`,
  print(message, options) {
    const { body, version } = message;
    return `${flagsText(message)}${printerOf(body.type)?.request?.(body, version, options) ?? ''}`;
  },
};

export const multipartReply: MessagePrinter<MultipartReply> = {
  name: message => `${nameOf(message)} reply`,
  print(message, options) {
    const { body, version } = message;
    const text = body.type === 'unknown' ? '' : printerOf(body.type)?.reply?.(body.entries, version, options);
    return `${flagsText(message)}${text ?? ''}`;
  },
};
