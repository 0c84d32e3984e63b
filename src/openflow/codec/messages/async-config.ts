// Which asynchronous messages a controller wants: OFPT_SET_ASYNC and OFPT_GET_ASYNC_REPLY, properties since OpenFlow 1.4
// (OpenFlow 1.5.1 section 7.3.10), six masks in 1.3; and Nicira's NXT_SET_ASYNC_CONFIG, and NXT_SET_ASYNC_CONFIG2 with
// the properties for 1.3 (OVS include/openflow/nicira-ext.h).

import type { PropertyOrder } from '../../flow/property.ts';
import type { Reader } from '../../wire/reader.ts';
import { openflow14 } from '../../wire/version.ts';
import type { Writer } from '../../wire/writer.ts';
import type { MessageCodec } from '../message-codec.ts';
import { type NamedProperty, readNamed, writeNamed } from '../property-order.ts';

/** `_secondary`: while the controller's role is secondary. Each mask has one bit per reason of its message. */
export type AsyncProperty = (typeof asyncProperties)[number];

/** What is absent stays as it is; in OpenFlow 1.3 it is 0. */
export type AsyncMasks = Partial<Record<AsyncProperty, number>>;

type Kinds = 'set_async' | 'get_async_reply' | 'nx_set_async' | 'nx_set_async2';

export interface AsyncConfig<Kind extends Kinds> {
  readonly kind: Kind;
  readonly masks: AsyncMasks;
  /** Present where the properties are not in their usual order, or not all known. */
  readonly order?: PropertyOrder<AsyncProperty>;
}

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

const table = Object.fromEntries(
  asyncProperties.map((name, type): [AsyncProperty, NamedProperty<AsyncMasks>] => [
    name,
    {
      type,
      bytes: 4,
      isIn: masks => masks[name] !== undefined,
      write: (masks, writer) => writer.u32(masks[name] ?? 0),
      read: value => ({ [name]: value.u32() }),
    },
  ]),
) as Record<AsyncProperty, NamedProperty<AsyncMasks>>;

/** The masks of OpenFlow 1.3, in their order. */
const fixedMasks = [
  'packet_in',
  'packet_in_secondary',
  'port_status',
  'port_status_secondary',
  'flow_removed',
  'flow_removed_secondary',
] as const satisfies readonly AsyncProperty[];

function writeFixed(writer: Writer, masks: AsyncMasks): void {
  for (const name of fixedMasks) writer.u32(masks[name] ?? 0);
}

function readFixed(reader: Reader): AsyncMasks {
  const masks: AsyncMasks = {};
  for (const name of fixedMasks) masks[name] = reader.u32();
  return masks;
}

export function asyncConfig<Kind extends Kinds>(kind: Kind): MessageCodec<AsyncConfig<Kind>> {
  const isFixed = (version: number) => kind === 'nx_set_async' || (kind !== 'nx_set_async2' && version < openflow14);
  return {
    encodeBody({ masks, order }, writer) {
      if (isFixed(writer.version)) writeFixed(writer, masks);
      else writeNamed(writer, table, masks, order);
    },
    decodeBody(reader) {
      if (isFixed(reader.version)) return { kind, masks: readFixed(reader) };
      const masks: AsyncMasks = {};
      const order = readNamed(reader, table, masks);
      return { kind, masks, ...(order && { order }) };
    },
  };
}
