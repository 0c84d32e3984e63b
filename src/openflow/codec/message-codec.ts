// What a row of the message table is, and the header every message starts with (OpenFlow 1.5.1 section 7.1.1).

import type { Reader } from '../wire/reader.ts';
import type { Padding } from '../wire/version.ts';
import type { Writer } from '../wire/writer.ts';

export const headerLength = 8;

/** What all messages have in common (OpenFlow 1.5.1 section 7.1.1). */
export interface Header {
  /** 0x04 is OpenFlow 1.3, 0x05 is 1.4, 0x06 is 1.5. */
  readonly version: number;
  /** 0 to 0xffffffff. */
  readonly xid: number;
}

/** What a decoded message had besides its fields; `encode` writes it back. */
export interface Remains {
  readonly padding?: readonly Padding[];
  /** Bytes behind the last field. */
  readonly trailing?: Uint8Array;
}

/** A message body with its header: what `decode` returns. */
export type WithHeader<Body> = Body & Header & Remains;

/** Reader and writer know the version of the message they are at; `header` is that of the message. */
export interface MessageCodec<Body> {
  /** Writes what stands behind the header (behind vendor and subtype for an extension). */
  encodeBody(body: Body, writer: Writer, header: Header): void;
  decodeBody(reader: Reader, header: Header): Body;
}

/** Where a message stands in the versions `since` to `until`: an OFPT_* type, or a vendor's subtype. */
export type Place = { readonly since?: number; readonly until?: number } & (
  | { readonly type: number }
  | { readonly vendor: number; readonly subtype: number }
);
