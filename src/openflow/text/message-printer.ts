// What a row of the printer table is: how one kind of message reads in `ovs-ofctl ofp-print` (OVS lib/ofp-print.c).

import type { WithHeader } from '../codec/message-codec.ts';
import type { FormatOptions } from './names.ts';

export interface MessagePrinter<Body> {
  /** Such as `OFPT_FLOW_MOD`; where it differs between versions, a function of the message. */
  readonly name: string | ((message: WithHeader<Body>) => string);
  /** What stands behind `(xid=0x1):`, its leading space or newline included, without the last newline. */
  print?(message: WithHeader<Body>, options: FormatOptions): string;
}
