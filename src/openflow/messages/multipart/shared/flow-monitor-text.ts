// Flow monitors and what they tell, as text (OVS lib/ofp-monitor.c).

import { canonicalInstructions } from '../../../flow/canonical.ts';
import { group as groupNumber, port as portNumber } from '../../../flow/ports.ts';
import { bitNames } from '../../../text/bit-names.ts';
import { matchText } from '../../../text/format-match.ts';
import { hex } from '../../../text/format-value.ts';
import { formatInstructions } from '../../../text/instructions.ts';
import { type FormatOptions, formatPort, formatTable } from '../../../text/names.ts';
import { removedReasonText } from '../../flow-removed.ts';
import type { FlowChange, FlowMonitor, FlowUpdate } from '../flow-monitor.ts';
import type { NxFlowUpdate } from '../nx-flow-monitor.ts';

const flagNames: readonly (readonly [bit: number, name: string])[] = [
  [1, 'initial'],
  [2, 'add'],
  [4, 'delete'],
  [8, 'modify'],
  [16, 'actions'],
  [32, 'no-abbrev'],
  [64, 'own'],
];

/** What bit 5 says in OpenFlow 1.3 is what ovs-ofctl calls `own`; `no-abbrev` is not there. */
const ownFlag13 = 0x20;

const ownFlag = 0x40;

export function monitorText(monitor: FlowMonitor, isOld: boolean, options: FormatOptions): string {
  const { id, command = 'add', flags, table, outPort = portNumber.any, outGroup = groupNumber.any } = monitor;
  if (command === 'delete') return `\n id=${id} command=delete`;
  const shown = isOld && flags & ownFlag13 ? (flags & ~ownFlag13) | ownFlag : flags;
  const match = matchText(monitor, options);
  return [
    `\n id=${id} flags=${bitNames(shown, flagNames, ',')}`,
    outPort === portNumber.any ? '' : ` out_port=${formatPort(outPort, options)}`,
    outGroup === groupNumber.any || outGroup === 0 ? '' : ` out_group=${outGroup | 0}`,
    table === undefined ? '' : ` table=${formatTable(table, options)}`,
    match ? ` ${match}` : '',
  ].join('');
}

function changeText(change: FlowChange, options: FormatOptions): string {
  const { event, table, idleTimeout, hardTimeout, cookie, instructions } = change;
  const match = matchText(change, options);
  const name = event === 'removed' ? `DELETED reason=${removedReasonText(change.reason)}` : event.toUpperCase();
  const shown = canonicalInstructions(instructions);
  return [
    `${name} table=${formatTable(table, options)}`,
    idleTimeout === 0 ? '' : ` idle_timeout=${idleTimeout}`,
    hardTimeout === 0 ? '' : ` hard_timeout=${hardTimeout}`,
    ` cookie=${hex(cookie)} ${match}`,
    shown.length === 0 ? '' : `${match ? ' ' : ''}actions=${formatInstructions(shown, options)}`,
  ].join('');
}

export function updateText(update: FlowUpdate | NxFlowUpdate, options: FormatOptions): string {
  if ('data' in update) return String(update.event);
  if ('xid' in update) return `ABBREV xid=0x${update.xid.toString(16)}`;
  if ('actions' in update) {
    return changeText({ ...update, instructions: [{ kind: 'apply_actions', actions: update.actions }] }, options);
  }
  return 'match' in update ? changeText(update, options) : update.event.toUpperCase();
}
