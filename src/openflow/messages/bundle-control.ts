// OFPT_BUNDLE_CONTROL (OpenFlow 1.5.1 section 7.3.9.1); OpenFlow 1.3 has it as an extension of the ONF (OVS
// include/openvswitch/ofp-msgs.h, lib/ofp-bundle.c).

import { nameOf, numberOf } from '../codec/named.ts';
import { writeUnknownProperties } from '../codec/properties.ts';
import { readUnknownIfAny } from '../codec/property-order.ts';
import type { UnknownProperty } from '../flow/property.ts';
import { hex } from '../text/format-value.ts';
import { openflow14 } from '../wire/version.ts';
import { bundleFlagsText, bundleName } from './shared/bundle.ts';
import { type MessageDefinition, onf13 } from './shared/message-definition.ts';

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

export const bundleControl: MessageDefinition<BundleControl> = {
  kind: 'bundle_control',
  places: [{ type: 33, since: openflow14 }, onf13(2300)],
  encode(body, writer) {
    writer.u32(body.bundleId);
    writer.u16(numberOf(controlTypes, body.type));
    writer.u16(body.flags);
    writeUnknownProperties(writer, body.properties);
  },
  decode(reader) {
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
  name: ({ version }) => bundleName('CONTROL', version),
  print({ bundleId, type, flags }) {
    const name = typeof type === 'number' ? '' : type.toUpperCase();
    return `\n bundle_id=${hex(bundleId)} type=${name} flags=${bundleFlagsText(flags)}`;
  },
};
