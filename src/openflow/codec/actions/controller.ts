// NXAST_CONTROLLER and NXAST_CONTROLLER2 (OVS lib/ofp-actions.c). OVS keeps the form it was given; like ovs-ofctl,
// the second is used only for what the first cannot say.

import type { ControllerAction } from '../../flow/action.ts';
import type { Reader } from '../../wire/reader.ts';
import { readProperties, writeProperty } from '../properties.ts';
import { type ActionForm, nicira } from './action-codec.ts';
import { wholePacket } from './output.ts';

/** OFPR_ACTION (1.0 to 1.3), OFPR_APPLY_ACTION since. */
export const reasonAction = 1;

const property = { maxLength: 0, controllerId: 1, reason: 2, userdata: 3, pause: 4, meter: 5 };

function needsProperties(action: ControllerAction): boolean {
  return action.pause === true || action.meter !== undefined || (action.userdata?.length ?? 0) > 0;
}

/** A property this library does not know, or one that says what is said without it. */
const unsaid = Symbol();

function readProperty(type: number, value: Reader): Partial<ControllerAction> | typeof unsaid {
  switch (type) {
    case property.maxLength: {
      const maxLength = value.u16();
      value.pad(2);
      return maxLength === wholePacket ? unsaid : { maxLength };
    }
    case property.controllerId: {
      const controllerId = value.u16();
      value.pad(2);
      return controllerId === 0 ? unsaid : { controllerId };
    }
    case property.reason: {
      const reason = value.u8();
      return reason === reasonAction ? unsaid : { reason };
    }
    case property.userdata:
      return value.remaining === 0 ? unsaid : { userdata: value.rest() };
    case property.pause:
      return { pause: true };
    case property.meter:
      return { meter: value.u32() };
    default:
      return unsaid;
  }
}

export const controller: readonly ActionForm<ControllerAction>[] = [
  {
    place: nicira(20),
    fits: action => !needsProperties(action),
    encode({ maxLength, controllerId = 0, reason = reasonAction }, writer) {
      writer.u16(maxLength);
      writer.u16(controllerId);
      writer.u8(reason);
      writer.zeros(1);
    },
    decode(reader) {
      const maxLength = reader.u16();
      const controllerId = reader.u16();
      const reason = reader.u8();
      reader.pad(1);
      return {
        kind: 'controller',
        maxLength,
        ...(controllerId !== 0 && { controllerId }),
        ...(reason !== reasonAction && { reason }),
      };
    },
  },
  {
    place: nicira(37),
    form: 'NXAST_CONTROLLER2',
    encode(action, writer) {
      const { maxLength, controllerId = 0, reason = reasonAction, userdata, meter } = action;
      writer.zeros(6);
      // A 16-bit property is 8 bytes long: the value, and two bytes of nothing.
      if (maxLength !== wholePacket) writeProperty(writer, property.maxLength, w => w.u32(maxLength * 0x10000));
      if (controllerId !== 0) writeProperty(writer, property.controllerId, w => w.u32(controllerId * 0x10000));
      if (reason !== reasonAction) writeProperty(writer, property.reason, w => w.u8(reason));
      if (userdata?.length) writeProperty(writer, property.userdata, w => w.raw(userdata));
      if (action.pause) writeProperty(writer, property.pause, () => {});
      if (meter !== undefined) writeProperty(writer, property.meter, w => w.u32(meter));
    },
    decode(reader) {
      reader.pad(6);
      let action: ControllerAction = { kind: 'controller', maxLength: wholePacket };
      let last = -1;
      for (const { type, value } of readProperties(reader)) {
        // Only what `encode` would write again, in its order and its lengths, is taken apart.
        const said = type > last ? readProperty(type, value) : unsaid;
        if (said === unsaid || value.remaining > 0) return undefined;
        action = { ...action, ...said };
        last = type;
      }
      return action;
    },
  },
];
