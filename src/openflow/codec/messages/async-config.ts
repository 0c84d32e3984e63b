// OFPT_SET_ASYNC and OFPT_GET_ASYNC_REPLY: which asynchronous messages a controller wants, as properties
// (OpenFlow 1.5.1 section 7.3.10).

import type { MessageCodec } from '../message-codec.ts';
import { readProperties, writeProperty } from '../properties.ts';

export interface AsyncConfig<Kind extends 'set_async' | 'get_async_reply'> {
  readonly kind: Kind;
  /** What is absent stays as it is. */
  readonly masks: Partial<Record<AsyncProperty, number>>;
}

/** `_secondary`: while the controller's role is secondary. Each mask has one bit per reason of its message. */
export type AsyncProperty = (typeof asyncProperties)[number];

/** By OFPACPT_* number. */
export const asyncProperties = [
  'packet_in_secondary',
  'packet_in',
  'port_status_secondary',
  'port_status',
  'flow_removed_secondary',
  'flow_removed',
  'role_status_secondary',
  'role_status',
  'table_status_secondary',
  'table_status',
  'request_forward_secondary',
  'request_forward',
] as const;

export function asyncConfig<Kind extends 'set_async' | 'get_async_reply'>(kind: Kind): MessageCodec<AsyncConfig<Kind>> {
  return {
    encodeBody({ masks }, writer) {
      for (const [type, name] of asyncProperties.entries()) {
        const mask = masks[name];
        if (mask !== undefined) writeProperty(writer, type, w => w.u32(mask));
      }
    },
    decodeBody(reader) {
      const masks: Partial<Record<AsyncProperty, number>> = {};
      for (const { type, value } of readProperties(reader)) {
        const name = asyncProperties[type];
        if (name) masks[name] = value.u32();
      }
      return { kind, masks };
    },
  };
}
