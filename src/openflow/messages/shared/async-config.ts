// Which asynchronous messages a controller wants, as four messages have it: properties since OpenFlow 1.4 (OpenFlow 1.5.1
// section 7.3.10), six masks in 1.3 (OVS lib/ofp-connection.c).

import { type NamedProperty, readNamed, writeNamed } from '../../codec/property-order.ts';
import { packetInReasonTexts } from '../../flow/packet-in-reason.ts';
import type { PropertyOrder } from '../../flow/property.ts';
import type { Reader } from '../../wire/reader.ts';
import { openflow14 } from '../../wire/version.ts';
import type { Writer } from '../../wire/writer.ts';
import { removedReasonTexts } from '../flow-removed.ts';
import { portReasons } from '../port-status.ts';
import { forwardedRequests } from '../request-forward.ts';
import { roleReasonTexts } from '../role-status.ts';
import { tableReasons } from '../table-status.ts';
import type { MessageDefinition, Place } from './message-definition.ts';

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

/** Messages, with the names of their reasons by number. */
const rows: readonly (readonly [name: string, property: string, reasons: readonly (string | undefined)[]])[] = [
  ['PACKET_IN', 'packet_in', packetInReasonTexts],
  ['PORT_STATUS', 'port_status', portReasons],
  ['FLOW_REMOVED', 'flow_removed', removedReasonTexts],
  ['ROLE_STATUS', 'role_status', roleReasonTexts],
  ['TABLE_STATUS', 'table_status', tableReasons],
  ['REQUESTFORWARD', 'request_forward', forwardedRequests.map(kind => `${kind}_request`)],
];

function maskText(name: string, mask: number, reasons: readonly (string | undefined)[]): string {
  const set = Array.from({ length: 32 }, (_, bit) => bit).filter(bit => (mask >>> bit) & 1);
  const texts = set.map(bit => ` ${reasons[bit] ?? bit}`).join('');
  return `${name.padStart(16)}:${mask === 0 ? ' (off)' : texts}`;
}

/** Bits of PACKET_IN that OpenFlow 1.3 and earlier know. */
const packetInBits10 = 7;

function masksOf(masks: AsyncMasks, suffix: '' | '_secondary', version: number): string {
  return rows
    .map(([name, property, reasons]) => {
      const mask = masks[`${property}${suffix}` as AsyncProperty] ?? 0;
      const allowed = name === 'PACKET_IN' && version < openflow14 ? mask & packetInBits10 : mask;
      return maskText(name, allowed, reasons);
    })
    .join('\n');
}

export function asyncConfig<Kind extends Kinds>(
  kind: Kind,
  places: readonly Place[],
  name: string,
): MessageDefinition<AsyncConfig<Kind>> {
  const isFixed = (version: number) => kind === 'nx_set_async' || (kind !== 'nx_set_async2' && version < openflow14);
  return {
    kind,
    places,
    encode({ masks, order }, writer) {
      if (isFixed(writer.version)) writeFixed(writer, masks);
      else writeNamed(writer, table, masks, order);
    },
    decode(reader) {
      if (isFixed(reader.version)) return { kind, masks: readFixed(reader) };
      const masks: AsyncMasks = {};
      const order = readNamed(reader, table, masks);
      return { kind, masks, ...(order && { order }) };
    },
    name,
    print: ({ masks, version }) =>
      `\n primary:\n${masksOf(masks, '', version)}\n\n secondary:\n${masksOf(masks, '_secondary', version)}`,
  };
}
