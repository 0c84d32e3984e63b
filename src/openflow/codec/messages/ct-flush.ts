// NXT_CT_FLUSH: forgets the tracked connections that a tuple names (OVS include/openflow/nicira-ext.h).

import type { PropertyOrder } from '../../flow/property.ts';
import type { Reader } from '../../wire/reader.ts';
import type { MessageCodec } from '../message-codec.ts';
import { type PropertyTable, readNamed, readShort, short, writeNamed, writeShort } from '../property-order.ts';

/**
 * What one direction of a connection looks like. What is absent does not restrict (OVS
 * include/openflow/nicira-ext.h).
 */
export interface CtTuple {
  /** As IPv6, 128 bits; an IPv4 address is mapped (::ffff:192.0.2.1). */
  readonly source?: bigint;
  readonly destination?: bigint;
  /** 0 to 65535. */
  readonly sourcePort?: number;
  readonly destinationPort?: number;
  /** For ICMP and ICMPv6, in the place of ports. */
  readonly icmpId?: number;
  readonly icmpType?: number;
  readonly icmpCode?: number;
  /** Exactly which properties a decoded tuple has; absent: those that have a value. */
  readonly propertyOrder?: PropertyOrder<CtTupleProperty>;
}

/** A property of a tuple by name. */
export type CtTupleProperty =
  | 'source'
  | 'destination'
  | 'icmpId'
  | 'icmpType'
  | 'icmpCode'
  | 'sourcePort'
  | 'destinationPort';

/** Forgets the tracked connections of a zone that match a tuple (OVS include/openflow/nicira-ext.h, NXT_CT_FLUSH). */
export interface CtFlush {
  readonly kind: 'ct_flush';
  /** IP protocol of the tuples; 0: any. */
  readonly protocol: number;
  readonly original?: CtTuple;
  readonly reply?: CtTuple;
  /** 0 to 65535; absent: zone 0. */
  readonly zone?: number;
  /** Only connections with these marks and labels, since OVS 3.3; the masks say which bits count, all when absent. */
  readonly mark?: number;
  readonly markMask?: number;
  readonly labels?: bigint;
  readonly labelsMask?: bigint;
  readonly propertyOrder?: PropertyOrder<CtFlushProperty>;
}

/** A property of a connection flush by name (OVS include/openflow/nicira-ext.h). */
export type CtFlushProperty = 'original' | 'reply' | 'zone' | 'mark' | 'markMask' | 'labels' | 'labelsMask';

/** By NXT_CT_TUPLE_*, in the order in which OVS writes them. */
const tupleProperties: PropertyTable<CtTuple, CtTupleProperty> = {
  source: {
    type: 0,
    bytes: 16,
    isIn: tuple => tuple.source !== undefined,
    write: (tuple, writer) => writer.u128(tuple.source ?? 0n),
    read: value => ({ source: value.u128() }),
  },
  destination: {
    type: 1,
    bytes: 16,
    isIn: tuple => tuple.destination !== undefined,
    write: (tuple, writer) => writer.u128(tuple.destination ?? 0n),
    read: value => ({ destination: value.u128() }),
  },
  icmpId: {
    type: 4,
    ...short,
    isIn: tuple => tuple.icmpId !== undefined,
    write: (tuple, writer) => writeShort(writer, tuple.icmpId),
    read: value => ({ icmpId: readShort(value) }),
  },
  icmpType: {
    type: 5,
    bytes: 1,
    least: 1,
    isIn: tuple => tuple.icmpType !== undefined,
    write: (tuple, writer) => writer.u8(tuple.icmpType ?? 0),
    read: value => ({ icmpType: value.u8() }),
  },
  icmpCode: {
    type: 6,
    bytes: 1,
    least: 1,
    isIn: tuple => tuple.icmpCode !== undefined,
    write: (tuple, writer) => writer.u8(tuple.icmpCode ?? 0),
    read: value => ({ icmpCode: value.u8() }),
  },
  sourcePort: {
    type: 2,
    ...short,
    isIn: tuple => tuple.sourcePort !== undefined,
    write: (tuple, writer) => writeShort(writer, tuple.sourcePort),
    read: value => ({ sourcePort: readShort(value) }),
  },
  destinationPort: {
    type: 3,
    ...short,
    isIn: tuple => tuple.destinationPort !== undefined,
    write: (tuple, writer) => writeShort(writer, tuple.destinationPort),
    read: value => ({ destinationPort: readShort(value) }),
  },
};

function readTuple(value: Reader): CtTuple | undefined {
  if (value.remaining < 4 || value.remaining % 8 !== 4) return undefined;
  value.pad(4);
  const tuple: CtTuple = {};
  const propertyOrder = readNamed(value, tupleProperties, tuple);
  return { ...tuple, ...(propertyOrder && { propertyOrder }) };
}

type Fields = Omit<CtFlush, 'kind'>;

const flushProperties: PropertyTable<Fields, CtFlushProperty> = {
  original: tupleProperty('original', 0),
  reply: tupleProperty('reply', 1),
  zone: {
    type: 2,
    ...short,
    isIn: body => body.zone !== undefined,
    write: (body, writer) => writeShort(writer, body.zone),
    read: value => ({ zone: readShort(value) }),
  },
  mark: bitsProperty('mark', 3, 'markMask'),
  markMask: bitsProperty('markMask', 4),
  labels: wideProperty('labels', 5, 'labelsMask'),
  labelsMask: wideProperty('labelsMask', 6),
};

type FlushTable = PropertyTable<Fields, CtFlushProperty>;

/** A value without a mask counts in all its bits; a mask without a value is on zeros. */
function isSaid<Name extends 'mark' | 'markMask' | 'labels' | 'labelsMask'>(name: Name, mask?: Name) {
  return (body: Fields) => body[name] !== undefined || (mask !== undefined && body[mask] !== undefined);
}

function bitsProperty(name: 'mark' | 'markMask', type: number, mask?: 'markMask'): FlushTable['mark'] {
  return {
    type,
    bytes: 4,
    isIn: isSaid(name, mask),
    write: (body, writer) => writer.u32(body[name] ?? 0),
    read: value => ({ [name]: value.u32() }),
  };
}

function wideProperty(name: 'labels' | 'labelsMask', type: number, mask?: 'labelsMask'): FlushTable['labels'] {
  return {
    type,
    bytes: 16,
    isIn: isSaid(name, mask),
    write: (body, writer) => writer.u128(body[name] ?? 0n),
    read: value => ({ [name]: value.u128() }),
  };
}

function tupleProperty(name: 'original' | 'reply', type: number): PropertyTable<Fields, CtFlushProperty>['original'] {
  return {
    type,
    isIn: body => body[name] !== undefined,
    write(body, writer) {
      writer.zeros(4);
      const tuple = body[name] ?? {};
      writeNamed(writer, tupleProperties, tuple, tuple.propertyOrder);
    },
    read(value) {
      const tuple = readTuple(value);
      return tuple && { [name]: tuple };
    },
  };
}

export const ctFlush: MessageCodec<CtFlush> = {
  encodeBody(body, writer) {
    writer.u8(body.protocol);
    writer.zeros(7);
    writeNamed(writer, flushProperties, body, body.propertyOrder);
  },
  decodeBody(reader) {
    const protocol = reader.u8();
    reader.pad(7);
    const found: Fields = { protocol };
    const propertyOrder = readNamed(reader, flushProperties, found);
    return { kind: 'ct_flush', ...found, ...(propertyOrder && { propertyOrder }) };
  },
};
