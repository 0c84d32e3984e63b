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
export type { ListenTls } from '../lib/listen.ts';
export { type Logger, silentLogger } from '../lib/logger.ts';
export { type ReconnectOptions, reconnectDefaults } from '../lib/reconnect.ts';
export type { TlsIdentity } from '../lib/tls.ts';
export type { Action, UnknownAction } from './actions/all.ts';
export type { BundleAction } from './actions/bundle.ts';
export type { CheckPktLargerAction } from './actions/check-pkt-larger.ts';
export type { CloneAction } from './actions/clone.ts';
export type { ConjunctionAction } from './actions/conjunction.ts';
export type { ControllerAction } from './actions/controller.ts';
export type { CopyTtlInAction } from './actions/copy-ttl-in.ts';
export type { CopyTtlOutAction } from './actions/copy-ttl-out.ts';
export type { CtAction } from './actions/ct.ts';
export type { CtClearAction } from './actions/ct-clear.ts';
export type { DebugRecircAction } from './actions/debug-recirc.ts';
export type { DebugSlowAction } from './actions/debug-slow.ts';
export type { DecMplsTtlAction } from './actions/dec-mpls-ttl.ts';
export type { DecNshTtlAction } from './actions/dec-nsh-ttl.ts';
export type { DecTtlAction } from './actions/dec-ttl.ts';
export type { DecapAction } from './actions/decap.ts';
export type { DeleteFieldAction } from './actions/delete-field.ts';
export type { EncapAction, EncapProperty } from './actions/encap.ts';
export type { EnqueueAction } from './actions/enqueue.ts';
export type { ExitAction } from './actions/exit.ts';
export type { FinTimeoutAction } from './actions/fin-timeout.ts';
export type { GroupAction } from './actions/group.ts';
export type { LearnAction, LearnSpec } from './actions/learn.ts';
export { canonicalAction } from './actions/list/canonical.ts';
export { type ParseOptions, parseActions } from './actions/list/parse.ts';
export { formatAction, formatActions } from './actions/list/print.ts';
export type { LoadAction } from './actions/load.ts';
export type { MeterAction } from './actions/meter.ts';
export type { MoveAction } from './actions/move.ts';
export type { MultipathAction } from './actions/multipath.ts';
export type { CtNat, NatAction } from './actions/nat.ts';
export type { NoteAction } from './actions/note.ts';
export type { NxWriteMetadataAction } from './actions/nx-write-metadata.ts';
export type { OutputAction } from './actions/output.ts';
export type { OutputRegAction } from './actions/output-reg.ts';
export type { OutputTruncAction } from './actions/output-trunc.ts';
export type { PopAction } from './actions/pop.ts';
export type { PopMplsAction } from './actions/pop-mpls.ts';
export type { PopPbbAction } from './actions/pop-pbb.ts';
export type { PopQueueAction } from './actions/pop-queue.ts';
export type { PopVlanAction } from './actions/pop-vlan.ts';
export type { PushAction } from './actions/push.ts';
export type { PushMplsAction } from './actions/push-mpls.ts';
export type { PushPbbAction } from './actions/push-pbb.ts';
export type { PushVlanAction } from './actions/push-vlan.ts';
export type { ResubmitAction } from './actions/resubmit.ts';
export type { SampleAction } from './actions/sample.ts';
export type { SetFieldAction } from './actions/set-field.ts';
export type { LegacyField, SetLegacyAction } from './actions/set-legacy.ts';
export type { SetMplsTtlAction } from './actions/set-mpls-ttl.ts';
export type { SetQueueAction } from './actions/set-queue.ts';
export type { SetTtlAction } from './actions/set-ttl.ts';
export type { SetTunnelAction } from './actions/set-tunnel.ts';
export type { BareAction } from './actions/shared/action-definition.ts';
export type { WireForm } from './actions/shared/action-form.ts';
export type { EtherTypeAction } from './actions/shared/ether-type-action.ts';
export type { HashFields } from './actions/shared/hash.ts';
export type { StackAction } from './actions/shared/stack-form.ts';
export { errorByName, errorTypes, namedError, niciraErrors } from './codec/error-names.ts';
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
  type DatapathFlow,
  formatDatapathFlow,
  parseDatapathFlow,
  parseDatapathFlows,
} from './datapath/datapath-flow.ts';
export type { DatapathTerm } from './datapath/datapath-term.ts';
export {
  ConnectionError,
  OpenFlowDecodeError,
  OpenFlowEncodeError,
  StaleGenerationError,
  SwitchError,
  type SwitchErrorInfo,
} from './errors.ts';
export type { Bucket } from './flow/bucket.ts';
export { canonicalFlow, flowKey } from './flow/canonical.ts';
export { canonicalMatch } from './flow/canonical-match.ts';
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
export { formatGroup, type GroupEntry, type GroupSelection } from './flow/group.ts';
export type { Instruction } from './flow/instruction.ts';
export type { FieldValue, Match, MatchField, Subfield, UnknownOxm } from './flow/match.ts';
export { inWireOrder } from './flow/match-order.ts';
export { formatMeter, type MeterBand, type MeterEntry, meterNumber } from './flow/meter.ts';
export type { PacketInReason } from './flow/packet-in-reason.ts';
export type { EthernetPort, PortDesc } from './flow/port-desc.ts';
export { group, noBuffer, port, reservedPortName } from './flow/ports.ts';
export type { PropertyOrder, UnknownProperty } from './flow/property.ts';
export { etherTypes, protocols } from './flow/protocol-numbers.ts';
export type { StatName, Stats, StatsOrder } from './flow/stats.ts';
export type { BodyOf, Message, MessageBody, MessageKind } from './messages/all.ts';
export type { BundleAdd } from './messages/bundle-add.ts';
export type { BundleControl } from './messages/bundle-control.ts';
export type { ControllerStatus } from './messages/controller-status.ts';
export type { CtFlush, CtFlushProperty, CtTuple, CtTupleProperty } from './messages/ct-flush.ts';
export type { FeaturesReply } from './messages/features.ts';
export {
  type FlowCommand,
  type FlowDeleteOptions,
  type FlowMod,
  flowCommands,
  flowDelete,
  type ParseFlowOptions,
  parseFlow,
} from './messages/flow-mod.ts';
export type { FlowMonitorCancel } from './messages/flow-monitor-cancel.ts';
export type { FlowRemoved, FlowRemovedReason } from './messages/flow-removed.ts';
export type { GroupCommand, GroupMod } from './messages/group-mod.ts';
export { type ParseGroupOptions, parseGroup } from './messages/group-mod.ts';
export { decode, encode, encodeInto } from './messages/list/codec.ts';
export { format } from './messages/list/print.ts';
export { type MeterCommand, type MeterMod, type ParseMeterOptions, parseMeter } from './messages/meter-mod.ts';
export type {
  MultipartEntry,
  MultipartReplyBody,
  MultipartRequestBody,
  MultipartType,
} from './messages/multipart/all.ts';
export type { BundleFeatures } from './messages/multipart/bundle-features.ts';
export type { SwitchDesc } from './messages/multipart/desc.ts';
export {
  type FlowChange,
  type FlowMonitor,
  type FlowMonitorCommand,
  type FlowUpdate,
  flowMonitorFlag,
} from './messages/multipart/flow-monitor.ts';
export type { FlowCounters } from './messages/multipart/flow-stats.ts';
export type { GroupFeatures, PerGroupType } from './messages/multipart/group-features.ts';
export type { GroupStats } from './messages/multipart/group-stats.ts';
export type { MeterFeatures } from './messages/multipart/meter-features.ts';
export type { MeterStats } from './messages/multipart/meter-stats.ts';
export type { NxFlowChange, NxFlowMonitor, NxFlowUpdate } from './messages/multipart/nx-flow-monitor.ts';
export {
  type CustomCounter,
  type EthernetStats,
  type PortStats,
  rfc2819Counters,
} from './messages/multipart/port-stats.ts';
export type { QueueStats } from './messages/multipart/queue-stats.ts';
export type { FlowFilter } from './messages/multipart/shared/flow-filter.ts';
export type { QueueFilter } from './messages/multipart/shared/queue-filter.ts';
export type { ListedField, ListedType, TableFeature, TableFeatures } from './messages/multipart/table-features.ts';
export type { TableStats } from './messages/multipart/table-stats.ts';
export type { PacketOut } from './messages/packet-out.ts';
export type { PortMod } from './messages/port-mod.ts';
export type { PortStatus } from './messages/port-status.ts';
export type { QueueConfigReply, QueueConfigRequest } from './messages/queue-get-config.ts';
export type { RequestForward } from './messages/request-forward.ts';
export type { ControllerRole, Role } from './messages/role.ts';
export type { RoleStatus } from './messages/role-status.ts';
export { type AsyncProperty, asyncProperties } from './messages/shared/async-config.ts';
export { bundleFlag } from './messages/shared/bundle.ts';
export type { ControllerState } from './messages/shared/controller-state.ts';
export type { Header } from './messages/shared/message-definition.ts';
export type { StandardPacketIn } from './messages/shared/packet-in-form.ts';
export type { PacketIn2, PacketInProperty } from './messages/shared/packet-in-properties.ts';
export type { QueueDesc } from './messages/shared/queue.ts';
export type { TableConfig, TableVacancy } from './messages/shared/table-config.ts';
export type { TlvMapping } from './messages/shared/tlv-mapping.ts';
export type { TableMod } from './messages/table-mod.ts';
export type { TableStatus } from './messages/table-status.ts';
export type { TlvTableReply } from './messages/tlv-table.ts';
export type { TlvTableMod } from './messages/tlv-table-mod.ts';
export type { ArpPacket } from './packet/arp.ts';
export { crc32c, type IpEnds, internetChecksum, pseudoHeaderSum } from './packet/checksum.ts';
export {
  buildFrame,
  type Frame,
  type FramePayload,
  type OtherPayload,
  parseFrame,
  type VlanTag,
} from './packet/frame.ts';
export { buildGeneve, type GeneveOption, type GenevePacket, genevePort, parseGeneve } from './packet/geneve.ts';
export type { IpPacket, Ipv4Packet, Ipv6Packet } from './packet/ip.ts';
export { buildLldp, type LldpId, type LldpPacket, type LldpTlv, lldpDestination, parseLldp } from './packet/lldp.ts';
export {
  buildNeighbour,
  type NeighbourAdvertisement,
  type NeighbourMessage,
  type NeighbourSolicitation,
  parseNeighbour,
} from './packet/neighbour-discovery.ts';
export type {
  Checked,
  IcmpMessage,
  IpPayload,
  OtherProtocol,
  SctpPacket,
  TcpSegment,
  UdpDatagram,
} from './packet/transport.ts';
export { buildVxlan, parseVxlan, type VxlanPacket, vxlanPort } from './packet/vxlan.ts';
export { formatFlow } from './text/format-flow.ts';
export { formatMatch } from './text/format-match.ts';
export { formatInstructions } from './text/instructions.ts';
export type { FormatOptions } from './text/names.ts';
export { formatPacket } from './text/packet/format-packet.ts';
export { OpenFlowTextError } from './text/parse/cursor.ts';
export { parseMatch } from './text/parse/parse-match.ts';
export type { NameOptions } from './text/parse/parse-number.ts';
export { openflow13, openflow14, openflow15, type Padding, type VersionName, versions } from './wire/version.ts';
