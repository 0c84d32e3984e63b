// Roles and their changes (OVS lib/ofp-connection.c).

import type { ControllerStatus } from '../../codec/messages/controller-status.ts';
import type { ControllerRole, Role, RoleStatus } from '../../codec/messages/role.ts';
import { openflow14 } from '../../wire/version.ts';
import type { MessagePrinter } from '../message-printer.ts';

/** A generation id that is none. */
const noGeneration = 0xffff_ffff_ffff_ffffn;

const roleNames: Readonly<Record<string, string>> = { no_change: 'nochange' };

function roleText(role: ControllerRole): string {
  return roleNames[role] ?? String(role);
}

function generation(generationId: bigint): string {
  return generationId === noGeneration ? '' : ` generation_id=${generationId}`;
}

export function role<Kind extends 'role_request' | 'role_reply'>(name: string): MessagePrinter<Role<Kind>> {
  return {
    name,
    // Who only asks shows no generation; who wants a role shows any.
    print({ kind, role: wanted, generationId }) {
      const shown = kind === 'role_request' ? wanted !== 'no_change' : generationId !== noGeneration;
      return ` role=${roleText(wanted)}${shown ? ` generation_id=${generationId}` : ''}`;
    },
  };
}

const reasons: Readonly<Record<string, string>> = {
  primary_request: 'primary_request',
  config: 'configuration_changed',
  experimenter: 'experimenter_data_changed',
};

export const roleStatus: MessagePrinter<RoleStatus> = {
  name: ({ version }) => `${version >= openflow14 ? 'OFPT' : 'ONFT'}_ROLE_STATUS`,
  print: ({ role: now, generationId, reason }) =>
    ` role=${roleText(now)}${generation(generationId)} reason=${reasons[reason] ?? '(unknown)'}`,
};

export const controllerStatus: MessagePrinter<ControllerStatus> = {
  name: 'OFPT_CONTROLLER_STATUS',
  print: ({ status: { shortId, role: now, reason, channelStatus } }) =>
    ` short_id=${shortId} role=${roleText(now)} reason=${reason} channel=${channelStatus === 0 ? 'up' : 'down'}`,
};
