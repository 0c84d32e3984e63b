// OFPMP_FLOW_MONITOR, and what OpenFlow 1.3 says of monitors in messages of their own (OVS lib/ofp-monitor.c).

import type { FlowMonitorCancel } from '../../codec/messages/flow-monitor.ts';
import type { FlowChange, FlowMonitor, FlowMonitorRequest, FlowUpdate } from '../../codec/multipart/flow-monitor.ts';
import type { NxFlowMonitorRequest, NxFlowUpdate } from '../../codec/multipart/nx-flow-monitor.ts';
import { canonicalInstructions } from '../../flow/canonical.ts';
import { group as groupNumber, port as portNumber } from '../../flow/ports.ts';
import { openflow14 } from '../../wire/version.ts';
import { bitNames } from '../bit-names.ts';
import { matchText } from '../format-match.ts';
import { hex } from '../format-value.ts';
import { formatInstructions } from '../instructions.ts';
import type { MessagePrinter } from '../message-printer.ts';
import { type FormatOptions, formatPort, formatTable } from '../names.ts';
import { reasonText } from './flow.ts';
import type { MultipartPrinter } from './multipart-printer.ts';

const flagNames: readonly (readonly [bit: number, name: string])[] = [
  [1, 'initial'],
  [2, 'add'],
  [4, 'delete'],
  [8, 'modify'],
  [16, 'actions'],
  [32, 'no-abbrev'],
  [64, 'own'],
];

/** What bit 5 says in OpenFlow 1.3 is what ovs-ofctl calls `own`; `no-abbrev` is not there. */
const ownFlag13 = 0x20;
const ownFlag = 0x40;

export const flowMonitorCancel: MessagePrinter<FlowMonitorCancel> = {
  name: 'ONFT_FLOW_MONITOR_CANCEL',
  print: ({ id }) => ` id=${id}`,
};

function monitorText(monitor: FlowMonitor, isOld: boolean, options: FormatOptions): string {
  const { id, command = 'add', flags, table, outPort = portNumber.any, outGroup = groupNumber.any } = monitor;
  if (command === 'delete') return `\n id=${id} command=delete`;
  const shown = isOld && flags & ownFlag13 ? (flags & ~ownFlag13) | ownFlag : flags;
  const match = matchText(monitor, options);
  return [
    `\n id=${id} flags=${bitNames(shown, flagNames, ',')}`,
    outPort === portNumber.any ? '' : ` out_port=${formatPort(outPort, options)}`,
    outGroup === groupNumber.any || outGroup === 0 ? '' : ` out_group=${outGroup | 0}`,
    table === undefined ? '' : ` table=${formatTable(table, options)}`,
    match ? ` ${match}` : '',
  ].join('');
}

function changeText(change: FlowChange, options: FormatOptions): string {
  const { event, table, idleTimeout, hardTimeout, cookie, instructions } = change;
  const match = matchText(change, options);
  const name = event === 'removed' ? `DELETED reason=${reasonText(change.reason)}` : event.toUpperCase();
  const shown = canonicalInstructions(instructions);
  return [
    `${name} table=${formatTable(table, options)}`,
    idleTimeout === 0 ? '' : ` idle_timeout=${idleTimeout}`,
    hardTimeout === 0 ? '' : ` hard_timeout=${hardTimeout}`,
    ` cookie=${hex(cookie)} ${match}`,
    shown.length === 0 ? '' : `${match ? ' ' : ''}actions=${formatInstructions(shown, options)}`,
  ].join('');
}

function updateText(update: FlowUpdate | NxFlowUpdate, options: FormatOptions): string {
  if ('data' in update) return String(update.event);
  if ('xid' in update) return `ABBREV xid=0x${update.xid.toString(16)}`;
  if ('actions' in update) {
    return changeText({ ...update, instructions: [{ kind: 'apply_actions', actions: update.actions }] }, options);
  }
  return 'match' in update ? changeText(update, options) : update.event.toUpperCase();
}

export const flowMonitor: MultipartPrinter<FlowMonitorRequest, FlowUpdate> = {
  name: version => (version >= openflow14 ? 'OFPST_FLOW_MONITOR' : 'ONFST_FLOW_MONITOR'),
  request: ({ monitors }, version, options) =>
    monitors.map(monitor => monitorText(monitor, version < openflow14, options)).join(''),
  reply: (updates, _version, options) => updates.map(update => `\n event=${updateText(update, options)}`).join(''),
};

export const nxFlowMonitor: MultipartPrinter<NxFlowMonitorRequest, NxFlowUpdate> = {
  name: 'NXST_FLOW_MONITOR',
  request: ({ monitors }, _version, options) => monitors.map(monitor => monitorText(monitor, true, options)).join(''),
  reply: (updates, _version, options) => updates.map(update => `\n event=${updateText(update, options)}`).join(''),
};
