// OFPT_ROLE_STATUS, ONFT_ROLE_STATUS in OpenFlow 1.3 (OpenFlow 1.5.1 section 7.4.4; OVS lib/ofp-connection.c).

import { nameOf, numberOf } from '../codec/named.ts';
import { writeUnknownProperties } from '../codec/properties.ts';
import { readUnknown } from '../codec/property-order.ts';
import type { UnknownProperty } from '../flow/property.ts';
import { openflow14 } from '../wire/version.ts';
import { type ControllerRole, noGeneration, readRole, roleText, writeRole } from './role.ts';
import { type MessageDefinition, onf13 } from './shared/message-definition.ts';

/** The switch changed the role of the controller. */
export interface RoleStatus {
  readonly kind: 'role_status';
  readonly role: ControllerRole;
  readonly reason: 'primary_request' | 'config' | 'experimenter' | number;
  readonly generationId: bigint;
  readonly properties?: readonly UnknownProperty[];
}

/** By OFPCRR_* number. */
const reasons = ['primary_request', 'config', 'experimenter'] as const;

/** As ovs-ofctl says them, by OFPCRR_* number. */
export const roleReasonTexts = ['primary_request', 'configuration_changed', 'experimenter_data_changed'] as const;

function generation(generationId: bigint): string {
  return generationId === noGeneration ? '' : ` generation_id=${generationId}`;
}

export const roleStatus: MessageDefinition<RoleStatus> = {
  kind: 'role_status',
  places: [{ type: 30, since: openflow14 }, onf13(1911)],
  encode(body, writer) {
    writeRole(writer, body.role);
    writer.u8(numberOf(reasons, body.reason));
    writer.zeros(3);
    writer.u64(body.generationId);
    writeUnknownProperties(writer, body.properties);
  },
  decode(reader) {
    const decoded = readRole(reader);
    const reason = nameOf(reasons, reader.u8());
    reader.pad(3);
    const generationId = reader.u64();
    return { kind: 'role_status', role: decoded, reason, generationId, ...readUnknown(reader) };
  },
  name: ({ version }) => `${version >= openflow14 ? 'OFPT' : 'ONFT'}_ROLE_STATUS`,
  print: ({ role: now, generationId, reason }) =>
    ` role=${roleText(now)}${generation(generationId)} reason=${roleReasonTexts[numberOf(reasons, reason)] ?? '(unknown)'}`,
};
