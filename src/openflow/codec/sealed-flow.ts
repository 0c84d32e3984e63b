// A flow as two short strings: for whoever keeps a hundred thousand of them, and compares them all the time. Each
// character is a byte of the canonical flow (flow/canonical.ts) as OpenFlow 1.5 writes it.

import { canonicalInstructions, keptFlags } from '../flow/canonical.ts';
import { canonicalMatch } from '../flow/canonical-match.ts';
import type { FlowEntry } from '../flow/flow.ts';
import { Reader } from '../wire/reader.ts';
import { Writer } from '../wire/writer.ts';
import { decodeInstructions, encodeInstructions } from './instructions.ts';
import { encodeMatch } from './match.ts';
import { decodePaddedMatch } from './padded-match.ts';

/** A flow in a form to keep and to compare: each character is a byte. */
export interface SealedFlow {
  /** Table, priority and match: two flows with one key replace each other, as with `flowKey`. */
  readonly key: string;
  /** Cookie, timeouts, flags and instructions: equal when, and only when, `sameContent` is true. */
  readonly content: string;
}

/** @throws OpenFlowEncodeError for what OpenFlow 1.5 cannot say */
export function sealFlow(flow: FlowEntry): SealedFlow {
  const key = text(writer => {
    writer.u8(flow.table);
    writer.u16(flow.priority);
    encodeMatch(writer, canonicalMatch(flow.match), flow.unknownMatch);
  });
  const content = text(writer => {
    writer.u64(flow.cookie);
    writer.u16(flow.idleTimeout ?? 0);
    writer.u16(flow.hardTimeout ?? 0);
    writer.u16((flow.flags ?? 0) & keptFlags);
    encodeInstructions(writer, canonicalInstructions(flow.instructions));
  });
  return { key, content };
}

/** The canonical flow again. */
export function unsealFlow({ key, content }: SealedFlow): FlowEntry {
  const head = new Reader(Buffer.from(key, 'latin1'));
  const table = head.u8();
  const priority = head.u16();
  const match = decodePaddedMatch(head);
  const rest = new Reader(Buffer.from(content, 'latin1'));
  const cookie = rest.u64();
  const idleTimeout = rest.u16();
  const hardTimeout = rest.u16();
  const flags = rest.u16();
  return {
    table,
    priority,
    cookie,
    ...match,
    instructions: decodeInstructions(rest),
    ...(idleTimeout !== 0 && { idleTimeout }),
    ...(hardTimeout !== 0 && { hardTimeout }),
    ...(flags !== 0 && { flags }),
  };
}

/** For all flows, one after the other. */
const writer = new Writer();

function text(write: (writer: Writer) => void): string {
  writer.truncate(0);
  write(writer);
  const { buffer, byteOffset, length } = writer.since(0);
  return Buffer.from(buffer, byteOffset, length).toString('latin1');
}
