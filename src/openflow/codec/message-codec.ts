// What a row of the message table is, and the header every message starts with (OpenFlow 1.5.1 section 7.1.1).

import type { Reader } from '../wire/reader.ts';
import type { Writer } from '../wire/writer.ts';

/** OpenFlow's version numbers on the wire. */
export const openflow15 = 0x06;

export const headerLength = 8;

export interface Header {
  /** 0x06 is OpenFlow 1.5. */
  readonly version: number;
  /** 0 to 0xffffffff. */
  readonly xid: number;
}

/** A message body with its header: what `decode` returns. */
export type WithHeader<Body> = Body & Header;

export interface MessageCodec<Body> {
  /** Writes what stands behind the header (behind vendor and subtype for an extension). */
  encodeBody(body: Body, writer: Writer, header: Header): void;
  decodeBody(reader: Reader, header: Header): Body;
}
