// NXAST_CONTROLLER and NXAST_CONTROLLER2 (OVS lib/ofp-actions.c). OVS keeps the form it was given; like ovs-ofctl,
// the second is used only for what the first cannot say.

import { readProperties, writeProperty } from '../properties.ts';
import type { ActionCodec, ActionDecoder, ActionOf } from './action-codec.ts';
import { wholePacket } from './standard-actions.ts';

/** OFPR_ACTION (1.0 to 1.3), OFPR_APPLY_ACTION since. */
export const reasonAction = 1;

const subtypes = { controller: 20, controller2: 37 };
const property = { maxLength: 0, controllerId: 1, reason: 2, userdata: 3, pause: 4, meter: 5 };

type Controller = ActionOf<'controller'>;

function needsProperties(action: Controller): boolean {
  return action.pause === true || action.meter !== undefined || (action.userdata?.length ?? 0) > 0;
}

export const controller: ActionCodec<Controller> = {
  number: action => ({ subtype: needsProperties(action) ? subtypes.controller2 : subtypes.controller }),
  encodeBody(action, writer) {
    const { maxLength, controllerId = 0, reason = reasonAction, userdata, meter } = action;
    if (!needsProperties(action)) {
      writer.u16(maxLength);
      writer.u16(controllerId);
      writer.u8(reason);
      writer.zeros(1);
      return;
    }
    writer.zeros(6);
    // A 16-bit property is 8 bytes long: the value, and two bytes of nothing.
    if (maxLength !== wholePacket) writeProperty(writer, property.maxLength, w => w.u32(maxLength * 0x10000));
    if (controllerId !== 0) writeProperty(writer, property.controllerId, w => w.u32(controllerId * 0x10000));
    if (reason !== reasonAction) writeProperty(writer, property.reason, w => w.u8(reason));
    if (userdata?.length) writeProperty(writer, property.userdata, w => w.raw(userdata));
    if (action.pause) writeProperty(writer, property.pause, () => {});
    if (meter !== undefined) writeProperty(writer, property.meter, w => w.u32(meter));
  },
};

export const decodeController: ActionDecoder = reader => {
  const maxLength = reader.u16();
  const controllerId = reader.u16();
  const reason = reader.u8();
  return {
    kind: 'controller',
    maxLength,
    ...(controllerId !== 0 && { controllerId }),
    ...(reason !== reasonAction && { reason }),
  };
};

export const decodeController2: ActionDecoder = reader => {
  reader.pad(6);
  let action: Controller = { kind: 'controller', maxLength: wholePacket };
  for (const { type, value } of readProperties(reader)) {
    switch (type) {
      case property.maxLength:
        action = { ...action, maxLength: value.u16() };
        break;
      case property.controllerId:
        action = { ...action, controllerId: value.u16() };
        break;
      case property.reason:
        action = { ...action, reason: value.u8() };
        break;
      case property.userdata:
        action = { ...action, userdata: value.rest() };
        break;
      case property.pause:
        action = { ...action, pause: true };
        break;
      case property.meter:
        action = { ...action, meter: value.u32() };
        break;
      default:
        return undefined;
    }
  }
  // A CONTROLLER2 that the short form could say must stay what it is: kept raw.
  return needsProperties(action) ? action : undefined;
};
