// pointsman/openflow-ts: OpenFlow 1.3, 1.4 and 1.5 with the extensions of Nicira and the ONF, as Open vSwitch speaks them.

export type { DialTls } from '../lib/dial.ts';
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
  type RequestForward,
} from './codec/message.ts';
export type { Header } from './codec/message-codec.ts';
export { type AsyncProperty, asyncProperties } from './codec/messages/async-config.ts';
export { type BundleAdd, type BundleControl, bundleFlag } from './codec/messages/bundle.ts';
export type { ControllerState, ControllerStatus } from './codec/messages/controller-status.ts';
export type { CtFlush, CtFlushProperty, CtTuple, CtTupleProperty } from './codec/messages/ct-flush.ts';
export {
  type FlowCommand,
  type FlowMod,
  type FlowRemoved,
  type FlowRemovedReason,
  flowCommands,
} from './codec/messages/flow-mod.ts';
export type { FlowMonitorCancel } from './codec/messages/flow-monitor.ts';
export type { GroupCommand, GroupMod } from './codec/messages/group-mod.ts';
export { type MeterCommand, type MeterMod, meterNumber } from './codec/messages/meter-mod.ts';
export type { PacketInReason, PacketOut, StandardPacketIn } from './codec/messages/packet.ts';
export type { PacketIn2, PacketInProperty } from './codec/messages/packet-in2.ts';
export type { PortMod } from './codec/messages/port-mod.ts';
export type { PortStatus } from './codec/messages/port-status.ts';
export type { QueueConfigReply, QueueConfigRequest, QueueDesc } from './codec/messages/queue-config.ts';
export type { ControllerRole, Role, RoleStatus } from './codec/messages/role.ts';
export type { FeaturesReply } from './codec/messages/switch-config.ts';
export type { TableConfig, TableMod, TableStatus, TableVacancy } from './codec/messages/table-mod.ts';
export type { TlvMapping, TlvTableMod, TlvTableReply } from './codec/messages/tlv-table.ts';
export type { BundleFeatures } from './codec/multipart/bundle-features.ts';
export {
  type FlowChange,
  type FlowMonitor,
  type FlowMonitorCommand,
  type FlowUpdate,
  flowMonitorFlag,
} from './codec/multipart/flow-monitor.ts';
export type { FlowCounters, FlowFilter } from './codec/multipart/flow-stats.ts';
export type { GroupFeatures, GroupStats, PerGroupType } from './codec/multipart/groups.ts';
export type { MeterFeatures, MeterStats } from './codec/multipart/meters.ts';
export type {
  MultipartEntry,
  MultipartReplyBody,
  MultipartRequestBody,
  MultipartType,
} from './codec/multipart/multipart.ts';
export type { NxFlowChange, NxFlowMonitor, NxFlowUpdate } from './codec/multipart/nx-flow-monitor.ts';
export {
  type CustomCounter,
  type EthernetStats,
  type PortStats,
  rfc2819Counters,
} from './codec/multipart/ports.ts';
export type { QueueFilter, QueueStats } from './codec/multipart/queues.ts';
export type { SwitchDesc } from './codec/multipart/switch-desc.ts';
export type { ListedField, ListedType, TableFeature, TableFeatures, TableStats } from './codec/multipart/tables.ts';
export type { UnknownHeader } from './codec/oxm.ts';
export type { QueueRates } from './codec/queues.ts';
export { sameContent, sameFlow } from './codec/same-flow.ts';
export { type SealedFlow, sealFlow, unsealFlow } from './codec/sealed-flow.ts';
export { type SealedFlowMod, unsealFlowMod } from './codec/sealed-flow-mod.ts';
export { BundleError, type BundleFailure, type BundleMod } from './connection/bundle.ts';
export type { ConnectedSwitch } from './connection/connected-switch.ts';
export {
  type ConnectionState,
  SwitchConnection,
  type SwitchConnectionEvents,
  type SwitchConnectionOptions,
} from './connection/connection.ts';
export { Controller, type ControllerEvents, type ControllerOptions } from './connection/controller.ts';
export type { FlowMonitorSpec, FlowUpdateEvent } from './connection/flow-updates.ts';
export { FrameError, Framer } from './connection/framer.ts';
export type { ListenTls } from './connection/listen.ts';
export { MessageStream, type StreamHandlers, type StreamOptions } from './connection/message-stream.ts';
export type { MeterFailure, MeterModification } from './connection/meter-mods.ts';
export type { PacketIn } from './connection/packet-in.ts';
export {
  type PacketOutOptions,
  type RoleName,
  type RoleReply,
  Switch,
  type SwitchEvents,
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
export type {
  Action,
  BundleAction,
  ControllerAction,
  CtAction,
  CtNat,
  EncapAction,
  EncapProperty,
  HashFields,
  LearnAction,
  LearnSpec,
  LegacyField,
  MultipathAction,
  SampleAction,
  SetFieldAction,
  WireForm,
} from './flow/action.ts';
export { canonicalAction, canonicalFlow, canonicalMatch, flowKey } from './flow/canonical.ts';
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
export { inWireOrder } from './flow/match-order.ts';
export type { MeterBand, MeterEntry } from './flow/meter.ts';
export type { EthernetPort, PortDesc } from './flow/port-desc.ts';
export { group, noBuffer, port, reservedPortName } from './flow/ports.ts';
export type { PropertyOrder, UnknownProperty } from './flow/property.ts';
export type { StatName, Stats, StatsOrder } from './flow/stats.ts';
export { formatAction, formatActions, formatInstructions } from './text/format-actions.ts';
export { formatFlow } from './text/format-flow.ts';
export { formatGroup } from './text/format-group.ts';
export { formatMatch } from './text/format-match.ts';
export { format } from './text/format-message.ts';
export { formatMeter } from './text/format-meter.ts';
export { formatPacket } from './text/format-packet.ts';
export type { FormatOptions } from './text/names.ts';
export { OpenFlowTextError } from './text/parse/cursor.ts';
export { type ParseOptions, parseActions } from './text/parse/parse-actions.ts';
export { type FlowDeleteOptions, flowDelete, type ParseFlowOptions, parseFlow } from './text/parse/parse-flow.ts';
export { type ParseGroupOptions, parseGroup } from './text/parse/parse-group.ts';
export { parseMatch } from './text/parse/parse-match.ts';
export { type ParseMeterOptions, parseMeter } from './text/parse/parse-meter.ts';
export type { NameOptions } from './text/parse/parse-number.ts';
export { openflow13, openflow14, openflow15, type Padding, type VersionName, versions } from './wire/version.ts';
