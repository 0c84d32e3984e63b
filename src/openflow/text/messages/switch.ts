// Features, configuration and Nicira's settings of a connection (OVS lib/ofp-switch.c, lib/ofp-print.c).

import type {
  FlowModTableId,
  SetControllerId,
  SetFlowFormat,
  SetPacketInFormat,
} from '../../codec/messages/nicira-messages.ts';
import type { FeaturesReply, SwitchConfig } from '../../codec/messages/switch-config.ts';
import { openflow14 } from '../../wire/version.ts';
import { bitNames } from '../bit-names.ts';
import type { MessagePrinter } from '../message-printer.ts';

/** OFPC_*. */
const capabilities: readonly (readonly [bit: number, name: string])[] = [
  [1, 'FLOW_STATS'],
  [2, 'TABLE_STATS'],
  [4, 'PORT_STATS'],
  [8, 'GROUP_STATS'],
  [0x20, 'IP_REASM'],
  [0x40, 'QUEUE_STATS'],
  [0x100, 'PORT_BLOCKED'],
];

const capabilitiesOf14: typeof capabilities = [...capabilities, [0x200, 'BUNDLES'], [0x400, 'FLOW_MONITORING']];

export const featuresReply: MessagePrinter<FeaturesReply> = {
  name: 'OFPT_FEATURES_REPLY',
  print({ datapathId, tables, buffers, auxiliaryId, capabilities: bits, version }) {
    const names = version >= openflow14 ? capabilitiesOf14 : capabilities;
    const known = names.reduce((all, [bit]) => all | bit, 0);
    const auxiliary = auxiliaryId ? `, auxiliary_id:${auxiliaryId}` : '';
    return [
      ` dpid:${datapathId.toString(16).padStart(16, '0')}`,
      `n_tables:${tables}, n_buffers:${buffers}${auxiliary}`,
      `capabilities: ${bitNames(bits & known, names, ' ')}`,
    ].join('\n');
  },
};

/** By OFPC_FRAG_*. */
const fragments = ['normal', 'drop', 'reassemble', 'nx-match'];
const invalidTtlToController = 4;

export function switchConfig<Kind extends 'get_config_reply' | 'set_config'>(
  name: string,
): MessagePrinter<SwitchConfig<Kind>> {
  return {
    name,
    print({ flags, missSendLength, version }) {
      // The flag went with OpenFlow 1.3.
      const ttl = version < 0x04 && flags & invalidTtlToController ? ' invalid_ttl_to_controller' : '';
      return ` frags=${fragments[flags & 3]}${ttl} miss_send_len=${missSendLength}`;
    },
  };
}

const packetInFormats = ['standard', 'nxt_packet_in', 'nxt_packet_in2'];

export const setPacketInFormat: MessagePrinter<SetPacketInFormat> = {
  name: 'NXT_SET_PACKET_IN_FORMAT',
  print: ({ format }) => ` format=${packetInFormats[format] ?? format}`,
};

const flowFormats: Readonly<Record<number, string>> = { 0: 'openflow10', 2: 'nxm' };

export const setFlowFormat: MessagePrinter<SetFlowFormat> = {
  name: 'NXT_SET_FLOW_FORMAT',
  print: ({ format }) => ` format=${flowFormats[format] ?? '(unknown)'}`,
};

export const flowModTableId: MessagePrinter<FlowModTableId> = {
  name: 'NXT_FLOW_MOD_TABLE_ID',
  print: ({ set }) => (set ? ' enable' : ' disable'),
};

export const setControllerId: MessagePrinter<SetControllerId> = {
  name: 'NXT_SET_CONTROLLER_ID',
  print: ({ controllerId }) => ` id=${controllerId}`,
};
