// OFPMP_FLOW_MONITOR (OpenFlow 1.5.1 section 7.3.5); OpenFlow 1.3 has it as an extension of the ONF (OVS
// include/openflow/openflow-1.3.h), with fewer events and no deleting of monitors: that is a message of its own there.

import { decodeInstructions, encodeInstructions } from '../../codec/instructions.ts';
import { encodeMatch } from '../../codec/match.ts';
import { nameOf, numberOf } from '../../codec/named.ts';
import { onfVendor } from '../../codec/onf.ts';
import { decodePaddedMatch } from '../../codec/padded-match.ts';
import { OpenFlowEncodeError } from '../../errors.ts';
import { allTables } from '../../flow/flow.ts';
import type { Instruction } from '../../flow/instruction.ts';
import type { Match, UnknownOxm } from '../../flow/match.ts';
import { group as groupNumber, port as portNumber } from '../../flow/ports.ts';
import type { Reader } from '../../wire/reader.ts';
import { openflow13, openflow14 } from '../../wire/version.ts';
import type { Writer } from '../../wire/writer.ts';
import { type FlowRemovedReason, removedReason, removedReasonNumber } from '../flow-removed.ts';
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

/** Adds, modifies or deletes a monitor (OFPFMC_*). */
export type FlowMonitorCommand = (typeof commands)[number] | number;

/** One monitor of a request (OpenFlow 1.5.1 section 7.3.5). */
export interface FlowMonitor {
  /** Chosen by the controller, for this connection. */
  readonly id: number;
  /** OpenFlow 1.4 and later; absent: add. */
  readonly command?: FlowMonitorCommand;
  /** Bits of flowMonitorFlag. */
  readonly flags: number;
  /** Absent: all tables. */
  readonly table?: number;
  /** Only flows with this output port or group (a group in OpenFlow 1.4 and later). */
  readonly outPort?: number;
  readonly outGroup?: number;
  /** Flows at least as specific as this. Absent in a delete that ends behind its fixed part. */
  readonly match?: Match;
  readonly unknownMatch?: readonly UnknownOxm[];
  /** OpenFlow 1.3: the length of the match as the message says it a second time, when that is another. */
  readonly matchLength?: number;
}

export interface FlowMonitorRequest {
  readonly type: 'flow_monitor';
  readonly monitors: readonly FlowMonitor[];
}

/** A flow that is there, or came, went or changed (OpenFlow 1.5.1 section 7.3.5). */
export interface FlowChange {
  /** OpenFlow 1.3 has no `initial`: the flows that are there are `added`. */
  readonly event: 'initial' | 'added' | 'removed' | 'modified';
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
  readonly instructions: readonly Instruction[];
  /** OpenFlow 1.3: see FlowMonitor. */
  readonly matchLength?: number;
}

/** One change of the flow tables, or a pause in telling of them (OpenFlow 1.5.1 section 7.3.5). */
export type FlowUpdate =
  | FlowChange
  /** A change that this connection asked for, by the xid of its message. */
  | { readonly event: 'abbreviated'; readonly xid: number }
  /** The switch ran out of buffers: changes are not told until it resumes. OpenFlow 1.4 and later. */
  | { readonly event: 'paused' | 'resumed' }
  | { readonly event: number; readonly data: Uint8Array };

/** OFPFMF_*. */
export const flowMonitorFlag = {
  initial: 1,
  add: 2,
  removed: 4,
  modify: 8,
  instructions: 16,
  noAbbreviation: 32,
  onlyOwn: 64,
} as const;

/** By OFPFMC_* number. */
const commands = ['add', 'modify', 'delete'] as const;

/** By OFPFME_* number. */
const events = ['initial', 'added', 'removed', 'modified', 'abbreviated', 'paused', 'resumed'] as const;

function encodeMonitor13(writer: Writer, monitor: FlowMonitor): void {
  if ((monitor.command ?? 'add') !== 'add' || monitor.outGroup !== undefined) {
    throw new OpenFlowEncodeError('OF_BAD_VERSION', 'a flow monitor of OpenFlow 1.3 has no command and no group');
  }
  writer.u32(monitor.id);
  writer.u16(monitor.flags);
  const lengthAt = writer.length;
  writer.u16(0);
  writer.u32(monitor.outPort ?? portNumber.any);
  writer.u8(monitor.table ?? allTables);
  writer.zeros(3);
  encodeCountedMatch(writer, lengthAt, monitor);
}

/** The match, and its length into the u16 at `lengthAt`. */
function encodeCountedMatch(
  writer: Writer,
  lengthAt: number,
  { match = [], unknownMatch, matchLength }: Pick<FlowMonitor, 'match' | 'unknownMatch' | 'matchLength'>,
): void {
  const start = writer.length;
  encodeMatch(writer, match, unknownMatch);
  writer.patchU16(lengthAt, matchLength ?? writer.readU16(start + 2));
}

function decodeCountedMatch(reader: Reader, counted: number) {
  const length = reader.peekU16(2);
  return { ...decodePaddedMatch(reader), ...(length !== counted && { matchLength: counted }) };
}

function decodeMonitor13(reader: Reader): FlowMonitor {
  const id = reader.u32();
  const flags = reader.u16();
  const counted = reader.u16();
  const outPort = reader.u32();
  const table = reader.u8();
  reader.pad(3);
  return {
    id,
    flags,
    ...(table !== allTables && { table }),
    ...(outPort !== portNumber.any && { outPort }),
    ...decodeCountedMatch(reader, counted),
  };
}

function encodeMonitor(writer: Writer, monitor: FlowMonitor): void {
  const { command = 'add' } = monitor;
  writer.u32(monitor.id);
  writer.u32(monitor.outPort ?? portNumber.any);
  writer.u32(monitor.outGroup ?? groupNumber.any);
  writer.u16(monitor.flags);
  writer.u8(monitor.table ?? allTables);
  writer.u8(numberOf(commands, command));
  if (monitor.match || command !== 'delete') encodeMatch(writer, monitor.match ?? [], monitor.unknownMatch);
}

function decodeMonitor(reader: Reader): FlowMonitor {
  const id = reader.u32();
  const outPort = reader.u32();
  const outGroup = reader.u32();
  const flags = reader.u16();
  const table = reader.u8();
  const number = reader.u8();
  const command = nameOf(commands, number);
  return {
    id,
    ...(command !== 'add' && { command }),
    flags,
    ...(table !== allTables && { table }),
    ...(outPort !== portNumber.any && { outPort }),
    ...(outGroup !== groupNumber.any && { outGroup }),
    ...((command !== 'delete' || reader.remaining > 0) && decodePaddedMatch(reader)),
  };
}

function eventNumber(update: FlowUpdate, version: number): number {
  if (typeof update.event === 'number') return update.event;
  const known: readonly string[] = version >= openflow14 ? events : nxEvents;
  const number = known.indexOf(update.event);
  if (number < 0) throw new OpenFlowEncodeError('OF_BAD_VERSION', `OpenFlow 1.3 has no event ${update.event}`);
  return number;
}

function encodeChange(writer: Writer, change: FlowChange): void {
  if (writer.version < openflow14) {
    encodeCountedMatch(writer, writeChangeHead(writer, change), change);
  } else {
    writer.u8(change.table);
    writer.u8(removedReasonNumber(change.reason));
    writer.u16(change.idleTimeout);
    writer.u16(change.hardTimeout);
    writer.u16(change.priority);
    writer.zeros(4);
    writer.u64(change.cookie);
    encodeMatch(writer, change.match, change.unknownMatch);
  }
  encodeInstructions(writer, change.instructions);
}

function decodeChange(reader: Reader, event: FlowChange['event']): FlowChange {
  const table = reader.u8();
  const reason = removedReason(reader.u8());
  const idleTimeout = reader.u16();
  const hardTimeout = reader.u16();
  const priority = reader.u16();
  reader.pad(4);
  const cookie = reader.u64();
  const matched = decodePaddedMatch(reader);
  const instructions = decodeInstructions(reader);
  return { event, table, reason, priority, idleTimeout, hardTimeout, cookie, ...matched, instructions };
}

function decodeChange13(reader: Reader, event: FlowChange['event']): FlowChange {
  const { matchLength, ...head } = readChangeHead(reader);
  const matched = decodeCountedMatch(reader, matchLength);
  return { event, ...head, ...matched, instructions: decodeInstructions(reader) };
}

/** Which event it is; those whose length is not theirs stay numbers. */
function eventOf(number: number, length: number, version: number): FlowUpdate['event'] {
  const event = (version >= openflow14 ? events : nxEvents)[number];
  switch (event) {
    case undefined:
      return number;
    case 'abbreviated':
    case 'paused':
    case 'resumed':
      return length === shortLength ? event : number;
    default:
      checkChange(length);
      return event;
  }
}

export const flowMonitor: MultipartDefinition<FlowMonitorRequest, FlowUpdate> = {
  type: 'flow_monitor',
  places: [
    { type: 16, since: openflow14 },
    { vendor: onfVendor, subtype: 1870, until: openflow13 },
  ],
  encodeRequest({ monitors }, writer) {
    for (const monitor of monitors) {
      if (writer.version >= openflow14) encodeMonitor(writer, monitor);
      else encodeMonitor13(writer, monitor);
    }
  },
  decodeRequest(reader) {
    const monitors: FlowMonitor[] = [];
    while (reader.remaining > 0) {
      monitors.push(reader.version >= openflow14 ? decodeMonitor(reader) : decodeMonitor13(reader));
    }
    return { type: 'flow_monitor', monitors };
  },
  encodeEntry(update, writer) {
    const start = writer.length;
    writer.u16(0);
    writer.u16(eventNumber(update, writer.version));
    if ('data' in update) writer.raw(update.data);
    else if ('xid' in update) writer.u32(update.xid);
    else if ('match' in update) encodeChange(writer, update);
    else writer.zeros(4);
    writer.patchLength(start, start, 'a flow update');
  },
  decodeEntry(outer) {
    const { length, number, reader } = takeUpdate(outer);
    const event = eventOf(number, length, reader.version);
    if (typeof event === 'number') return { event, data: reader.rest() };
    if (event === 'abbreviated') return { event, xid: reader.u32() };
    if (event === 'paused' || event === 'resumed') {
      reader.pad(4);
      return { event };
    }
    return reader.version >= openflow14 ? decodeChange(reader, event) : decodeChange13(reader, event);
  },
  name: version => (version >= openflow14 ? 'OFPST_FLOW_MONITOR' : 'ONFST_FLOW_MONITOR'),
  printRequest: ({ monitors }, version, options) =>
    monitors.map(monitor => monitorText(monitor, version < openflow14, options)).join(''),
  printReply: (updates, _version, options) => updates.map(update => `\n event=${updateText(update, options)}`).join(''),
};
