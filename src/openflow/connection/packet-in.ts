// A packet-in as the user sees it, whichever message brought it.

import type { Match } from '../flow/match.ts';
import type { PacketInReason } from '../flow/packet-in-reason.ts';
import type { StandardPacketIn } from '../messages/shared/packet-in-form.ts';
import type { PacketIn2 } from '../messages/shared/packet-in-properties.ts';

/** A packet that the switch sent us, and where it was in the pipeline (OpenFlow 1.5.1 section 7.4.1). */
export interface PacketIn {
  /** From the match; undefined when the switch did not say. */
  readonly inPort: number | undefined;
  readonly data: Uint8Array;
  /** Bytes of the whole packet; `data` may be cut. */
  readonly totalLength: number;
  readonly reason: PacketInReason;
  readonly table: number;
  /** Of the flow that sent it. */
  readonly cookie: bigint;
  /** Pipeline fields: in_port, tunnel, registers, metadata, conntrack. */
  readonly match: Match;
  /** From the `controller` action. */
  readonly userdata?: Uint8Array;
  /** Present when the pipeline is paused. */
  readonly continuation?: Uint8Array;
}

export function packetInOf(
  message: StandardPacketIn | StandardPacketIn<'nx_packet_in'> | PacketIn2<'packet_in2'>,
): PacketIn {
  const port = message.match.find(({ field }) => field === 'in_port');
  const { match, data } = message;
  const inPort = port && Number(port.value);
  if (message.kind !== 'packet_in2') {
    const { totalLength, reason, table, cookie } = message;
    return { inPort, data, totalLength, reason, table, cookie, match };
  }
  return {
    inPort,
    data,
    totalLength: message.totalLength ?? data.length,
    reason: message.reason ?? 0,
    table: message.table ?? 0,
    cookie: message.cookie ?? 0n,
    match,
    ...(message.userdata && { userdata: message.userdata }),
    ...(message.continuation && { continuation: message.continuation }),
  };
}
