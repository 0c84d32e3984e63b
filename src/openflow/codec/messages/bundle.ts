// OFPT_BUNDLE_CONTROL and OFPT_BUNDLE_ADD_MESSAGE (OpenFlow 1.5.1 section 7.3.9). The message inside an add carries
// the xid of the add.

import { OpenFlowDecodeError } from '../../errors.ts';
import type { Header, MessageCodec } from '../message-codec.ts';

export interface BundleControl {
  readonly kind: 'bundle_control';
  readonly bundleId: number;
  readonly type: (typeof controlTypes)[number];
  readonly flags: number;
}

/** `Inner` is any message body. */
export interface BundleAdd<Inner> {
  readonly kind: 'bundle_add';
  readonly bundleId: number;
  readonly flags: number;
  readonly message: Inner;
  /** Header of `message` where it is not that of the add, against section 7.3.9.6. */
  readonly inner?: Header;
}

/** By OFPBCT_* number. */
const controlTypes = [
  'open_request',
  'open_reply',
  'close_request',
  'close_reply',
  'commit_request',
  'commit_reply',
  'discard_request',
  'discard_reply',
] as const;

export const bundleFlag = { atomic: 1, ordered: 2 } as const;

export const bundleControl: MessageCodec<BundleControl> = {
  encodeBody(body, writer) {
    writer.u32(body.bundleId);
    writer.u16(controlTypes.indexOf(body.type));
    writer.u16(body.flags);
  },
  decodeBody(reader) {
    const bundleId = reader.u32();
    const number = reader.u16();
    const type = controlTypes[number];
    if (!type) throw new OpenFlowDecodeError('OF_BAD_VALUE', `bundle control type ${number}`);
    return { kind: 'bundle_control', bundleId, type, flags: reader.u16() };
  },
};
