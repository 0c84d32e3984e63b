// OFPMP_BUNDLE_FEATURES (OpenFlow 1.5.1 section 7.3.5): what bundles a switch takes.

import { writeUnknownProperties } from '../../codec/properties.ts';
import { readUnknown } from '../../codec/property-order.ts';
import type { UnknownProperty } from '../../flow/property.ts';
import { openflow15 } from '../../wire/version.ts';
import type { MultipartDefinition } from './shared/multipart-definition.ts';

export interface BundleFeaturesRequest {
  readonly type: 'bundle_features';
  /** Bits of ofp_bundle_feature_flags: 1 asks for the time stamp, 2 says that the request has a time property. */
  readonly flags: number;
  /** As they came, or as they shall go. */
  readonly properties?: readonly UnknownProperty[];
}

/** What bundles a switch takes (OpenFlow 1.5.1 section 7.3.5). */
export interface BundleFeatures {
  /** Bits of bundleFlag: what the switch can do. */
  readonly capabilities: number;
  /** Such as how well the switch keeps the time, as they came. */
  readonly properties?: readonly UnknownProperty[];
}

export const bundleFeatures: MultipartDefinition<BundleFeaturesRequest, BundleFeatures> = {
  type: 'bundle_features',
  places: [{ type: 19, since: openflow15 }],
  encodeRequest(request, writer) {
    writer.u32(request.flags);
    writer.zeros(4);
    writeUnknownProperties(writer, request.properties);
  },
  decodeRequest(reader) {
    const flags = reader.u32();
    reader.pad(4);
    return { type: 'bundle_features', flags, ...readUnknown(reader) };
  },
  encodeEntry(entry, writer) {
    writer.u16(entry.capabilities);
    writer.zeros(6);
    writeUnknownProperties(writer, entry.properties);
  },
  decodeEntry(reader) {
    const capabilities = reader.u16();
    reader.pad(6);
    return { capabilities, ...readUnknown(reader) };
  },
  name: 'OFPST_BUNDLE_FEATURES',
};
