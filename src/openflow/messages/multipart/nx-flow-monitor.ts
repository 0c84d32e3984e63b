// NXST_FLOW_MONITOR, which all later flow monitors come from (OVS include/openflow/nicira-ext.h). Open vSwitch speaks it
// up to OpenFlow 1.2; here it is read and written in every version.

import type { Action } from '../../actions/all.ts';
import { decodeActions, encodeActions } from '../../actions/list/codec.ts';
import { numberOf } from '../../codec/named.ts';
import { niciraVendor } from '../../codec/nicira.ts';
import { readNxMatch, writeNxMatch } from '../../codec/nx-match.ts';
import { allTables } from '../../flow/flow.ts';
import type { Match, UnknownOxm } from '../../flow/match.ts';
import { portFrom16, port as portNumber, portTo16 } from '../../flow/ports.ts';
import type { Reader } from '../../wire/reader.ts';
import type { Writer } from '../../wire/writer.ts';
import type { FlowRemovedReason } from '../flow-removed.ts';
import {
  checkChange,
  nxEvents,
  readChangeHead,
  shortLength,
  takeUpdate,
  writeChangeHead,
} from './shared/flow-change.ts';
import { monitorText, updateText } from './shared/flow-monitor-text.ts';
import type { MultipartDefinition } from './shared/multipart-definition.ts';

/** One monitor of a request (OVS include/openflow/nicira-ext.h, struct nx_flow_monitor_request). */
export interface NxFlowMonitor {
  /** Chosen by the controller, for this connection. */
  readonly id: number;
  /** NXFMF_*: 1 initial, 2 add, 4 delete, 8 modify, 16 with actions, 32 own changes in full. */
  readonly flags: number;
  /** Absent: all tables. */
  readonly table?: number;
  /** Only flows with this output port; one that 16 bits can say. */
  readonly outPort?: number;
  /** Flows at least as specific as this. */
  readonly match: Match;
  readonly unknownMatch?: readonly UnknownOxm[];
}

export interface NxFlowMonitorRequest {
  readonly type: 'nx_flow_monitor';
  readonly monitors: readonly NxFlowMonitor[];
}

/** A flow that is there, or came, went or changed (OVS include/openflow/nicira-ext.h, struct nx_flow_update_full). */
export interface NxFlowChange {
  readonly event: 'added' | 'removed' | 'modified';
  readonly table: number;
  /** For `removed`; the number 0 in others means nothing. */
  readonly reason: FlowRemovedReason;
  readonly priority: number;
  readonly idleTimeout: number;
  readonly hardTimeout: number;
  readonly cookie: bigint;
  readonly match: Match;
  readonly unknownMatch?: readonly UnknownOxm[];
  /** Empty unless the monitor asked for them. */
  readonly actions: readonly Action[];
}

/** One change of the flow tables (OVS include/openflow/nicira-ext.h, enum nx_flow_update_event). */
export type NxFlowUpdate =
  | NxFlowChange
  /** A change that this connection asked for, by the xid of its message. */
  | { readonly event: 'abbreviated'; readonly xid: number }
  | { readonly event: number; readonly data: Uint8Array };

function writeChange(writer: Writer, change: NxFlowChange): void {
  writeNxMatch(writer, writeChangeHead(writer, change), change);
  encodeActions(writer, change.actions);
}

function readChange(reader: Reader, event: NxFlowChange['event']): NxFlowChange {
  const { matchLength, ...head } = readChangeHead(reader);
  const matched = readNxMatch(reader, matchLength);
  return { event, ...head, ...matched, actions: decodeActions(reader) };
}

export const nxFlowMonitor: MultipartDefinition<NxFlowMonitorRequest, NxFlowUpdate> = {
  type: 'nx_flow_monitor',
  places: [{ vendor: niciraVendor, subtype: 2 }],
  encodeRequest({ monitors }, writer) {
    for (const monitor of monitors) {
      writer.u32(monitor.id);
      writer.u16(monitor.flags);
      writer.u16(portTo16(monitor.outPort ?? portNumber.any));
      const lengthAt = writer.length;
      writer.u16(0);
      writer.u8(monitor.table ?? allTables);
      writer.zeros(5);
      writeNxMatch(writer, lengthAt, monitor);
    }
  },
  decodeRequest(reader) {
    const monitors: NxFlowMonitor[] = [];
    while (reader.remaining > 0) {
      const id = reader.u32();
      const flags = reader.u16();
      const outPort = portFrom16(reader.u16());
      const matchLength = reader.u16();
      const table = reader.u8();
      reader.pad(5);
      const chosen = { ...(table !== allTables && { table }), ...(outPort !== portNumber.any && { outPort }) };
      monitors.push({ id, flags, ...chosen, ...readNxMatch(reader, matchLength) });
    }
    return { type: 'nx_flow_monitor', monitors };
  },
  encodeEntry(update, writer) {
    const start = writer.length;
    writer.u16(0);
    writer.u16(numberOf(nxEvents, update.event));
    if ('data' in update) writer.raw(update.data);
    else if ('xid' in update) writer.u32(update.xid);
    else writeChange(writer, update);
    writer.patchLength(start, start, 'a flow update');
  },
  decodeEntry(outer) {
    const { length, number, reader } = takeUpdate(outer);
    const event = nxEvents[number];
    if (event === undefined || (event === 'abbreviated') !== (length === shortLength)) {
      return { event: number, data: reader.rest() };
    }
    if (event === 'abbreviated') return { event, xid: reader.u32() };
    checkChange(length);
    return readChange(reader, event);
  },
  name: 'NXST_FLOW_MONITOR',
  printRequest: ({ monitors }, _version, options) =>
    monitors.map(monitor => monitorText(monitor, true, options)).join(''),
  printReply: (updates, _version, options) => updates.map(update => `\n event=${updateText(update, options)}`).join(''),
};
