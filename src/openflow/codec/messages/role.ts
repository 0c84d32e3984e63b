// OFPT_ROLE_REQUEST, OFPT_ROLE_REPLY and OFPT_ROLE_STATUS, ONFT_ROLE_STATUS in OpenFlow 1.3 (OpenFlow 1.5.1 sections
// 7.3.8 and 7.4.4).

import type { UnknownProperty } from '../../flow/property.ts';
import type { Reader } from '../../wire/reader.ts';
import { openflow15 } from '../../wire/version.ts';
import type { Writer } from '../../wire/writer.ts';
import type { MessageCodec } from '../message-codec.ts';
import { nameOf, numberOf } from '../named.ts';
import { writeUnknownProperties } from '../properties.ts';
import { readUnknown } from '../property-order.ts';

/** What a controller is to a switch; a number where it is none of OFPCR_ROLE_*. */
export type ControllerRole = (typeof roles)[number] | number;

/** Asks for a role, or says which it is (OpenFlow 1.5.1 section 7.3.8). */
export interface Role<Kind extends 'role_request' | 'role_reply'> {
  readonly kind: Kind;
  readonly role: ControllerRole;
  /** OpenFlow 1.5: 0 to 65535; 0xffff: undefined. */
  readonly shortId?: number;
  /** Of the election that made the controller primary or secondary; all ones: the switch has none. */
  readonly generationId: bigint;
}

/** The switch changed the role of the controller. */
export interface RoleStatus {
  readonly kind: 'role_status';
  readonly role: ControllerRole;
  readonly reason: 'primary_request' | 'config' | 'experimenter' | number;
  readonly generationId: bigint;
  readonly properties?: readonly UnknownProperty[];
}

/** By OFPCR_ROLE_* number. */
const roles = ['no_change', 'equal', 'primary', 'secondary'] as const;
const reasons = ['primary_request', 'config', 'experimenter'] as const;

export function writeRole(writer: Writer, role: ControllerRole): void {
  writer.u32(numberOf(roles, role));
}

export function readRole(reader: Reader): ControllerRole {
  return nameOf(roles, reader.u32());
}

export function role<Kind extends 'role_request' | 'role_reply'>(kind: Kind): MessageCodec<Role<Kind>> {
  return {
    encodeBody(body, writer) {
      writeRole(writer, body.role);
      writer.u16(writer.version >= openflow15 ? (body.shortId ?? 0) : 0);
      writer.zeros(2);
      writer.u64(body.generationId);
    },
    decodeBody(reader) {
      const decoded = readRole(reader);
      let shortId = 0;
      if (reader.version >= openflow15) shortId = reader.u16();
      else reader.pad(2);
      reader.pad(2);
      return { kind, role: decoded, ...(shortId !== 0 && { shortId }), generationId: reader.u64() };
    },
  };
}

export const roleStatus: MessageCodec<RoleStatus> = {
  encodeBody(body, writer) {
    writeRole(writer, body.role);
    writer.u8(numberOf(reasons, body.reason));
    writer.zeros(3);
    writer.u64(body.generationId);
    writeUnknownProperties(writer, body.properties);
  },
  decodeBody(reader) {
    const decoded = readRole(reader);
    const reason = nameOf(reasons, reader.u8());
    reader.pad(3);
    const generationId = reader.u64();
    return { kind: 'role_status', role: decoded, reason, generationId, ...readUnknown(reader) };
  },
};
