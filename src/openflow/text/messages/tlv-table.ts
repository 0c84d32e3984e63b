// The table of tunnel options (OVS lib/ofp-match.c).

import type { TlvMapping, TlvTableMod, TlvTableReply } from '../../codec/messages/tlv-table.ts';
import { hex } from '../format-value.ts';
import type { MessagePrinter } from '../message-printer.ts';

function mappingTable(mappings: readonly TlvMapping[]): string {
  const rows = mappings.map(({ optionClass, optionType, optionLength, index }) => {
    const optionClassText = hex(optionClass).padStart(6);
    return `\n ${optionClassText}  ${hex(optionType).padStart(4)}  ${String(optionLength).padStart(6)}  tun_metadata${index}`;
  });
  const head = ' mapping table:\n  class  type  length  match field\n ------  ----  ------  --------------';
  return head + rows.join('');
}

const commandNames: Readonly<Record<string, string>> = { add: 'ADD', delete: 'DEL', clear: 'CLEAR' };

export const tlvTableMod: MessagePrinter<TlvTableMod> = {
  name: 'NXT_TLV_TABLE_MOD',
  print: ({ command, mappings }) =>
    `\n ${commandNames[command] ?? ''}${command === 'clear' ? '' : mappingTable(mappings)}`,
};

export const tlvTableReply: MessagePrinter<TlvTableReply> = {
  name: 'NXT_TLV_TABLE_REPLY',
  print({ maxOptionSpace, maxFields, mappings }) {
    const used = mappings.reduce((sum, { optionLength }) => sum + optionLength, 0);
    return `\n max option space=${maxOptionSpace} max fields=${maxFields}\n allocated option space=${used}\n\n${mappingTable(mappings)}`;
  },
};
