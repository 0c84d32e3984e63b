// OFPT_BUNDLE_CONTROL and what stands around the message of OFPT_BUNDLE_ADD_MESSAGE (OpenFlow 1.5.1 section 7.3.9);
// OpenFlow 1.3 has both as an extension of the ONF (OVS include/openvswitch/ofp-msgs.h). The message inside an add
// carries the xid of the add.

import type { UnknownProperty } from '../../flow/property.ts';
import type { Header, MessageCodec } from '../message-codec.ts';
import { nameOf, numberOf } from '../named.ts';
import { writeUnknownProperties } from '../properties.ts';
import { readUnknownIfAny } from '../property-order.ts';

/** Opens, closes, commits or discards a bundle, or answers that (OpenFlow 1.5.1 section 7.3.9.1; ONF EXT-230 in 1.3). */
export interface BundleControl {
  readonly kind: 'bundle_control';
  readonly bundleId: number;
  readonly type: (typeof controlTypes)[number] | number;
  /** Bits of bundleFlag. */
  readonly flags: number;
  /** Such as the time of a scheduled bundle (OFPBPT_TIME), as they came. */
  readonly properties?: readonly UnknownProperty[];
}

/** `Inner` is any message body. */
export interface BundleAdd<Inner> {
  readonly kind: 'bundle_add';
  readonly bundleId: number;
  /** Bits of bundleFlag. */
  readonly flags: number;
  readonly message: Inner;
  /** Header of `message` where it is not that of the add, against section 7.3.9.6. */
  readonly inner?: Header;
  /** Behind the message, as they came. */
  readonly properties?: readonly UnknownProperty[];
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

/** OFPBF_*; `time` since OpenFlow 1.5. */
export const bundleFlag = { atomic: 1, ordered: 2, time: 4 } as const;

export const bundleControl: MessageCodec<BundleControl> = {
  encodeBody(body, writer) {
    writer.u32(body.bundleId);
    writer.u16(numberOf(controlTypes, body.type));
    writer.u16(body.flags);
    writeUnknownProperties(writer, body.properties);
  },
  decodeBody(reader) {
    const bundleId = reader.u32();
    const number = reader.u16();
    const flags = reader.u16();
    const properties = readUnknownIfAny(reader) ?? [];
    return {
      kind: 'bundle_control',
      bundleId,
      type: nameOf(controlTypes, number),
      flags,
      ...(properties.length > 0 && { properties }),
    };
  },
};
