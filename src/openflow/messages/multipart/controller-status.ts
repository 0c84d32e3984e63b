// OFPMP_CONTROLLER_STATUS (OpenFlow 1.5.1 section 7.3.5): the controllers of a switch, and how it gets on with each.

import { openflow15 } from '../../wire/version.ts';
import { type ControllerState, readControllerState, writeControllerState } from '../shared/controller-state.ts';
import { type MultipartDefinition, noBody } from './shared/multipart-definition.ts';

export interface ControllerStatusRequest {
  readonly type: 'controller_status';
}

export const controllerStatus: MultipartDefinition<ControllerStatusRequest, ControllerState> = {
  type: 'controller_status',
  places: [{ type: 18, since: openflow15 }],
  ...noBody,
  decodeRequest: () => ({ type: 'controller_status' }),
  encodeEntry: (entry, writer) => writeControllerState(writer, entry),
  decodeEntry: readControllerState,
  name: 'OFPST_CONTROLLER_STATUS',
};
