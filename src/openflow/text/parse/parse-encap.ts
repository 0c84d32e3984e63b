// encap(...) and decap(...) (OVS lib/ofp-actions.c, lib/ofp-ed-props.c).

import type { Action, EncapAction, EncapProperty } from '../../flow/action.ts';
import { named, type Piece, pairs, split, trim, unexpected } from './cursor.ts';
import { parseDecimal, parseInteger, parseWithin } from './parse-number.ts';

const packetTypes: Readonly<Record<string, number>> = {
  ethernet: 0,
  nsh: 0x1894f,
  mpls: 0x18847,
  mpls_mc: 0x18848,
};
const nextProtocol = 0xfffe;

function parseTlv(text: Piece): EncapProperty {
  const [tlvClass, type, value] = split(text, ',').map(trim);
  const hex = /^0x((?:[0-9a-fA-F]{2})+)$/.exec(value?.text ?? '');
  if (!tlvClass?.text.startsWith('0x') || !type || !hex?.[1])
    throw unexpected(text, '0xCLASS,TYPE,0xVALUE with whole bytes');
  return {
    kind: 'nsh_tlv',
    tlvClass: parseInteger(tlvClass, 16, 'a class'),
    type: parseDecimal(type, 0xff, 'a type'),
    value: Uint8Array.from(Buffer.from(hex[1], 'hex')),
  };
}

export function parseEncap(text: Piece): EncapAction {
  const [header] = pairs(text);
  const packetType = header && named(packetTypes, header.key.text);
  if (packetType === undefined) throw unexpected(header?.key ?? text, `one of ${Object.keys(packetTypes).join(', ')}`);
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
}

export function parseDecap(text: Piece): Extract<Action, { kind: 'decap' }> {
  const [argument] = pairs(text);
  if (!argument) return { kind: 'decap', packetType: nextProtocol };
  if (argument.key.text !== 'packet_type') throw unexpected(argument.key, 'packet_type(ns=N,type=N) or nothing');
  const [namespace, type] = pairs(argument.value);
  if (namespace?.key.text !== 'ns' || type?.key.text !== 'type') throw unexpected(argument.value, 'ns=N,type=N');
  const high = parseWithin(namespace.value, 0, 1, 'a namespace');
  return { kind: 'decap', packetType: high * 0x10000 + parseInteger(type.value, 16, 'a type') };
}
