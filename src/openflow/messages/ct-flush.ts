// NXT_CT_FLUSH: forgets the tracked connections that a tuple names (OVS include/openflow/nicira-ext.h, lib/ofp-ct.c).

import { type PropertyTable, readNamed, readShort, short, writeNamed, writeShort } from '../codec/property-order.ts';
import type { FieldValue } from '../flow/match.ts';
import type { PropertyOrder } from '../flow/property.ts';
import { hex, ipText } from '../text/format-value.ts';
import { unknownProperties } from '../text/unknown.ts';
import type { Reader } from '../wire/reader.ts';
import { type MessageDefinition, nicira } from './shared/message-definition.ts';

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

const icmpProtocols = [1, 58];

const mappedPrefix = 0xffffn;

function isIpv4(address: bigint): boolean {
  return address >> 32n === mappedPrefix;
}

function addressText(address: bigint): string {
  return isIpv4(address) ? ipText(4, address & 0xffffffffn) : ipText(6, address);
}

/** ovs-ofctl goes by the last address in the message. */
function family({ original, reply }: CtFlush): 4 | 6 {
  const last = [original?.source, original?.destination, reply?.source, reply?.destination]
    .filter(address => address !== undefined)
    .at(-1);
  return last !== undefined && isIpv4(last) ? 4 : 6;
}

function tupleText(tuple: CtTuple, prefix: string, isIcmp: boolean): string {
  const { source = 0n, destination = 0n, sourcePort = 0, destinationPort = 0 } = tuple;
  const { icmpId = 0, icmpType = 0, icmpCode = 0 } = tuple;
  const addresses = `${prefix}_src=${addressText(source)},${prefix}_dst=${addressText(destination)}`;
  return isIcmp
    ? `${addresses},icmp_id=${icmpId},icmp_type=${icmpType},icmp_code=${icmpCode}`
    : `${addresses},ct_tp_src=${sourcePort},ct_tp_dst=${destinationPort}`;
}

/** Without a mask, all bits count; under one of zeros, OVS shows nothing. */
function maskedText(name: string, value?: FieldValue, mask?: FieldValue, ones?: FieldValue): readonly string[] {
  if ((value === undefined && mask === undefined) || (mask !== undefined && BigInt(mask) === 0n)) return [];
  const isWhole = mask === undefined || mask === ones;
  return [`${name}=${hex(value ?? 0)}${isWhole ? '' : `/${hex(mask)}`}`];
}

export const ctFlush: MessageDefinition<CtFlush> = {
  kind: 'ct_flush',
  places: [nicira(32)],
  encode(body, writer) {
    writer.u8(body.protocol);
    writer.zeros(7);
    writeNamed(writer, flushProperties, body, body.propertyOrder);
  },
  decode(reader) {
    const protocol = reader.u8();
    reader.pad(7);
    const found: Fields = { protocol };
    const propertyOrder = readNamed(reader, flushProperties, found);
    return { kind: 'ct_flush', ...found, ...(propertyOrder && { propertyOrder }) };
  },
  name: 'NXT_CT_FLUSH',
  print(message) {
    const { original = {}, reply = {}, protocol, zone = 0 } = message;
    const prefix = family(message) === 4 ? 'ct_nw' : 'ct_ipv6';
    const isIcmp = icmpProtocols.includes(protocol);
    const there = `${tupleText(original, prefix, isIcmp)},ct_nw_proto=${protocol}`;
    const others = [
      ...maskedText('mark', message.mark, message.markMask, 0xffffffff),
      ...maskedText('labels', message.labels, message.labelsMask, (1n << 128n) - 1n),
      ...[message, original, reply].flatMap(({ propertyOrder }) => unknownProperties(propertyOrder)),
    ].map(text => `${text} `);
    return ` zone=${zone} ${others.join('')}'${there}' '${tupleText(reply, prefix, isIcmp)}'`;
  },
};
