// OFPT_FLOW_REMOVED (OpenFlow 1.5.1 section 7.4.2; OVS lib/ofp-monitor.c).

import { readLasted, writeDuration } from '../codec/duration.ts';
import { encodeMatch } from '../codec/match.ts';
import { nameOf, numberOf } from '../codec/named.ts';
import { decodeStats, encodeStats } from '../codec/oxs.ts';
import { decodePaddedMatch } from '../codec/padded-match.ts';
import { allTables } from '../flow/flow.ts';
import type { Match, UnknownOxm } from '../flow/match.ts';
import type { Stats } from '../flow/stats.ts';
import { durationText } from '../text/format-duration.ts';
import { priorityAndMatch } from '../text/format-flow.ts';
import { formatTable } from '../text/names.ts';
import { unknownCount, unknownSeconds } from '../text/unknown.ts';
import { openflow15 } from '../wire/version.ts';
import type { MessageDefinition, MessageForm } from './shared/message-definition.ts';

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

/** Names that texts have shortened. */
const shorter: Readonly<Record<string, string>> = { idle_timeout: 'idle', hard_timeout: 'hard' };

/** As ovs-ofctl says them, by OFPRR_* number. */
export const removedReasonTexts: readonly string[] = removedReasons.map(name => shorter[name] ?? name);

export function removedReasonText(reason: FlowRemovedReason): string {
  const number = removedReasonNumber(reason);
  return removedReasonTexts[number] ?? String(number);
}

export function removedReason(number: number): FlowRemovedReason {
  return nameOf(removedReasons, number);
}

export function removedReasonNumber(reason: FlowRemovedReason): number {
  return numberOf(removedReasons, reason);
}

/** ofp_flow_removed of OpenFlow 1.3 and 1.4. */
const fixedFlowRemoved: MessageForm<FlowRemoved> = {
  encode(body, writer) {
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
  decode(reader) {
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
const openFlowRemoved: MessageForm<FlowRemoved> = {
  encode(body, writer) {
    writer.u8(body.table);
    writer.u8(removedReasonNumber(body.reason));
    writer.u16(body.priority);
    writer.u16(body.idleTimeout);
    writer.u16(body.hardTimeout);
    writer.u64(body.cookie);
    encodeMatch(writer, body.match, body.unknownMatch);
    encodeStats(writer, body.stats);
  },
  decode(reader) {
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

function flowRemovedOf(version: number): MessageForm<FlowRemoved> {
  return version >= openflow15 ? openFlowRemoved : fixedFlowRemoved;
}

export const flowRemoved: MessageDefinition<FlowRemoved> = {
  kind: 'flow_removed',
  places: [{ type: 11 }],
  encode: (body, writer, header, list) => flowRemovedOf(header.version).encode(body, writer, header, list),
  decode: (reader, header, list) => flowRemovedOf(header.version).decode(reader, header, list),
  name: 'OFPT_FLOW_REMOVED',
  print(message, options) {
    const { reason, table, cookie, idleTimeout, hardTimeout, stats } = message;
    const { durationSeconds, durationNanoseconds, packetCount = unknownCount, byteCount = unknownCount } = stats;
    const duration =
      durationSeconds === undefined
        ? durationText(unknownSeconds, unknownSeconds)
        : durationText(durationSeconds, durationNanoseconds);
    return [
      ` ${priorityAndMatch(message, options)}`,
      ` reason=${removedReasonText(reason)}`,
      table === allTables ? '' : ` table_id=${formatTable(table, options)}`,
      cookie === 0n ? '' : ` cookie:0x${cookie.toString(16)}`,
      ` duration${duration}`,
      ` idle${idleTimeout}`,
      hardTimeout === 0 ? '' : ` hard${hardTimeout}`,
      ` pkts${packetCount} bytes${byteCount}`,
    ].join('');
  },
};
