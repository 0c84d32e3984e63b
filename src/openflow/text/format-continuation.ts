// The continuation of a paused pipeline: private to the switch that made it, but ovs-ofctl shows it (OVS
// lib/ofp-packet.c).

import { decodeActions } from '../actions/list/codec.ts';
import { formatActions } from '../actions/list/print.ts';
import { readPadded } from '../codec/property-order.ts';
import { OpenFlowDecodeError } from '../errors.ts';
import { Reader } from '../wire/reader.ts';
import { hex } from './format-value.ts';
import { type FormatOptions, formatTable } from './names.ts';

/** NXCPT_*. */
const property = {
  bridge: 0x8000,
  stack: 0x8001,
  mirrors: 0x8002,
  conntracked: 0x8003,
  table: 0x8004,
  cookie: 0x8005,
  actions: 0x8006,
  actionSet: 0x8007,
  datapathPort: 0x8008,
} as const;

interface Continuation {
  bridge?: string;
  readonly stack: string[];
  mirrors: number;
  conntracked: boolean;
  table: number;
  cookie: bigint;
  readonly actions: string[];
  actionSet?: string;
  datapathPort: number;
}

function uuidText(bytes: Uint8Array): string {
  const digits = Buffer.from(bytes).toString('hex');
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

function hexOf(bytes: Uint8Array): string {
  return bytes.length === 0 ? '0' : hex(BigInt(`0x${Buffer.from(bytes).toString('hex')}`)).replace(/^0$/, '0x0');
}

function readOne(found: Continuation, type: number, value: Reader, options: FormatOptions): void {
  switch (type) {
    case property.bridge:
      found.bridge = uuidText(value.rest());
      return;
    case property.stack:
      found.stack.push(hexOf(value.rest()));
      return;
    case property.mirrors:
      found.mirrors = value.u32();
      return;
    case property.conntracked:
      found.conntracked = true;
      return;
    case property.table:
      found.table = value.u8();
      return;
    case property.cookie:
      value.skip(4);
      found.cookie = value.u64();
      return;
    case property.actions:
      value.skip(4);
      found.actions.push(
        `unroll_xlate(table=${formatTable(found.table, options)}, cookie=${found.cookie})`,
        ...(value.remaining > 0 ? [formatActions(decodeActions(value), options)] : []),
      );
      return;
    case property.actionSet:
      value.skip(4);
      found.actionSet = formatActions(decodeActions(value), options);
      return;
    case property.datapathPort:
      found.datapathPort = value.u32();
  }
}

/** Lines that begin with a space; none when the bytes are not what a switch writes. */
export function formatContinuation(bytes: Uint8Array, version: number, options: FormatOptions): readonly string[] {
  const found: Continuation = {
    stack: [],
    mirrors: 0,
    conntracked: false,
    table: 0,
    cookie: 0n,
    actions: [],
    datapathPort: 0,
  };
  try {
    const reader = new Reader(bytes);
    reader.version = version;
    reader.skip(4);
    for (const { type, value } of readPadded(reader)) readOne(found, type, value, options);
  } catch (error) {
    if (error instanceof OpenFlowDecodeError) return [];
    throw error;
  }
  const { bridge, stack, mirrors, conntracked, actions, actionSet, datapathPort } = found;
  return [
    ...(bridge && /[^0-]/.test(bridge) ? [` continuation.bridge=${bridge}`] : []),
    ...(stack.length > 0 ? [` continuation.stack=(top) ${stack.join(' ')} (bottom)`] : []),
    ...(mirrors === 0 ? [] : [` continuation.mirrors=0x${mirrors.toString(16)}`]),
    ...(conntracked ? [' continuation.conntracked=true'] : []),
    ...(actions.length > 0 ? [` continuation.actions=${actions.join(',')}`] : []),
    ...(actionSet === undefined ? [] : [` continuation.action_set=${actionSet}`]),
    ...(datapathPort === 0 ? [] : [` continuation.odp_port=${datapathPort}`]),
  ];
}
