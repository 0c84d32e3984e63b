// OFPT_CONTROLLER_STATUS of OpenFlow 1.5: what became of the connection to a controller (OpenFlow 1.5.1 section 7.4.6).

import { openflow15 } from '../wire/version.ts';
import { roleText } from './role.ts';
import { type ControllerState, readControllerState, writeControllerState } from './shared/controller-state.ts';
import type { MessageDefinition } from './shared/message-definition.ts';

/** Something changed between a switch and one of its controllers (OpenFlow 1.5.1 section 7.4.6). */
export interface ControllerStatus {
  readonly kind: 'controller_status';
  readonly status: ControllerState;
}

export const controllerStatus: MessageDefinition<ControllerStatus> = {
  kind: 'controller_status',
  places: [{ type: 35, since: openflow15 }],
  encode: (body, writer) => writeControllerState(writer, body.status),
  decode: reader => ({ kind: 'controller_status', status: readControllerState(reader) }),
  name: 'OFPT_CONTROLLER_STATUS',
  print: ({ status: { shortId, role: now, reason, channelStatus } }) =>
    ` short_id=${shortId} role=${roleText(now)} reason=${reason} channel=${channelStatus === 0 ? 'up' : 'down'}`,
};
