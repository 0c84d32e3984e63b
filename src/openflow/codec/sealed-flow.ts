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
  return { key: keyOf(flow), content: contentOf(flow) };
}

function keyOf({ table, priority, match, unknownMatch }: FlowEntry): string {
  writer.truncate(0);
  writer.u8(table);
  writer.u16(priority);
  encodeMatch(writer, canonicalMatch(match), unknownMatch);
  return writer.toLatin1();
}

function contentOf({ cookie, idleTimeout = 0, hardTimeout = 0, flags = 0, instructions }: FlowEntry): string {
  writer.truncate(0);
  writer.u64(cookie);
  writer.u16(idleTimeout);
  writer.u16(hardTimeout);
  writer.u16(flags & keptFlags);
  encodeInstructions(writer, canonicalInstructions(instructions));
  const content = writer.toLatin1();
  if (content !== lastContent) lastContent = content;
  return lastContent;
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

/** Flows that are made one after the other often differ in their match alone: what they have in common is kept once. */
let lastContent = '';

/** For all flows, one after the other. */
const writer = new Writer();
