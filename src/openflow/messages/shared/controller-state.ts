// A controller as its switch sees it, in OFPT_CONTROLLER_STATUS and OFPMP_CONTROLLER_STATUS (OpenFlow 1.5.1 section 7.3.5).

import { takeEntry } from '../../codec/entry.ts';
import { writeUnknownProperties } from '../../codec/properties.ts';
import { readUnknown } from '../../codec/property-order.ts';
import type { UnknownProperty } from '../../flow/property.ts';
import type { Reader } from '../../wire/reader.ts';
import type { Writer } from '../../wire/writer.ts';
import { type ControllerRole, readRole, writeRole } from '../role.ts';

/** One controller as its switch sees it (OpenFlow 1.5.1 section 7.3.5). */
export interface ControllerState {
  /** 0 to 65535. */
  readonly shortId: number;
  readonly role: ControllerRole;
  /** OFPCSR_*: 0 request, 1 channel status, 2 role, 3 controller added, 4 removed, 5 short id, 6 experimenter. */
  readonly reason: number;
  /** OFPCT_STATUS_*: 0 up, 1 down. */
  readonly channelStatus: number;
  /** OFPCSPT_*: type 0 is the URI of the connection. */
  readonly properties?: readonly UnknownProperty[];
}

const fixedLength = 16;

export function writeControllerState(writer: Writer, state: ControllerState): void {
  const start = writer.length;
  writer.u16(0);
  writer.u16(state.shortId);
  writeRole(writer, state.role);
  writer.u8(state.reason);
  writer.u8(state.channelStatus);
  writer.zeros(6);
  writeUnknownProperties(writer, state.properties);
  writer.patchLength(start, start, 'the status of a controller');
}

export function readControllerState(outer: Reader): ControllerState {
  const reader = takeEntry(outer, fixedLength, 'controller status');
  reader.skip(2);
  const shortId = reader.u16();
  const role = readRole(reader);
  const reason = reader.u8();
  const channelStatus = reader.u8();
  reader.pad(6);
  return { shortId, role, reason, channelStatus, ...readUnknown(reader) };
}
