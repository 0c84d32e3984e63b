// What a row of the table of multipart printers is: how a request and a reply of one type read in `ovs-ofctl ofp-print`.

import type { FormatOptions } from '../names.ts';

export interface MultipartPrinter<Request, Entry> {
  /** Such as `OFPST_FLOW`; where it differs between versions, a function of the version. */
  readonly name: string | ((version: number) => string);
  /** What stands behind the header and the flags, without the last newline; absent: nothing. */
  request?(request: Request, version: number, options: FormatOptions): string;
  reply?(entries: readonly Entry[], version: number, options: FormatOptions): string;
}
