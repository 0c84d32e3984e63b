// What a row of the multipart table is (OpenFlow 1.5.1 section 7.3.5). A request is data with a `type`; a reply is a
// list of entries, so that the parts of a long one can simply be put together.

import type { Reader } from '../../wire/reader.ts';
import type { Writer } from '../../wire/writer.ts';

export interface MultipartCodec<Request, Entry> {
  /** OFPMP_*. */
  readonly number: number;
  encodeRequest(request: Request, writer: Writer): void;
  decodeRequest(reader: Reader): Request;
  encodeEntry(entry: Entry, writer: Writer): void;
  /** Reads one entry of a reply; the caller goes on while bytes are left. */
  decodeEntry(reader: Reader): Entry;
}

/** A request without a body. */
export const noBody = { encodeRequest: () => {} };
