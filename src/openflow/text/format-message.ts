// A message as `ovs-ofctl ofp-print` writes it (OVS lib/ofp-print.c). The printers stand beside it, in messages/.

import type { BodyOf, Message, MessageKind } from '../codec/message.ts';
import { versions } from '../wire/version.ts';
import { hex } from './format-value.ts';
import type { MessagePrinter } from './message-printer.ts';
import { bundleControl, bundleFlagsText, bundleName } from './messages/bundle.ts';
import { ctFlush, ctFlushZone } from './messages/conntrack.ts';
import { flowMod, flowRemoved } from './messages/flow.ts';
import { flowMonitorCancel } from './messages/flow-monitor.ts';
import { groupMod, meterMod } from './messages/group-and-meter.ts';
import { multipartReply, multipartRequest } from './messages/multipart.ts';
import { nxPacketIn, packetIn, packetIn2, packetOut } from './messages/packet.ts';
import type { FormatOptions } from './names.ts';

type Printers = { readonly [K in MessageKind]?: MessagePrinter<BodyOf<K>> };

const bundleAdd: MessagePrinter<BodyOf<'bundle_add'>> = {
  name: ({ version }) => bundleName('ADD_MESSAGE', version),
  print({ bundleId, flags, message, inner, version, xid }, options) {
    const text = format({ ...message, version, xid, ...inner }, options);
    return `\n bundle_id=${hex(bundleId)} flags=${bundleFlagsText(flags)}\n${text}`;
  },
};

const printers: Printers = {
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

/** The message as text, without the last newline; one that decoded as unknown prints its bytes. */
export function format(message: Message, options: FormatOptions = {}): string {
  const printer = printers[message.kind] as MessagePrinter<Message> | undefined;
  if (!printer) return message.kind;
  const name = typeof printer.name === 'string' ? printer.name : printer.name(message);
  const version = versionNames.get(message.version) ?? `OF 0x${message.version.toString(16).padStart(2, '0')}`;
  const text = printer.print?.(message, options) ?? '';
  // A text that ends in a space loses it, as in ovs-ofctl.
  return `${name} (${version}) (xid=0x${message.xid.toString(16)}):${text}`.replace(/ $/, '');
}
