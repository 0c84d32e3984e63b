// OFPT_ROLE_REQUEST and OFPT_ROLE_REPLY (OpenFlow 1.5.1 section 7.3.8; OVS lib/ofp-connection.c).

import { nameOf, numberOf } from '../codec/named.ts';
import type { Reader } from '../wire/reader.ts';
import { openflow15 } from '../wire/version.ts';
import type { Writer } from '../wire/writer.ts';
import type { MessageDefinition } from './shared/message-definition.ts';

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

/** By OFPCR_ROLE_* number. */
const roles = ['no_change', 'equal', 'primary', 'secondary'] as const;

export function writeRole(writer: Writer, role: ControllerRole): void {
  writer.u32(numberOf(roles, role));
}

export function readRole(reader: Reader): ControllerRole {
  return nameOf(roles, reader.u32());
}

/** A generation id that is none. */
export const noGeneration = 0xffff_ffff_ffff_ffffn;

const roleNames: Readonly<Record<string, string>> = { no_change: 'nochange' };

export function roleText(role: ControllerRole): string {
  return roleNames[role] ?? String(role);
}

function role<Kind extends 'role_request' | 'role_reply'>(
  kind: Kind,
  type: number,
  name: string,
): MessageDefinition<Role<Kind>> {
  return {
    kind,
    places: [{ type }],
    encode(body, writer) {
      writeRole(writer, body.role);
      writer.u16(writer.version >= openflow15 ? (body.shortId ?? 0) : 0);
      writer.zeros(2);
      writer.u64(body.generationId);
    },
    decode(reader) {
      const decoded = readRole(reader);
      let shortId = 0;
      if (reader.version >= openflow15) shortId = reader.u16();
      else reader.pad(2);
      reader.pad(2);
      return { kind, role: decoded, ...(shortId !== 0 && { shortId }), generationId: reader.u64() };
    },
    name,
    // Who only asks shows no generation; who wants a role shows any.
    print({ role: wanted, generationId }) {
      const shown = kind === 'role_request' ? wanted !== 'no_change' : generationId !== noGeneration;
      return ` role=${roleText(wanted)}${shown ? ` generation_id=${generationId}` : ''}`;
    },
  };
}

export const roleRequest = role('role_request', 24, 'OFPT_ROLE_REQUEST');
export const roleReply = role('role_reply', 25, 'OFPT_ROLE_REPLY');
