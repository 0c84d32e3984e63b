// pointsman/openflow-ts: OpenFlow 1.5 with the Nicira extensions, as Open vSwitch speaks it.

export {
  type ActiveEndpoint,
  EndpointError,
  formatActiveEndpoint,
  formatPassiveEndpoint,
  type PassiveEndpoint,
  parseActiveEndpoint,
  parsePassiveEndpoint,
} from '../lib/endpoint.ts';
export { type Logger, silentLogger } from '../lib/logger.ts';
export { type ReconnectOptions, reconnectDefaults } from '../lib/reconnect.ts';
export type { TlsIdentity } from '../lib/tls.ts';
export { errorByName, errorTypes, namedError, niciraErrors } from './codec/error-names.ts';
export {
  type BodyOf,
  decode,
  encode,
  encodeInto,
  type Message,
  type MessageBody,
  type MessageKind,
} from './codec/message.ts';
export type { Header } from './codec/message-codec.ts';
export { type AsyncProperty, asyncProperties } from './codec/messages/async-config.ts';
export { type FlowCommand, type FlowMod, type FlowRemoved, flowCommands } from './codec/messages/flow-mod.ts';
export type { GroupCommand, GroupMod } from './codec/messages/group-mod.ts';
export { type MeterCommand, type MeterMod, meterNumber } from './codec/messages/meter-mod.ts';
export type { PacketInReason, PacketOut } from './codec/messages/packet.ts';
export type { PortStatus } from './codec/messages/port-status.ts';
export type { FeaturesReply } from './codec/messages/switch-config.ts';
export type { FlowFilter } from './codec/multipart/flow-stats.ts';
export type { MeterStats } from './codec/multipart/groups-and-meters.ts';
export type {
  MultipartEntry,
  MultipartReplyBody,
  MultipartRequestBody,
  MultipartType,
} from './codec/multipart/multipart.ts';
export type { SwitchDesc, TableStats } from './codec/multipart/switch-desc.ts';
export type { Stats } from './codec/oxs.ts';
export { BundleError, type BundleFailure, type BundleMod } from './connection/bundle.ts';
export type { ConnectedSwitch } from './connection/connected-switch.ts';
export {
  type ConnectionState,
  SwitchConnection,
  type SwitchConnectionOptions,
} from './connection/connection.ts';
export { Controller, type ControllerEvents, type ControllerOptions } from './connection/controller.ts';
export type { DialTls } from './connection/dial.ts';
export { FrameError, Framer } from './connection/framer.ts';
export type { ListenTls } from './connection/listen.ts';
export { MessageStream, type StreamOptions } from './connection/message-stream.ts';
export type { PacketIn } from './connection/packet-in.ts';
export {
  type PacketOutOptions,
  type RoleName,
  type RoleReply,
  Switch,
  type SwitchEvents,
  type SwitchEvents as SwitchConnectionEvents,
  type SwitchOptions,
  type UnmatchedError,
} from './connection/switch.ts';
export type { RequestOptions } from './connection/watch.ts';
export {
  ConnectionError,
  OpenFlowDecodeError,
  OpenFlowEncodeError,
  StaleGenerationError,
  SwitchError,
  type SwitchErrorInfo,
} from './errors.ts';
export type { Action, CtAction, CtNat } from './flow/action.ts';
export { canonicalAction, canonicalFlow, canonicalMatch, flowKey, sameContent, sameFlow } from './flow/canonical.ts';
export {
  type Field,
  type FieldName,
  type FieldPrint,
  type FieldSpec,
  fieldNames,
  fieldOf,
  fields,
  type Prerequisite,
  prerequisites,
} from './flow/fields.ts';
export type { FlowEntry } from './flow/flow.ts';
export type { FlowStats } from './flow/flow-stats.ts';
export type { Bucket, GroupEntry, GroupSelection } from './flow/group.ts';
export type { Instruction } from './flow/instruction.ts';
export type { FieldValue, Match, MatchField, Subfield, UnknownOxm } from './flow/match.ts';
export type { MeterBand, MeterEntry } from './flow/meter.ts';
export type { EthernetPort, PortDesc } from './flow/port-desc.ts';
export { group, noBuffer, port, reservedPortName } from './flow/ports.ts';
export { formatAction, formatActions, formatInstructions } from './text/format-actions.ts';
export { formatFlow } from './text/format-flow.ts';
export { formatMatch } from './text/format-match.ts';
export { format } from './text/format-message.ts';
export type { FormatOptions } from './text/names.ts';
export { openflow13, openflow14, openflow15, type Padding, type VersionName, versions } from './wire/version.ts';
