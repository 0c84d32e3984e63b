// NXAST_ENCAP and NXAST_DECAP, and the properties of the first (OVS include/openvswitch/ofp-ed-props.h).

import { OpenFlowEncodeError } from '../../errors.ts';
import type { EncapAction, EncapProperty } from '../../flow/action.ts';
import type { Reader } from '../../wire/reader.ts';
import type { Writer } from '../../wire/writer.ts';
import { type ActionForm, type ActionOf, nicira } from './action-codec.ts';

const nshClass = 0x0004;
const nshMdType = 1;
const nshTlv = 2;
const mdTypeLength = 5;
const tlvHeaderLength = 8;

function writeProperty(writer: Writer, property: EncapProperty): void {
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
function readProperty(outer: Reader): EncapProperty | undefined {
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

export const encap: ActionForm<EncapAction> = {
  place: nicira(46),
  encode(action, writer) {
    writer.u16(action.headerSize ?? 0);
    writer.u32(action.packetType);
    for (const property of action.properties ?? []) writeProperty(writer, property);
  },
  decode(reader) {
    const headerSize = reader.u16();
    const packetType = reader.u32();
    const properties: EncapProperty[] = [];
    while (reader.remaining > 0) {
      const property = readProperty(reader);
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
};

export const decap: ActionForm<ActionOf<'decap'>> = {
  place: nicira(47),
  encode(action, writer) {
    writer.zeros(2);
    writer.u32(action.packetType);
  },
  decode(reader) {
    reader.pad(2);
    return { kind: 'decap', packetType: reader.u32() };
  },
};
