// Which asynchronous messages a controller gets (OVS lib/ofp-connection.c).

import type { AsyncConfig, AsyncMasks, AsyncProperty } from '../../codec/messages/async-config.ts';
import { packetInReasonTexts } from '../../flow/packet-in-reason.ts';
import { openflow14 } from '../../wire/version.ts';
import type { MessagePrinter } from '../message-printer.ts';

/** Messages, with the names of their reasons by number. */
const rows: readonly (readonly [name: string, property: string, reasons: readonly string[]])[] = [
  ['PACKET_IN', 'packet_in', packetInReasonTexts],
  ['PORT_STATUS', 'port_status', ['add', 'delete', 'modify']],
  ['FLOW_REMOVED', 'flow_removed', ['idle', 'hard', 'delete', 'group_delete', 'meter_delete', 'eviction']],
  ['ROLE_STATUS', 'role_status', ['primary_request', 'configuration_changed', 'experimenter_data_changed']],
  ['TABLE_STATUS', 'table_status', ['', '', '', 'vacancy_down', 'vacancy_up']],
  ['REQUESTFORWARD', 'request_forward', ['group_mod_request', 'meter_mod_request']],
];

function maskText(name: string, mask: number, reasons: readonly string[]): string {
  const set = Array.from({ length: 32 }, (_, bit) => bit).filter(bit => (mask >>> bit) & 1);
  const texts = set.map(bit => ` ${reasons[bit] || bit}`).join('');
  return `${name.padStart(16)}:${mask === 0 ? ' (off)' : texts}`;
}

/** Bits of PACKET_IN that OpenFlow 1.3 and earlier know. */
const packetInBits10 = 7;

function masksOf(masks: AsyncMasks, suffix: '' | '_secondary', version: number): string {
  return rows
    .map(([name, property, reasons]) => {
      const mask = masks[`${property}${suffix}` as AsyncProperty] ?? 0;
      const allowed = name === 'PACKET_IN' && version < openflow14 ? mask & packetInBits10 : mask;
      return maskText(name, allowed, reasons);
    })
    .join('\n');
}

type Kinds = 'set_async' | 'get_async_reply' | 'nx_set_async' | 'nx_set_async2';

export function asyncConfig<Kind extends Kinds>(name: string): MessagePrinter<AsyncConfig<Kind>> {
  return {
    name,
    print: ({ masks, version }) =>
      `\n primary:\n${masksOf(masks, '', version)}\n\n secondary:\n${masksOf(masks, '_secondary', version)}`,
  };
}
