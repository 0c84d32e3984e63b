// NXT_SET_CONTROLLER_ID (OVS include/openflow/nicira-ext.h).

import { type MessageDefinition, nicira } from './shared/message-definition.ts';

/** Gives the connection the number that `controller(id=N)` sends to. */
export interface SetControllerId {
  readonly kind: 'set_controller_id';
  readonly controllerId: number;
}

export const setControllerId: MessageDefinition<SetControllerId> = {
  kind: 'set_controller_id',
  places: [nicira(20)],
  encode(body, writer) {
    writer.zeros(6);
    writer.u16(body.controllerId);
  },
  decode(reader) {
    reader.pad(6);
    return { kind: 'set_controller_id', controllerId: reader.u16() };
  },
  name: 'NXT_SET_CONTROLLER_ID',
  print: ({ controllerId }) => ` id=${controllerId}`,
};
