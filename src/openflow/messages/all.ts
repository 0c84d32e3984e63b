// The list of messages. To add one: its file, and its line here.

import { barrierReply, barrierRequest } from './barrier.ts';
import { bundleAdd } from './bundle-add.ts';
import { bundleControl } from './bundle-control.ts';
import { controllerStatus } from './controller-status.ts';
import { ctFlush } from './ct-flush.ts';
import { ctFlushZone } from './ct-flush-zone.ts';
import { echoReply, echoRequest } from './echo.ts';
import { error } from './error.ts';
import { experimenter } from './experimenter.ts';
import { featuresReply, featuresRequest } from './features.ts';
import { flowMod } from './flow-mod.ts';
import { flowModTableId } from './flow-mod-table-id.ts';
import { flowMonitorCancel } from './flow-monitor-cancel.ts';
import { flowMonitorPaused } from './flow-monitor-paused.ts';
import { flowMonitorResumed } from './flow-monitor-resumed.ts';
import { flowRemoved } from './flow-removed.ts';
import { getAsyncReply, getAsyncRequest } from './get-async.ts';
import { getConfigReply, getConfigRequest } from './get-config.ts';
import { groupMod } from './group-mod.ts';
import { hello } from './hello.ts';
import { meterMod } from './meter-mod.ts';
import { multipartReply } from './multipart-reply.ts';
import { multipartRequest } from './multipart-request.ts';
import { nxPacketIn } from './nx-packet-in.ts';
import { nxSetAsync } from './nx-set-async.ts';
import { nxSetAsync2 } from './nx-set-async2.ts';
import { packetIn } from './packet-in.ts';
import { packetIn2 } from './packet-in2.ts';
import { packetOut } from './packet-out.ts';
import { portMod } from './port-mod.ts';
import { portStatus } from './port-status.ts';
import { queueConfigReply, queueConfigRequest } from './queue-get-config.ts';
import { requestForward } from './request-forward.ts';
import { resume } from './resume.ts';
import { roleReply, roleRequest } from './role.ts';
import { roleStatus } from './role-status.ts';
import { setAsync } from './set-async.ts';
import { setConfig } from './set-config.ts';
import { setControllerId } from './set-controller-id.ts';
import { setFlowFormat } from './set-flow-format.ts';
import { setPacketInFormat } from './set-packet-in-format.ts';
import type { MessageDefinition, WithHeader } from './shared/message-definition.ts';
import { tableMod } from './table-mod.ts';
import { tableStatus } from './table-status.ts';
import { tlvTableReply, tlvTableRequest } from './tlv-table.ts';
import { tlvTableMod } from './tlv-table-mod.ts';

export const messageDefinitions = [
  hello,
  error,
  echoRequest,
  echoReply,
  experimenter,
  featuresRequest,
  featuresReply,
  getConfigRequest,
  getConfigReply,
  setConfig,
  packetIn,
  nxPacketIn,
  packetIn2,
  resume,
  flowRemoved,
  portStatus,
  portMod,
  tableMod,
  tableStatus,
  queueConfigRequest,
  queueConfigReply,
  packetOut,
  flowMod,
  groupMod,
  meterMod,
  multipartRequest,
  multipartReply,
  barrierRequest,
  barrierReply,
  roleRequest,
  roleReply,
  roleStatus,
  getAsyncRequest,
  getAsyncReply,
  setAsync,
  nxSetAsync,
  nxSetAsync2,
  controllerStatus,
  requestForward,
  bundleControl,
  bundleAdd,
  tlvTableMod,
  tlvTableRequest,
  tlvTableReply,
  setFlowFormat,
  flowModTableId,
  setPacketInFormat,
  setControllerId,
  ctFlush,
  ctFlushZone,
  flowMonitorCancel,
  flowMonitorPaused,
  flowMonitorResumed,
] as const;

type DefinedBy<D> = D extends MessageDefinition<infer Body> ? Body : never;

/** A message of one of the files in this folder, without its header. */
export type KnownMessage = DefinedBy<(typeof messageDefinitions)[number]>;

/** A message type that is not in the table. */
export interface UnknownMessage {
  readonly kind: 'unknown';
  /** OFPT_*. */
  readonly type: number;
  readonly data: Uint8Array;
}

/** A message without its header, told apart by `kind`. */
export type MessageBody = KnownMessage | UnknownMessage;

/** A message: its body, version and xid, and what a decoded one had besides. */
export type Message = WithHeader<MessageBody>;

/** The `kind` of a message. */
export type MessageKind = MessageBody['kind'];

/** The body of one kind of message. */
export type BodyOf<K extends MessageKind> = Extract<MessageBody, { readonly kind: K }>;
