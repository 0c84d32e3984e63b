// NXAST_ENCAP and its properties (OVS include/openvswitch/ofp-ed-props.h, lib/ofp-ed-props.c).

import { OpenFlowEncodeError } from '../errors.ts';
import { hex, hexPadded } from '../text/format-value.ts';
import { named, type Piece, pairs, split, trim, unexpected } from '../text/parse/cursor.ts';
import { isIp } from '../text/parse/packet.ts';
import { parseDecimal, parseInteger, parseWithin } from '../text/parse/parse-number.ts';
import type { Reader } from '../wire/reader.ts';
import type { Writer } from '../wire/writer.ts';
import type { ActionDefinition, ActionParser } from './shared/action-definition.ts';
import { nicira } from './shared/action-form.ts';

/** Headers by packet type: namespace in the high 16 bits, type in the low. */
export const encapTypes = { ethernet: 0, nsh: 0x1894f, mpls: 0x18847, mpls_mc: 0x18848 } as const;

/** `encap(...)`: push a header (OVS include/openvswitch/ofp-ed-props.h). */
export interface EncapAction {
  readonly kind: 'encap';
  /** Namespace in the high 16 bits, type in the low: 0 ethernet, 0x1894f nsh, 0x18847 mpls, 0x18848 mpls_mc. */
  readonly packetType: number;
  /** Bytes; 0 lets the switch choose. */
  readonly headerSize?: number;
  readonly properties?: readonly EncapProperty[];
}

/** What a pushed header starts with (ovs-actions(7)). */
export type EncapProperty =
  | { readonly kind: 'nsh_md_type'; readonly mdType: number }
  | { readonly kind: 'nsh_tlv'; readonly tlvClass: number; readonly type: number; readonly value: Uint8Array }
  /** A property this library does not know, header and padding included. */
  | { readonly kind: 'unknown_property'; readonly bytes: Uint8Array };

const nshClass = 0x0004;
const nshMdType = 1;
const nshTlv = 2;
const mdTypeLength = 5;
const tlvHeaderLength = 8;

function writeEncapProperty(writer: Writer, property: EncapProperty): void {
  switch (property.kind) {
    case 'nsh_md_type':
      writer.u16(nshClass);
      writer.u8(nshMdType);
      writer.u8(mdTypeLength);
      writer.u8(property.mdType);
      writer.zeros(3);
      break;
    case 'nsh_tlv': {
      const padded = 8 * Math.ceil(property.value.length / 8);
      if (tlvHeaderLength + padded > 0xff) {
        throw new OpenFlowEncodeError('OF_TOO_LONG', `an NSH TLV of ${property.value.length} bytes, more than 240`);
      }
      writer.u16(nshClass);
      writer.u8(nshTlv);
      writer.u8(tlvHeaderLength + padded);
      writer.u16(property.tlvClass);
      writer.u8(property.type);
      writer.u8(property.value.length);
      writer.raw(property.value);
      writer.zeros(padded - property.value.length);
      break;
    }
    case 'unknown_property':
      writer.raw(property.bytes);
      break;
  }
}

/** One property; undefined when its length is wrong. */
function readEncapProperty(outer: Reader): EncapProperty | undefined {
  const length = outer.remaining < 4 ? 0 : outer.peekU8(3);
  const padded = 8 * Math.ceil(length / 8);
  if (length < 4 || padded > outer.remaining) return undefined;
  const reader = outer.sub(padded);
  const { offset } = reader;
  const propertyClass = reader.u16();
  const type = reader.u8();
  reader.skip(1);
  if (propertyClass === nshClass && type === nshMdType && length === mdTypeLength) {
    const mdType = reader.u8();
    reader.pad(3);
    return { kind: 'nsh_md_type', mdType };
  }
  if (propertyClass === nshClass && type === nshTlv && length >= tlvHeaderLength) {
    const tlvClass = reader.u16();
    const tlvType = reader.u8();
    const valueLength = reader.u8();
    if (length === tlvHeaderLength + 8 * Math.ceil(valueLength / 8)) {
      const value = reader.copy(valueLength);
      reader.pad(reader.remaining);
      return { kind: 'nsh_tlv', tlvClass, type: tlvType, value };
    }
  }
  return { kind: 'unknown_property', bytes: outer.bytes.slice(offset, reader.end) };
}

function printProperty(property: EncapProperty): string {
  switch (property.kind) {
    case 'nsh_md_type':
      return `md_type=${property.mdType}`;
    case 'nsh_tlv': {
      const value = hex(BigInt(`0x${Buffer.from(property.value).toString('hex') || '0'}`));
      return `tlv(${hexPadded(property.tlvClass, 4)},${property.type},${value})`;
    }
    case 'unknown_property':
      return `unknown(${Buffer.from(property.bytes).toString('hex')})`;
  }
}

function parseTlv(text: Piece): EncapProperty {
  const [tlvClass, type, value] = split(text, ',').map(trim);
  const digits = /^0x((?:[0-9a-fA-F]{2})+)$/.exec(value?.text ?? '');
  if (!tlvClass?.text.startsWith('0x') || !type || !digits?.[1])
    throw unexpected(text, '0xCLASS,TYPE,0xVALUE with whole bytes');
  return {
    kind: 'nsh_tlv',
    tlvClass: parseInteger(tlvClass, 16, 'a class'),
    type: parseDecimal(type, 0xff, 'a type'),
    value: Uint8Array.from(Buffer.from(digits[1], 'hex')),
  };
}

const parse: ActionParser = text => {
  const [header] = pairs(text);
  const packetType = header && named(encapTypes, header.key.text);
  if (packetType === undefined) throw unexpected(header?.key ?? text, `one of ${Object.keys(encapTypes).join(', ')}`);
  const properties: EncapProperty[] = [];
  for (const { key, value } of pairs(header?.value ?? text)) {
    if (header?.key.text === 'nsh' && key.text === 'md_type') {
      properties.push({ kind: 'nsh_md_type', mdType: parseWithin(value, 1, 2, 'a metadata type') });
    } else if (header?.key.text === 'nsh' && key.text === 'tlv') {
      properties.push(parseTlv(value));
    } else {
      throw unexpected(key, 'md_type or tlv, in nsh');
    }
  }
  return { kind: 'encap', packetType, ...(properties.length > 0 && { properties }) };
};

const typeNames: ReadonlyMap<number, string> = new Map(Object.entries(encapTypes).map(([name, type]) => [type, name]));

export const encap: ActionDefinition<EncapAction> = {
  kind: 'encap',
  forms: [
    {
      place: nicira(46),
      encode(action, writer) {
        writer.u16(action.headerSize ?? 0);
        writer.u32(action.packetType);
        for (const property of action.properties ?? []) writeEncapProperty(writer, property);
      },
      decode(reader) {
        const headerSize = reader.u16();
        const packetType = reader.u32();
        const properties: EncapProperty[] = [];
        while (reader.remaining > 0) {
          const property = readEncapProperty(reader);
          if (!property) return undefined;
          properties.push(property);
        }
        return {
          kind: 'encap',
          packetType,
          ...(headerSize !== 0 && { headerSize }),
          ...(properties.length > 0 && { properties }),
        };
      },
    },
  ],
  print({ packetType, properties }) {
    const inner = properties ? `(${properties.map(printProperty).join(',')})` : '';
    return `encap(${typeNames.get(packetType) ?? 'UNKNOWN'}${inner})`;
  },
  words: { encap: parse },
  check({ packetType }, packet) {
    packet.packetType = packetType;
    if (packetType >>> 16 === 1) packet.etherType = packetType & 0xffff;
    if (!isIp(packet)) packet.protocol = 0;
  },
};
