// The table of actions, and lists of them. To add an action: a variant of Action, a codec, a row here.

import { OpenFlowDecodeError } from '../../errors.ts';
import type { Action } from '../../flow/action.ts';
import type { Reader } from '../../wire/reader.ts';
import type { Writer } from '../../wire/writer.ts';
import { niciraVendor } from '../nicira.ts';
import type { ActionCodec, ActionDecoder, ActionListCodec, ActionOf } from './action-codec.ts';
import { controller, decodeController, decodeController2 } from './controller.ts';
import { ct, ctClear, decodeCt, decodeCtClear } from './ct.ts';
import { decodeMove, decodeSetField, move, setField } from './field-actions.ts';
import { decodeResubmit, decodeResubmitCt, decodeResubmitPort, resubmit } from './resubmit.ts';
import * as standard from './standard-actions.ts';

type KnownKind = Exclude<Action['kind'], 'unknown_action'>;

const experimenterType = 0xffff;

const encoders: { readonly [K in KnownKind]: ActionCodec<ActionOf<K>> } = {
  output: standard.output,
  group: standard.group,
  controller,
  push_vlan: standard.pushVlan,
  pop_vlan: standard.popVlan,
  set_field: setField,
  move,
  dec_ttl: standard.decTtl,
  meter: standard.meter,
  resubmit,
  ct_clear: ctClear,
  ct,
};

/** By OFPAT_*. */
const standardDecoders: Readonly<Record<number, ActionDecoder>> = {
  0: standard.decodeOutput,
  17: standard.decodePushVlan,
  18: standard.decodePopVlan,
  22: standard.decodeGroup,
  24: standard.decodeDecTtl,
  25: decodeSetField,
  28: decodeMove,
  29: standard.decodeMeter,
};

/** By NXAST_*. */
const niciraDecoders: Readonly<Record<number, ActionDecoder>> = {
  1: decodeResubmitPort,
  14: decodeResubmit,
  20: decodeController,
  35: decodeCt,
  37: decodeController2,
  43: decodeCtClear,
  44: decodeResubmitCt,
};

/** Actions inside actions deeper than this are kept raw: OVS nests two deep, and malice must not exhaust the stack. */
const deepest = 8;

const lists: readonly ActionListCodec[] = Array.from({ length: deepest + 1 }, (_, depth) => ({
  encode: encodeActions,
  decode: (reader: Reader) => decodeList(reader, depth),
}));

export function encodeActions(writer: Writer, actions: readonly Action[]): void {
  for (const action of actions) encodeAction(writer, action);
}

function encodeAction(writer: Writer, action: Action): void {
  if (action.kind === 'unknown_action') {
    writer.raw(action.bytes);
    return;
  }
  const codec: ActionCodec<Action> = encoders[action.kind];
  const start = writer.length;
  const number = codec.number(action);
  if ('type' in number) {
    writer.u16(number.type);
    writer.u16(0);
  } else {
    writer.u16(experimenterType);
    writer.u16(0);
    writer.u32(niciraVendor);
    writer.u16(number.subtype);
  }
  codec.encodeBody(action, writer, lists[0] as ActionListCodec);
  writer.align(start, 8);
  writer.patchLength(start + 2, start, `action ${action.kind}`);
}

/** Reads actions to the end of the reader. */
export function decodeActions(reader: Reader): readonly Action[] {
  return decodeList(reader, 0);
}

function decodeList(reader: Reader, depth: number): readonly Action[] {
  const actions: Action[] = [];
  while (reader.remaining > 0) actions.push(decodeAction(reader, lists[depth + 1]));
  return actions;
}

function decodeAction(reader: Reader, nested: ActionListCodec | undefined): Action {
  const length = reader.peekU16(2);
  if (length < 8 || length % 8 !== 0) throw new OpenFlowDecodeError('OF_BAD_LENGTH', `action of ${length} bytes`);
  const whole = reader.sub(length);
  const start = whole.offset;
  return (
    (nested && decodeKnown(whole, nested)) ?? { kind: 'unknown_action', bytes: whole.bytes.slice(start, whole.end) }
  );
}

function decodeKnown(reader: Reader, nested: ActionListCodec): Action | undefined {
  const type = reader.u16();
  reader.skip(2);
  if (type !== experimenterType) return standardDecoders[type]?.(reader, nested);
  if (reader.remaining < 6 || reader.u32() !== niciraVendor) return undefined;
  return niciraDecoders[reader.u16()]?.(reader, nested);
}
