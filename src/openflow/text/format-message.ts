// A message as `ovs-ofctl ofp-print` writes it (OVS lib/ofp-print.c). The printers stand beside it, in messages/.

import { type BodyOf, decode, encode, type Message, type MessageKind, peekKind } from '../codec/message.ts';
import { peekMultipartType } from '../codec/multipart/multipart.ts';
import { OpenFlowDecodeError } from '../errors.ts';
import { openflow14, versions } from '../wire/version.ts';
import { hex } from './format-value.ts';
import { hexDump } from './hex-dump.ts';
import type { MessagePrinter } from './message-printer.ts';
import { asyncConfig } from './messages/async-config.ts';
import { bundleControl, bundleFlagsText, bundleName } from './messages/bundle.ts';
import { ctFlush, ctFlushZone } from './messages/conntrack.ts';
import { flowMod, flowRemoved } from './messages/flow.ts';
import { flowMonitorCancel } from './messages/flow-monitor.ts';
import { groupMod, meterMod } from './messages/group-and-meter.ts';
import { multipartReply, multipartRequest } from './messages/multipart.ts';
import { nxPacketIn, packetIn, packetIn2, packetOut } from './messages/packet.ts';
import { portMod, portStatus } from './messages/ports.ts';
import { queueConfigReply, queueConfigRequest } from './messages/queues.ts';
import { controllerStatus, role, roleStatus } from './messages/role.ts';
import {
  featuresReply,
  flowModTableId,
  setControllerId,
  setFlowFormat,
  setPacketInFormat,
  switchConfig,
} from './messages/switch.ts';
import { echo, experimenter, hello, unknown } from './messages/symmetric.ts';
import { tableMod, tableStatus } from './messages/tables.ts';
import { tlvTableMod, tlvTableReply } from './messages/tlv-table.ts';
import type { FormatOptions } from './names.ts';

type Printers = { readonly [K in MessageKind]?: MessagePrinter<BodyOf<K>> };

const bundleAdd: MessagePrinter<BodyOf<'bundle_add'>> = {
  name: ({ version }) => bundleName('ADD_MESSAGE', version),
  print({ bundleId, flags, message, inner, version, xid }, options) {
    const text = format({ ...message, version, xid, ...inner }, options);
    return `\n bundle_id=${hex(bundleId)} flags=${bundleFlagsText(flags)}\n${text}`;
  },
};

/** The start of the message that an error is about, cut or not; text where a hello was refused. */
function formatRefused(data: Uint8Array, options: FormatOptions): string {
  const length = data.length < 4 ? undefined : ((data[2] ?? 0) << 8) | (data[3] ?? 0);
  if (data.length === 0) return 'OpenFlow message is empty';
  if (length === undefined || data.length < 8) {
    return `OpenFlow packet too short (only ${data.length} bytes):\n${hexDump(data)}`;
  }
  if (length < data.length) {
    return `(***only uses ${length} bytes out of ${data.length}***)\n${hexDump(data)}`;
  }
  if (length > data.length) {
    const head = headOfCut(data);
    return `${head}(***truncated to ${data.length} bytes from ${length}***)\n${hexDump(data)}`;
  }
  try {
    return format(decode(data), options);
  } catch (error) {
    if (!(error instanceof OpenFlowDecodeError)) throw error;
    const why = error.code === 'OF_BAD_LENGTH' ? 'OFPBRC_BAD_LEN' : error.message;
    return `***decode error: ${why}***\n${hexDump(data)}`;
  }
}

/** The line that names a message of which not all is there; empty when there is no name for it. */
function headOfCut(data: Uint8Array): string {
  const kind = peekKind(data);
  const printer = kind && (printers[kind] as MessagePrinter<Message> | undefined);
  const version = data[0] ?? 0;
  const name = printer && nameOfCut(printer, kind, data);
  if (!name) return '';
  const xid = Buffer.from(data.buffer, data.byteOffset, data.byteLength).readUInt32BE(4);
  return `${head(name, version, xid)}\n`;
}

/** The version, and of a multipart message the type, are what names are made from. */
function nameOfCut(printer: MessagePrinter<Message>, kind: MessageKind, data: Uint8Array): string | undefined {
  if (typeof printer.name === 'string') return printer.name;
  const type = peekMultipartType(data);
  if (!type && (kind === 'multipart_request' || kind === 'multipart_reply')) return undefined;
  return printer.name({ kind, version: data[0] ?? 0, xid: 0, ...(type && { body: { type } }) } as Message);
}

const printable = (bytes: Uint8Array) =>
  Array.from(bytes, byte =>
    byte < 0x20 || byte > 0x7e || byte === 0x5c || byte === 0x22
      ? `\\${byte.toString(8).padStart(3, '0')}`
      : String.fromCharCode(byte),
  ).join('');

/** Names that OVS still has from OpenFlow 1.0, or from the later version that made an error. */
const errorNames: Readonly<Record<string, string>> = {
  OFPBRC_BAD_MULTIPART: 'OFPBRC_BAD_STAT',
  OFPBRC_BAD_EXPERIMENTER: 'OFPBRC_BAD_VENDOR',
  OFPBRC_BAD_EXP_TYPE: 'OFPBRC_BAD_SUBTYPE',
  OFPBAC_BAD_EXPERIMENTER: 'OFPBAC_BAD_VENDOR',
  OFPBAC_BAD_EXP_TYPE: 'OFPBAC_BAD_VENDOR_TYPE',
  OFPTFFC_BAD_TYPE: 'OFPBPC_BAD_TYPE',
  OFPTFFC_BAD_LEN: 'OFPBPC_BAD_LEN',
  OFPTFFC_BAD_ARGUMENT: 'OFPBPC_BAD_VALUE',
};

const error: MessagePrinter<BodyOf<'error'>> = {
  name: 'OFPT_ERROR',
  print(message, options) {
    const { error, data } = message;
    const { name } = error;
    // To OVS an error without a name is no error, but a message that is too short.
    if (name.includes('/')) {
      return ` ***decode error: OFPBRC_BAD_LEN***\n${hexDump(encode({ ...message, kind: 'error' }))}`;
    }
    const refused = name.startsWith('OFPHFC_') ? printable(data) : formatRefused(data, options);
    return ` ${errorNames[name] ?? name}\n${refused}`;
  },
};

const requestForward: MessagePrinter<BodyOf<'request_forward'>> = {
  name: ({ version }) => `${version >= openflow14 ? 'OFPT' : 'ONFT'}_REQUESTFORWARD`,
  print({ request, inner, version, xid }, options) {
    const message: Message = { ...request, version, xid, ...inner };
    const printer = printers[request.kind] as MessagePrinter<Message> | undefined;
    return ` reason=${request.kind}${printer?.print?.(message, options) ?? ''}`;
  },
};

const printers: Printers = {
  hello,
  error,
  echo_request: echo('OFPT_ECHO_REQUEST'),
  echo_reply: echo('OFPT_ECHO_REPLY'),
  experimenter,
  features_request: { name: 'OFPT_FEATURES_REQUEST' },
  features_reply: featuresReply,
  get_config_request: { name: 'OFPT_GET_CONFIG_REQUEST' },
  get_config_reply: switchConfig('OFPT_GET_CONFIG_REPLY'),
  set_config: switchConfig('OFPT_SET_CONFIG'),
  port_status: portStatus,
  port_mod: portMod,
  table_mod: tableMod,
  table_status: tableStatus,
  queue_get_config_request: queueConfigRequest,
  queue_get_config_reply: queueConfigReply,
  barrier_request: { name: 'OFPT_BARRIER_REQUEST' },
  barrier_reply: { name: 'OFPT_BARRIER_REPLY' },
  role_request: role('OFPT_ROLE_REQUEST'),
  role_reply: role('OFPT_ROLE_REPLY'),
  role_status: roleStatus,
  controller_status: controllerStatus,
  get_async_request: { name: 'OFPT_GET_ASYNC_REQUEST' },
  get_async_reply: asyncConfig('OFPT_GET_ASYNC_REPLY'),
  set_async: asyncConfig('OFPT_SET_ASYNC'),
  nx_set_async: asyncConfig('NXT_SET_ASYNC_CONFIG'),
  nx_set_async2: asyncConfig('NXT_SET_ASYNC_CONFIG2'),
  request_forward: requestForward,
  tlv_table_mod: tlvTableMod,
  tlv_table_request: { name: 'NXT_TLV_TABLE_REQUEST' },
  tlv_table_reply: tlvTableReply,
  set_flow_format: setFlowFormat,
  flow_mod_table_id: flowModTableId,
  set_packet_in_format: setPacketInFormat,
  set_controller_id: setControllerId,
  unknown,
  packet_in: packetIn,
  nx_packet_in: nxPacketIn,
  packet_in2: packetIn2('NXT_PACKET_IN2'),
  resume: packetIn2('NXT_RESUME'),
  flow_removed: flowRemoved,
  packet_out: packetOut,
  flow_mod: flowMod,
  group_mod: groupMod,
  meter_mod: meterMod,
  multipart_request: multipartRequest,
  multipart_reply: multipartReply,
  bundle_control: bundleControl,
  bundle_add: bundleAdd,
  flow_monitor_cancel: flowMonitorCancel,
  flow_monitor_paused: { name: 'ONFT_FLOW_MONITOR_PAUSED' },
  flow_monitor_resumed: { name: 'ONFT_FLOW_MONITOR_RESUMED' },
  ct_flush: ctFlush,
  ct_flush_zone: ctFlushZone,
};

const versionNames: ReadonlyMap<number, string> = new Map(
  Object.entries(versions).map(([name, version]) => [version, `OF${name}`]),
);

function head(name: string, version: number, xid: number): string {
  const versionText = versionNames.get(version) ?? `OF 0x${version.toString(16).padStart(2, '0')}`;
  return `${name} (${versionText}) (xid=0x${xid.toString(16)}):`;
}

/** The message as text, without the last newline; one that decoded as unknown prints its bytes. */
export function format(message: Message, options: FormatOptions = {}): string {
  const printer = printers[message.kind] as MessagePrinter<Message> | undefined;
  if (!printer) return message.kind;
  const name = typeof printer.name === 'string' ? printer.name : (printer.name(message) ?? message.kind);
  const text = printer.print?.(message, options) ?? '';
  // A text that ends in a space loses it, as in ovs-ofctl.
  return `${head(name, message.version, message.xid)}${text}`.replace(/ $/, '');
}
