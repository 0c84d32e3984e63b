// What the entries of all flow monitors share: the frame of an update, and the layout of a change that Nicira's monitor
// and the ONF's for OpenFlow 1.3 have alike (OVS include/openflow/nicira-ext.h, include/openflow/openflow-1.3.h).

import { takeEntry } from '../../../codec/entry.ts';
import { OpenFlowDecodeError } from '../../../errors.ts';
import type { Reader } from '../../../wire/reader.ts';
import type { Writer } from '../../../wire/writer.ts';
import { type FlowRemoved, removedReason, removedReasonNumber } from '../../flow-removed.ts';

/** By NXFME_* number, and by ONFFME_* number. */
export const nxEvents = ['added', 'removed', 'modified', 'abbreviated'] as const;

/** Of an update that names a change or a pause and says no more. */
export const shortLength = 8;

const changeLength = 24;

/** Takes one update: its length, the number of its event, and a reader of what follows. */
export function takeUpdate(outer: Reader): {
  readonly length: number;
  readonly number: number;
  readonly reader: Reader;
} {
  const reader = takeEntry(outer, 4, 'flow update');
  return { length: reader.u16(), number: reader.u16(), reader };
}

/** @throws OpenFlowDecodeError when an update of that length has no room for a change */
export function checkChange(length: number): void {
  if (length < changeLength) throw new OpenFlowDecodeError('OF_BAD_LENGTH', `flow update of ${length} bytes`);
}

type ChangeHead = Pick<FlowRemoved, 'table' | 'reason' | 'priority' | 'idleTimeout' | 'hardTimeout' | 'cookie'>;

/** Writes what stands before the match; returns where the length of the match belongs. */
export function writeChangeHead(writer: Writer, head: ChangeHead): number {
  writer.u16(removedReasonNumber(head.reason));
  writer.u16(head.priority);
  writer.u16(head.idleTimeout);
  writer.u16(head.hardTimeout);
  const lengthAt = writer.length;
  writer.u16(0);
  writer.u8(head.table);
  writer.zeros(1);
  writer.u64(head.cookie);
  return lengthAt;
}

export function readChangeHead(reader: Reader): ChangeHead & { readonly matchLength: number } {
  const reason = removedReason(reader.u16());
  const priority = reader.u16();
  const idleTimeout = reader.u16();
  const hardTimeout = reader.u16();
  const matchLength = reader.u16();
  const table = reader.u8();
  reader.pad(1);
  return { table, reason, priority, idleTimeout, hardTimeout, cookie: reader.u64(), matchLength };
}
