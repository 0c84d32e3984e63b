// What the file of a message says of it: where it stands, how it is written, read and printed. The list of them is
// ../all.ts. Every message starts with a header (OpenFlow 1.5.1 section 7.1.1).

import { niciraVendor } from '../../codec/nicira.ts';
import { onfVendor } from '../../codec/onf.ts';
import type { FormatOptions } from '../../text/names.ts';
import type { Reader } from '../../wire/reader.ts';
import { openflow13, type Padding } from '../../wire/version.ts';
import type { Writer } from '../../wire/writer.ts';
import type { Message, MessageBody } from '../all.ts';

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

/** Where a message stands in the versions `since` to `until`: an OFPT_* type, or a vendor's subtype. */
export type Place = { readonly since?: number; readonly until?: number } & (
  | { readonly type: number }
  | { readonly vendor: number; readonly subtype: number }
);

/** Messages in messages: their bytes, header included. */
export interface MessageListCodec {
  encode(writer: Writer, body: MessageBody, header: Header): void;
  /** Reads all that is left. One that holds another itself is kept raw: no switch takes it, and it could nest deep. */
  decode(reader: Reader): { readonly header: Header; readonly body: MessageBody };
}

/** What a printer takes for other messages, and for its own as bytes. */
export interface MessagePrinters {
  encode(message: Message): Uint8Array;
  /** All of a message. */
  format(message: Message, options: FormatOptions): string;
  /** What stands behind its header. */
  formatBody(message: Message, options: FormatOptions): string;
  /** Bytes that begin as a message does, cut or not. */
  formatBytes(bytes: Uint8Array, options: FormatOptions): string;
}

/** How the bytes behind the header (behind vendor and subtype for an extension) are written and read. */
export interface MessageForm<Body> {
  /** The writer knows the version of the message it is at; `header` is that of the message. */
  encode(body: Body, writer: Writer, header: Header, list: MessageListCodec): void;
  decode(reader: Reader, header: Header, list: MessageListCodec): Body;
}

export interface MessageDefinition<Body extends { readonly kind: string }> extends MessageForm<Body> {
  readonly kind: Body['kind'];
  /** In the order in which `encode` tries them. */
  readonly places: readonly Place[];
  /** As `ovs-ofctl ofp-print` names it; where that differs between versions, a function of the message. */
  readonly name: string | ((message: WithHeader<Body>) => string);
  /** What stands behind `(xid=0x1):`, its leading space or newline included, without the last newline. */
  print?(message: WithHeader<Body>, options: FormatOptions, printers: MessagePrinters): string;
}

/** A vendor's message of Nicira. */
export const nicira = (subtype: number): Place => ({ vendor: niciraVendor, subtype });

/** What OpenFlow 1.4 took into the standard, as the ONF's extension to 1.3. */
export const onf13 = (subtype: number): Place => ({ vendor: onfVendor, subtype, until: openflow13 });

/** A message that is only its header. */
export interface EmptyMessage<Kind extends string> {
  readonly kind: Kind;
}

export function emptyMessage<Kind extends string>(
  kind: Kind,
  places: readonly Place[],
  name: string,
): MessageDefinition<EmptyMessage<Kind>> {
  return { kind, places, encode: () => {}, decode: () => ({ kind }), name };
}
