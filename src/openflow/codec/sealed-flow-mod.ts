// A modification of a sealed flow: what it says is bytes already, and goes into a bundle as it is.

import { group as groupNumber, noBuffer, port as portNumber } from '../flow/ports.ts';
import { type FlowMod, flowCommands } from '../messages/flow-mod.ts';
import { encodeInto } from '../messages/list/codec.ts';
import { openflow15 } from '../wire/version.ts';
import type { Writer } from '../wire/writer.ts';
import { type SealedFlow, unsealFlow } from './sealed-flow.ts';

/** A flow mod whose flow is sealed (OpenFlow 1.5.1 section 7.3.4.2). */
export interface SealedFlowMod {
  readonly kind: 'sealed_flow_mod';
  readonly command: 'add' | 'modify_strict' | 'delete_strict';
  /** Of a flow that is to go only the key and the cookie count. */
  readonly flow: SealedFlow;
  /** See `FlowMod`. */
  readonly cookieMask?: bigint;
}

/** The same as a message of any version. */
export function unsealFlowMod({ command, flow, cookieMask }: SealedFlowMod): FlowMod {
  return { kind: 'flow_mod', command, flow: unsealFlow(flow), ...(cookieMask !== undefined && { cookieMask }) };
}

const bundleAddType = 34;
const flowModType = 14;
const bundleAddHead = 16;
// Where the parts of a sealed flow stand.
const matchAt = 3;
const timeoutsAt = 8;
const flagsAt = 12;
const instructionsAt = 14;

/** Writes the OFPT_BUNDLE_ADD_MESSAGE of it (section 7.3.9.6). */
export function encodeSealedInto(
  writer: Writer,
  mod: SealedFlowMod,
  { version, xid, bundleId, flags }: { version: number; xid: number; bundleId: number; flags: number },
): void {
  if (version !== openflow15) {
    encodeInto(writer, { kind: 'bundle_add', bundleId, flags, message: unsealFlowMod(mod) }, { version, xid });
    return;
  }
  const { key, content } = mod.flow;
  const start = writer.length;
  writer.u8(version);
  writer.u8(bundleAddType);
  writer.u16(0);
  writer.u32(xid);
  writer.u32(bundleId);
  writer.u16(0);
  writer.u16(flags);
  writer.u8(version);
  writer.u8(flowModType);
  writer.u16(0);
  writer.u32(xid);
  writer.latin1(content, 0, timeoutsAt);
  writer.u64(mod.cookieMask ?? 0n);
  writer.u8(key.charCodeAt(0));
  writer.u8(flowCommands.indexOf(mod.command));
  writer.latin1(content, timeoutsAt, flagsAt);
  writer.latin1(key, 1, matchAt);
  writer.u32(noBuffer);
  writer.u32(portNumber.any);
  writer.u32(groupNumber.any);
  writer.latin1(content, flagsAt, instructionsAt);
  writer.u16(0);
  writer.latin1(key, matchAt);
  if (mod.command !== 'delete_strict') writer.latin1(content, instructionsAt);
  writer.patchLength(start + bundleAddHead + 2, start + bundleAddHead, 'a flow mod');
  writer.patchLength(start + 2, start, 'a message of a bundle');
}
