// What the file of a multipart type says of it (OpenFlow 1.5.1 section 7.3.5). A request is data with a `type`; a reply is a
// list of entries, so that the parts of a long one can simply be put together. The list of types is ../all.ts.

import type { FormatOptions } from '../../../text/names.ts';
import type { Reader } from '../../../wire/reader.ts';
import type { Writer } from '../../../wire/writer.ts';

/** An OFPMP_* type, or a vendor's subtype under OFPMP_EXPERIMENTER, in the versions `since` to `until`. */
export type MultipartPlace = { readonly since?: number; readonly until?: number } & (
  | { readonly type: number }
  | { readonly vendor: number; readonly subtype: number }
);

export interface MultipartDefinition<Request extends { readonly type: string }, Entry> {
  readonly type: Request['type'];
  /** OFPMP_*, in the versions that have it; `encode` takes the first that fits. */
  readonly places: readonly MultipartPlace[];
  encodeRequest(request: Request, writer: Writer): void;
  decodeRequest(reader: Reader): Request;
  encodeEntry(entry: Entry, writer: Writer): void;
  /** Reads one entry of a reply; the caller goes on while bytes are left. */
  decodeEntry(reader: Reader): Entry;
  /** As `ovs-ofctl ofp-print` names it; where that differs between versions, a function of the version. */
  readonly name: string | ((version: number) => string);
  /** What stands behind the header and the flags, without the last newline; absent: nothing. */
  printRequest?(request: Request, version: number, options: FormatOptions): string;
  printReply?(entries: readonly Entry[], version: number, options: FormatOptions): string;
}

/** A request without a body. */
export const noBody = { encodeRequest: () => {} };
