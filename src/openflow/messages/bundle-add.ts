// OFPT_BUNDLE_ADD_MESSAGE (OpenFlow 1.5.1 section 7.3.9.6); OpenFlow 1.3 has it as an extension of the ONF (OVS
// include/openvswitch/ofp-msgs.h). The message inside carries the xid of the add.

import { writeUnknownProperties } from '../codec/properties.ts';
import { readUnknownIfAny } from '../codec/property-order.ts';
import type { UnknownProperty } from '../flow/property.ts';
import { hex } from '../text/format-value.ts';
import type { Reader } from '../wire/reader.ts';
import { openflow14 } from '../wire/version.ts';
import type { MessageBody } from './all.ts';
import { bundleFlagsText, bundleName } from './shared/bundle.ts';
import { decodeInner } from './shared/inner-message.ts';
import { type Header, type MessageDefinition, onf13 } from './shared/message-definition.ts';

/** Puts a message into a bundle (OpenFlow 1.5.1 section 7.3.9.6). */
export interface BundleAdd {
  readonly kind: 'bundle_add';
  readonly bundleId: number;
  /** Bits of bundleFlag. */
  readonly flags: number;
  readonly message: MessageBody;
  /** Header of `message` where it is not that of the add, against section 7.3.9.6. */
  readonly inner?: Header;
  /** Behind the message, as they came. */
  readonly properties?: readonly UnknownProperty[];
}

/** Properties behind a message of `length` bytes; what is none is left to be kept behind the whole. */
function decodeBehind(reader: Reader, length: number): readonly UnknownProperty[] | undefined {
  const gap = (8 - (length % 8)) % 8;
  if (reader.remaining === 0 || reader.remaining < gap) return undefined;
  const start = reader.offset;
  reader.pad(gap);
  const properties = readUnknownIfAny(reader);
  if (!properties) reader.offset = start;
  return properties;
}

export const bundleAdd: MessageDefinition<BundleAdd> = {
  kind: 'bundle_add',
  places: [{ type: 34, since: openflow14 }, onf13(2301)],
  encode({ bundleId, flags, message, inner, properties }, writer, header, list) {
    writer.u32(bundleId);
    writer.zeros(2);
    writer.u16(flags);
    const start = writer.length;
    list.encode(writer, message, inner ?? header);
    if (properties) writer.align(start, 8);
    writeUnknownProperties(writer, properties);
  },
  decode(reader, outer, list) {
    const bundleId = reader.u32();
    reader.pad(2);
    const flags = reader.u16();
    const { length, header, body } = decodeInner(reader, list);
    const same = header.version === outer.version && header.xid === outer.xid;
    const properties = decodeBehind(reader, length);
    return {
      kind: 'bundle_add',
      bundleId,
      flags,
      message: body,
      ...(!same && { inner: header }),
      ...(properties && { properties }),
    };
  },
  name: ({ version }) => bundleName('ADD_MESSAGE', version),
  print({ bundleId, flags, message, inner, version, xid }, options, printers) {
    const text = printers.format({ ...message, version, xid, ...inner }, options);
    return `\n bundle_id=${hex(bundleId)} flags=${bundleFlagsText(flags)}\n${text}`;
  },
};
