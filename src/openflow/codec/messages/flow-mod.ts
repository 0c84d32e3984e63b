// OFPT_FLOW_MOD and OFPT_FLOW_REMOVED (OpenFlow 1.5.1 sections 7.3.4.2 and 7.4.2).

import { OpenFlowDecodeError, OpenFlowEncodeError } from '../../errors.ts';
import type { FlowEntry } from '../../flow/flow.ts';
import type { Match, UnknownOxm } from '../../flow/match.ts';
import { group as groupNumber, noBuffer, port as portNumber } from '../../flow/ports.ts';
import { decodeInstructions, encodeInstructions } from '../instructions.ts';
import { decodeMatch, encodeMatch } from '../match.ts';
import type { MessageCodec } from '../message-codec.ts';
import { decodeStats, encodeStats, type Stats } from '../oxs.ts';

export type FlowCommand = (typeof flowCommands)[number];

/** By OFPFC_* number. */
export const flowCommands = ['add', 'modify', 'modify_strict', 'delete', 'delete_strict'] as const;

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
  /** Eviction precedence, for adds. */
  readonly importance?: number;
}

export interface FlowRemoved {
  readonly kind: 'flow_removed';
  readonly table: number;
  readonly reason: 'idle_timeout' | 'hard_timeout' | 'delete' | 'group_delete' | 'meter_delete' | 'eviction' | number;
  readonly priority: number;
  readonly idleTimeout: number;
  readonly hardTimeout: number;
  readonly cookie: bigint;
  readonly match: Match;
  readonly unknownMatch?: readonly UnknownOxm[];
  readonly stats: Stats;
}

const removedReasons = [
  'idle_timeout',
  'hard_timeout',
  'delete',
  'group_delete',
  'meter_delete',
  'eviction',
] as const satisfies readonly FlowRemoved['reason'][];

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
    writer.u16(body.importance ?? 0);
    encodeMatch(writer, flow.match, flow.unknownMatch);
    if (!body.command.startsWith('delete')) encodeInstructions(writer, flow.instructions);
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
    const importance = reader.u16();
    const matched = decodeMatch(reader);
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
      ...(importance !== 0 && { importance }),
    };
  },
};

export const flowRemoved: MessageCodec<FlowRemoved> = {
  encodeBody(body, writer) {
    writer.u8(body.table);
    writer.u8(typeof body.reason === 'number' ? body.reason : removedReasons.indexOf(body.reason));
    writer.u16(body.priority);
    writer.u16(body.idleTimeout);
    writer.u16(body.hardTimeout);
    writer.u64(body.cookie);
    encodeMatch(writer, body.match, body.unknownMatch);
    encodeStats(writer, body.stats);
  },
  decodeBody(reader) {
    const table = reader.u8();
    const number = reader.u8();
    const priority = reader.u16();
    const idleTimeout = reader.u16();
    const hardTimeout = reader.u16();
    const cookie = reader.u64();
    const matched = decodeMatch(reader);
    return {
      kind: 'flow_removed',
      table,
      reason: removedReasons[number] ?? number,
      priority,
      idleTimeout,
      hardTimeout,
      cookie,
      ...matched,
      stats: decodeStats(reader),
    };
  },
};
