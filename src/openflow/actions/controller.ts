// NXAST_CONTROLLER and NXAST_CONTROLLER2 (OVS lib/ofp-actions.c). OVS keeps the form it was given; like ovs-ofctl,
// the second is used only for what the first cannot say.

import { readProperties, writeProperty } from '../codec/properties.ts';
import { packetInReasonTexts } from '../flow/packet-in-reason.ts';
import { port } from '../flow/ports.ts';
import { type Pair, pairs, unexpected } from '../text/parse/cursor.ts';
import { parseInteger } from '../text/parse/parse-number.ts';
import type { Reader } from '../wire/reader.ts';
import { wholePacket } from './output.ts';
import type { ActionDefinition, ActionParser } from './shared/action-definition.ts';
import { type ActionForm, nicira, type WireForm } from './shared/action-form.ts';
import { dottedHex, parseHexBytes } from './shared/dotted-hex.ts';

/** `controller(...)`: send the packet to the controller. */
export interface ControllerAction {
  readonly kind: 'controller';
  /**
   * Bytes of the packet to send; 65535 is the whole packet. Of a packet of nearly 64 KiB, as segmentation offload makes
   * them, whole and message around it do not fit one message: 65000 is always safe.
   */
  readonly maxLength: number;
  readonly controllerId?: number;
  /** OFPR_*; 1, an action, when absent. */
  readonly reason?: number;
  readonly userdata?: Uint8Array;
  readonly pause?: boolean;
  readonly meter?: number;
  readonly form?: WireForm;
}

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

const plainForm: ActionForm<ControllerAction> = {
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
};

const propertyForm: ActionForm<ControllerAction> = {
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
};

function parseSetting({ key, value }: Pair): Partial<ControllerAction> {
  switch (key.text) {
    case 'reason': {
      const reason = (packetInReasonTexts as readonly string[]).indexOf(value.text.toLowerCase());
      if (reason === -1) throw unexpected(value, `one of ${packetInReasonTexts.join(', ')}`);
      return { reason };
    }
    case 'max_len':
      return { maxLength: parseInteger(value, 16, 'bytes') };
    case 'id':
      return { controllerId: parseInteger(value, 16) };
    case 'userdata':
      return { userdata: parseHexBytes(value) };
    case 'pause':
      return { pause: true };
    case 'meter_id':
      return { meter: parseInteger(value, 32) };
    default:
      throw unexpected(key, 'reason, max_len, id, userdata, pause or meter_id');
  }
}

const parse: ActionParser = value => {
  if (/^\d*$/.test(value.text)) {
    const maxLength = value.text === '' ? wholePacket : parseInteger(value, 16, 'bytes');
    return { kind: 'output', port: port.controller, maxLength };
  }
  let action: ControllerAction = { kind: 'controller', maxLength: wholePacket };
  for (const pair of pairs(value)) action = { ...action, ...parseSetting(pair) };
  const { maxLength, reason = reasonAction, controllerId = 0, userdata, pause, meter } = action;
  const isPlain = reason === reasonAction && controllerId === 0 && !userdata && !pause && meter === undefined;
  return isPlain ? { kind: 'output', port: port.controller, maxLength } : action;
};

export const controller: ActionDefinition<ControllerAction> = {
  kind: 'controller',
  forms: [plainForm, propertyForm],
  print({ maxLength, controllerId = 0, reason = reasonAction, userdata, pause, meter }) {
    const parts = [
      ...(reason === reasonAction ? [] : [`reason=${packetInReasonTexts[reason] ?? reason}`]),
      ...(maxLength === wholePacket ? [] : [`max_len=${maxLength}`]),
      ...(controllerId === 0 ? [] : [`id=${controllerId}`]),
      ...(userdata?.length ? [`userdata=${dottedHex(userdata)}`] : []),
      ...(pause ? ['pause'] : []),
      ...(meter === undefined ? [] : [`meter_id=${meter}`]),
    ];
    const onlyLength = parts.every(part => part.startsWith('max_len='));
    return onlyLength ? `CONTROLLER:${maxLength}` : `controller(${parts.join(',')})`;
  },
  words: { controller: parse },
  canonical({ maxLength, controllerId, reason, userdata, pause, meter }) {
    return {
      kind: 'controller',
      maxLength,
      ...(controllerId && { controllerId }),
      ...(reason !== undefined && reason !== reasonAction && { reason }),
      ...(userdata && userdata.length > 0 && { userdata }),
      ...(pause && { pause }),
      ...(meter !== undefined && { meter }),
    };
  },
};
