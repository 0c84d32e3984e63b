// OFPT_FLOW_MOD and OFPT_FLOW_REMOVED (OVS lib/ofp-flow.c, lib/ofp-monitor.c).

import type { FlowCommand, FlowMod, FlowRemoved, FlowRemovedReason } from '../../codec/messages/flow-mod.ts';
import { canonicalInstructions } from '../../flow/canonical.ts';
import { allTables } from '../../flow/flow.ts';
import { port as portNumber } from '../../flow/ports.ts';
import { openflow14 } from '../../wire/version.ts';
import { flowFlagsText } from '../flow-flags.ts';
import { durationText } from '../format-duration.ts';
import { priorityAndMatch } from '../format-flow.ts';
import { formatInstructions } from '../instructions.ts';
import type { MessagePrinter } from '../message-printer.ts';
import { formatPort, formatTable } from '../names.ts';
import { unknownCount, unknownSeconds } from '../unknown.ts';

const commandNames: Readonly<Record<FlowCommand, string>> = {
  add: 'ADD',
  modify: 'MOD',
  modify_strict: 'MOD_STRICT',
  delete: 'DEL',
  delete_strict: 'DEL_STRICT',
};

const reasonNames: Readonly<Record<Exclude<FlowRemovedReason, number>, string>> = {
  idle_timeout: 'idle',
  hard_timeout: 'hard',
  delete: 'delete',
  group_delete: 'group_delete',
  meter_delete: 'meter_delete',
  eviction: 'eviction',
};

export function reasonText(reason: FlowRemovedReason): string {
  return typeof reason === 'number' ? String(reason) : reasonNames[reason];
}

function cookieText({ command, flow, cookieMask = 0n }: FlowMod): string {
  const cookie = flow.cookie.toString(16);
  if (command === 'add') return flow.cookie === 0n ? '' : `cookie:0x${cookie} `;
  return cookieMask === 0n ? '' : `cookie:0x${cookie}/0x${cookieMask.toString(16)} `;
}

export const flowMod: MessagePrinter<FlowMod> = {
  name: 'OFPT_FLOW_MOD',
  print(message, options) {
    const { command, flow, importance, bufferId, outPort = portNumber.any } = message;
    const named = flow.table !== 0 || options.tableName?.(flow.table) !== undefined;
    const what = priorityAndMatch(flow, options);
    const isImportant = importance && command === 'add' && message.version >= openflow14;
    return [
      ` ${commandNames[command]}`,
      named ? ` table:${formatTable(flow.table, options)}` : '',
      what ? ` ${what} ` : ' ',
      cookieText(message),
      flow.idleTimeout ? `idle:${flow.idleTimeout} ` : '',
      flow.hardTimeout ? `hard:${flow.hardTimeout} ` : '',
      isImportant ? `importance:${importance} ` : '',
      bufferId === undefined ? '' : `buf:0x${bufferId.toString(16)} `,
      outPort === portNumber.any ? '' : `out_port:${formatPort(outPort, options)} `,
      flowFlagsText(flow.flags ?? 0),
      `actions=${formatInstructions(canonicalInstructions(flow.instructions), options)}`,
    ].join('');
  },
};

export const flowRemoved: MessagePrinter<FlowRemoved> = {
  name: 'OFPT_FLOW_REMOVED',
  print(message, options) {
    const { reason, table, cookie, idleTimeout, hardTimeout, stats } = message;
    const { durationSeconds, durationNanoseconds, packetCount = unknownCount, byteCount = unknownCount } = stats;
    const duration =
      durationSeconds === undefined
        ? durationText(unknownSeconds, unknownSeconds)
        : durationText(durationSeconds, durationNanoseconds);
    return [
      ` ${priorityAndMatch(message, options)}`,
      ` reason=${reasonText(reason)}`,
      table === allTables ? '' : ` table_id=${formatTable(table, options)}`,
      cookie === 0n ? '' : ` cookie:0x${cookie.toString(16)}`,
      ` duration${duration}`,
      ` idle${idleTimeout}`,
      hardTimeout === 0 ? '' : ` hard${hardTimeout}`,
      ` pkts${packetCount} bytes${byteCount}`,
    ].join('');
  },
};
