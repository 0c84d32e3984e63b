// OFPT_FLOW_MOD and OFPT_FLOW_REMOVED (OpenFlow 1.5.1 sections 7.3.4.2 and 7.4.2; 1.3.5 sections 7.3.4.1 and 7.4.2).

import { OpenFlowDecodeError, OpenFlowEncodeError } from '../../errors.ts';
import type { FlowEntry } from '../../flow/flow.ts';
import type { Match, UnknownOxm } from '../../flow/match.ts';
import { group as groupNumber, noBuffer, port as portNumber } from '../../flow/ports.ts';
import type { Stats } from '../../flow/stats.ts';
import { openflow14, openflow15 } from '../../wire/version.ts';
import { readLasted, writeDuration } from '../duration.ts';
import { decodeInstructions, encodeInstructions } from '../instructions.ts';
import { encodeMatch } from '../match.ts';
import type { MessageCodec } from '../message-codec.ts';
import { nameOf, numberOf } from '../named.ts';
import { decodeStats, encodeStats } from '../oxs.ts';
import { decodePaddedMatch } from '../padded-match.ts';

/** What a flow mod does (OFPFC_*); `strict`: to the flow of just this match and priority. */
export type FlowCommand = (typeof flowCommands)[number];

/** By OFPFC_* number. */
export const flowCommands = ['add', 'modify', 'modify_strict', 'delete', 'delete_strict'] as const;

/** Adds, modifies or deletes flows (OpenFlow 1.5.1 section 7.3.4.2). */
export interface FlowMod {
  readonly kind: 'flow_mod';
  readonly command: FlowCommand;
  /**
   * `table` 255 is all tables, for deletes; their instructions are not sent. For modify and delete, `cookie` counts
   * only under `cookieMask`, and a modify does not change it: to change a cookie, add the flow again.
   */
  readonly flow: FlowEntry;
  /** Modify and delete only flows whose cookie has these bits of `flow.cookie`; absent: whatever the cookie. */
  readonly cookieMask?: bigint;
  /** Delete only flows with this output port or group. */
  readonly outPort?: number;
  readonly outGroup?: number;
  readonly bufferId?: number;
  /** Eviction precedence, for adds; 0 to 65535. OpenFlow 1.3 has none, and does not get it. */
  readonly importance?: number;
  /** A delete that carries `flow.instructions` all the same: decoded so, and sent so. */
  readonly withInstructions?: true;
}

/** Why it went (OFPRR_*); a number where it is none of these. */
export type FlowRemovedReason = (typeof removedReasons)[number] | number;

/** A flow is gone, if it was added with send_flow_rem (OpenFlow 1.5.1 section 7.4.2). */
export interface FlowRemoved {
  readonly kind: 'flow_removed';
  readonly table: number;
  readonly reason: FlowRemovedReason;
  readonly priority: number;
  readonly idleTimeout: number;
  readonly hardTimeout: number;
  readonly cookie: bigint;
  readonly match: Match;
  readonly unknownMatch?: readonly UnknownOxm[];
  /** Duration, packets and bytes; OpenFlow 1.5 may say more or less. */
  readonly stats: Stats;
}

/** By OFPRR_* number. */
const removedReasons = ['idle_timeout', 'hard_timeout', 'delete', 'group_delete', 'meter_delete', 'eviction'] as const;

export function removedReason(number: number): FlowRemovedReason {
  return nameOf(removedReasons, number);
}

export function removedReasonNumber(reason: FlowRemovedReason): number {
  return numberOf(removedReasons, reason);
}

function isDelete(command: FlowCommand): boolean {
  return command === 'delete' || command === 'delete_strict';
}

export const flowMod: MessageCodec<FlowMod> = {
  encodeBody(body, writer) {
    const { flow } = body;
    if (!(flow.table >= 0 && flow.table <= 255 && flow.priority >= 0 && flow.priority <= 65535)) {
      throw new OpenFlowEncodeError('OF_BAD_VALUE', `table ${flow.table}, priority ${flow.priority}`);
    }
    writer.u64(flow.cookie);
    writer.u64(body.cookieMask ?? 0n);
    writer.u8(flow.table);
    writer.u8(flowCommands.indexOf(body.command));
    writer.u16(flow.idleTimeout ?? 0);
    writer.u16(flow.hardTimeout ?? 0);
    writer.u16(flow.priority);
    writer.u32(body.bufferId ?? noBuffer);
    writer.u32(body.outPort ?? portNumber.any);
    writer.u32(body.outGroup ?? groupNumber.any);
    writer.u16(flow.flags ?? 0);
    writer.u16(writer.version >= openflow14 ? (body.importance ?? 0) : 0);
    encodeMatch(writer, flow.match, flow.unknownMatch);
    if (!isDelete(body.command) || body.withInstructions) encodeInstructions(writer, flow.instructions);
  },
  decodeBody(reader) {
    const cookie = reader.u64();
    const cookieMask = reader.u64();
    const table = reader.u8();
    const number = reader.u8();
    const command = flowCommands[number];
    if (!command) throw new OpenFlowDecodeError('OF_BAD_VALUE', `flow mod command ${number}`);
    const idleTimeout = reader.u16();
    const hardTimeout = reader.u16();
    const priority = reader.u16();
    const bufferId = reader.u32();
    const outPort = reader.u32();
    const outGroup = reader.u32();
    const flags = reader.u16();
    const importance = reader.version >= openflow14 ? reader.u16() : reader.pad(2);
    const matched = decodePaddedMatch(reader);
    const flow: FlowEntry = {
      table,
      priority,
      cookie,
      ...matched,
      instructions: decodeInstructions(reader),
      ...(idleTimeout !== 0 && { idleTimeout }),
      ...(hardTimeout !== 0 && { hardTimeout }),
      ...(flags !== 0 && { flags }),
    };
    return {
      kind: 'flow_mod',
      command,
      flow,
      ...(cookieMask !== 0n && { cookieMask }),
      ...(outPort !== portNumber.any && { outPort }),
      ...(outGroup !== groupNumber.any && { outGroup }),
      ...(bufferId !== noBuffer && { bufferId }),
      ...(importance && { importance }),
      ...(isDelete(command) && flow.instructions.length > 0 && { withInstructions: true }),
    };
  },
};

/** ofp_flow_removed of OpenFlow 1.3 and 1.4. */
const fixedFlowRemoved: MessageCodec<FlowRemoved> = {
  encodeBody(body, writer) {
    const { durationSeconds = 0, durationNanoseconds, packetCount = 0n, byteCount = 0n } = body.stats;
    writer.u64(body.cookie);
    writer.u16(body.priority);
    writer.u8(removedReasonNumber(body.reason));
    writer.u8(body.table);
    writeDuration(writer, durationSeconds, durationNanoseconds);
    writer.u16(body.idleTimeout);
    writer.u16(body.hardTimeout);
    writer.u64(packetCount);
    writer.u64(byteCount);
    encodeMatch(writer, body.match, body.unknownMatch);
  },
  decodeBody(reader) {
    const cookie = reader.u64();
    const priority = reader.u16();
    const reason = removedReason(reader.u8());
    const table = reader.u8();
    const lasted = readLasted(reader);
    const idleTimeout = reader.u16();
    const hardTimeout = reader.u16();
    const packetCount = reader.u64();
    const byteCount = reader.u64();
    const matched = decodePaddedMatch(reader);
    const stats: Stats = { ...lasted, packetCount, byteCount };
    return { kind: 'flow_removed', table, reason, priority, idleTimeout, hardTimeout, cookie, ...matched, stats };
  },
};

/** ofp_flow_removed of OpenFlow 1.5. */
const openFlowRemoved: MessageCodec<FlowRemoved> = {
  encodeBody(body, writer) {
    writer.u8(body.table);
    writer.u8(removedReasonNumber(body.reason));
    writer.u16(body.priority);
    writer.u16(body.idleTimeout);
    writer.u16(body.hardTimeout);
    writer.u64(body.cookie);
    encodeMatch(writer, body.match, body.unknownMatch);
    encodeStats(writer, body.stats);
  },
  decodeBody(reader) {
    const table = reader.u8();
    const reason = removedReason(reader.u8());
    const priority = reader.u16();
    const idleTimeout = reader.u16();
    const hardTimeout = reader.u16();
    const cookie = reader.u64();
    const matched = decodePaddedMatch(reader);
    const stats = decodeStats(reader);
    return { kind: 'flow_removed', table, reason, priority, idleTimeout, hardTimeout, cookie, ...matched, stats };
  },
};

function flowRemovedOf(version: number): MessageCodec<FlowRemoved> {
  return version >= openflow15 ? openFlowRemoved : fixedFlowRemoved;
}

export const flowRemoved: MessageCodec<FlowRemoved> = {
  encodeBody: (body, writer, header) => flowRemovedOf(header.version).encodeBody(body, writer, header),
  decodeBody: (reader, header) => flowRemovedOf(header.version).decodeBody(reader, header),
};
