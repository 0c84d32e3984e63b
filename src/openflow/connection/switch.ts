// What can be asked of a switch, whichever side dialled: the requests, the streams and the events. Where the session
// comes from is up to connection.ts (which dials) and connected-switch.ts (which was dialled).

import { EventEmitter } from 'node:events';
import { type Logger, silentLogger } from '../../lib/logger.ts';
import type { Action } from '../actions/all.ts';
import type { SealedFlowMod } from '../codec/sealed-flow-mod.ts';
import { ConnectionError, StaleGenerationError, SwitchError, type SwitchErrorInfo } from '../errors.ts';
import type { FlowStats } from '../flow/flow-stats.ts';
import type { GroupEntry } from '../flow/group.ts';
import type { MeterEntry } from '../flow/meter.ts';
import type { PortDesc } from '../flow/port-desc.ts';
import type { Stats } from '../flow/stats.ts';
import type { BodyOf, Message, MessageBody, MessageKind } from '../messages/all.ts';
import type { FeaturesReply } from '../messages/features.ts';
import type { FlowRemoved } from '../messages/flow-removed.ts';
import type { GroupCommand } from '../messages/group-mod.ts';
import type { MeterCommand } from '../messages/meter-mod.ts';
import type { MultipartEntry, MultipartRequestBody, MultipartType } from '../messages/multipart/all.ts';
import type { SwitchDesc } from '../messages/multipart/desc.ts';
import type { MeterStats } from '../messages/multipart/meter-stats.ts';
import type { FlowFilter } from '../messages/multipart/shared/flow-filter.ts';
import type { PortStatus } from '../messages/port-status.ts';
import type { ControllerRole, Role } from '../messages/role.ts';
import type { WithHeader } from '../messages/shared/message-definition.ts';
import { openflow15, type VersionName } from '../wire/version.ts';
import { type BundleMod, runBundle } from './bundle.ts';
import { type FlowMonitorSpec, type FlowUpdateEvent, FlowUpdates } from './flow-updates.ts';
import { defaultStreamLimit, MessageStream, type StreamOptions } from './message-stream.ts';
import { type MeterFailure, type MeterModification, runMeterMods } from './meter-mods.ts';
import { MultipartEntries, MultipartParts } from './multipart-parts.ts';
import { type PacketIn, packetInOf } from './packet-in.ts';
import { request } from './request.ts';
import type { Session } from './session.ts';
import { versionName } from './versions.ts';
import type { RequestOptions, Wait } from './watch.ts';

/** How to speak with a switch, and how patient to be with it. */
export interface SwitchOptions {
  readonly logger?: Logger | undefined;
  /** How long an answer may take, ms; 10,000 when absent. */
  readonly requestTimeout?: number | undefined;
  /** Bytes that may wait to be sent; 64 MiB when absent. */
  readonly maxSendQueue?: number | undefined;
  /** Versions to offer; 1.3, 1.4 and 1.5 when absent. The highest that the switch speaks too is taken. */
  readonly versions?: readonly VersionName[] | undefined;
}

/** An error of the switch that answers nothing we wait for. */
export interface UnmatchedError {
  readonly xid: number;
  readonly error: SwitchErrorInfo;
  /** The start of the message the switch refused. */
  readonly data: Uint8Array;
}

/** What a switch tells its owner. */
export interface SwitchEvents {
  /** Hello and features are done; requests may be made. Comes again after each reconnect. */
  connected: [features: FeaturesReply];
  /** Once per lost connection, not per failed attempt. */
  disconnected: [reason: string];
  packetIn: [packetIn: PacketIn];
  portStatus: [portStatus: PortStatus];
  flowRemoved: [flowRemoved: FlowRemoved];
  /** An error that answers no request of ours. Without a listener it goes to the log. */
  error: [error: UnmatchedError];
}

/** A packet to send: its bytes, and what to do with it as if it came from `inPort` (OpenFlow 1.5.1 section 7.3.6). */
export interface PacketOutOptions {
  readonly inPort: number;
  readonly data: Uint8Array;
  readonly actions: readonly Action[];
}

/** What a controller is to a switch; `no_change` only asks. */
export type RoleName = Exclude<ControllerRole, number>;
/** What a controller is to a switch now. */
export type RoleReply = Role<'role_reply'>;

const defaultTimeout = 10_000;
export const defaultSendQueue = 64 * 1024 * 1024;

/** A bundle's commit takes longer the more it holds: this many ms for each modification. */
const timePerMod = 1;

const wholePacket = 0xffff;
const packetIn2Format = 2;

/**
 * A non-zero miss length makes OVS treat a management socket as a controller (ofproto/connmgr.c); the format is the
 * one that carries userdata.
 */
const packetInSetup: readonly MessageBody[] = [
  { kind: 'set_config', flags: 0, missSendLength: wholePacket },
  { kind: 'set_packet_in_format', format: packetIn2Format },
];

/** A stream that is open, for messages of any kind. */
interface Sink {
  push(message: Message): void;
  end(): void;
}

type PacketInKind = (typeof packetInKinds)[number];
const packetInKinds = ['packet_in', 'packet_in2', 'nx_packet_in'] as const;

interface Live {
  readonly session: Session;
  readonly features: FeaturesReply;
}

/** Whoever extends it calls `attach` when a session is ready, `receive` with what it says unasked, `detach`. */
export abstract class Switch extends EventEmitter<SwitchEvents> {
  readonly #logger: Logger;
  readonly #timeout: number;
  readonly #sinks = new Map<MessageKind, Set<Sink>>();
  #over = false;
  #live: Live | undefined;
  #wantsPacketIn = false;
  #updates: FlowUpdates | undefined;

  constructor({ logger, requestTimeout }: SwitchOptions) {
    super();
    this.#logger = logger ?? silentLogger;
    this.#timeout = requestTimeout ?? defaultTimeout;
  }

  /** What the switch said of itself; undefined while not connected. */
  get features(): FeaturesReply | undefined {
    return this.#live?.features;
  }

  /** The version that is spoken; undefined while not connected. */
  get version(): VersionName | undefined {
    return this.#live && versionName(this.#live.session.version);
  }

  /** Closes the connection for good. Resolves when the socket is gone. */
  abstract close(): Promise<void>;

  /** Sends a message and does not wait. Returns its xid. @throws ConnectionError, OpenFlowEncodeError */
  send(message: MessageBody): number {
    return this.#session().send(message);
  }

  /** Resolves when the send queue is short again: for who sends much with `send`. @throws ConnectionError */
  async drained(): Promise<void> {
    await this.#session().drained();
  }

  /**
   * Sends a message and waits for its answer: for one that has none, until the switch has worked it off (a barrier).
   * @throws ConnectionError, SwitchError, OpenFlowEncodeError
   */
  async request(message: MessageBody, options: RequestOptions = {}): Promise<Message> {
    return request(this.#session(), message, this.#wait(options));
  }

  /** Resolves when the switch has worked off everything sent before. */
  async barrier(options?: RequestOptions): Promise<void> {
    await this.request({ kind: 'barrier_request' }, options);
  }

  /**
   * Applies all modifications in order, or none of them. Sealed ones go out as they are.
   * @throws BundleError with the modifications to blame; ConnectionError; OpenFlowEncodeError
   */
  async bundle(mods: readonly (BundleMod | SealedFlowMod)[], options: RequestOptions = {}): Promise<void> {
    await runBundle(this.#session(), mods, { timeout: this.#timeout + mods.length * timePerMod, ...options });
  }

  /**
   * The entries of a multipart answer, one by one as they come: the whole is never held. Asked for at the first step.
   * Do not await other requests of this connection inside the loop: while the loop is far behind, nothing is read.
   */
  entries<T extends MultipartType>(
    body: MultipartRequestBody & { readonly type: T },
    options: RequestOptions = {},
  ): AsyncIterableIterator<MultipartEntry<T>, undefined, void> {
    return new MultipartEntries(body.type, () => new MultipartParts(this.#session(), body, this.#wait(options)));
  }

  /** The installed flows with their counters, as `entries` gives them. */
  dumpFlows(filter: FlowFilter = {}, options?: RequestOptions): AsyncIterableIterator<FlowStats, undefined, void> {
    return this.entries<'flow_desc'>({ ...filter, type: 'flow_desc' }, options);
  }

  /** How many flows there are, and what they have counted together (OpenFlow 1.5.1 section 7.3.5.5). */
  async aggregateStats(filter: FlowFilter = {}, options?: RequestOptions): Promise<Stats> {
    const [stats] = await this.#all<'aggregate_stats'>({ ...filter, type: 'aggregate_stats' }, options);
    if (!stats) throw new ConnectionError('OF_UNEXPECTED_REPLY', 'an aggregate without statistics');
    return stats;
  }

  async portDesc(options?: RequestOptions): Promise<readonly PortDesc[]> {
    return this.#all<'port_desc'>({ type: 'port_desc' }, options);
  }

  async switchDesc(options?: RequestOptions): Promise<SwitchDesc> {
    const [desc] = await this.#all<'desc'>({ type: 'desc' }, options);
    if (!desc) throw new ConnectionError('OF_UNEXPECTED_REPLY', 'the switch did not describe itself');
    return desc;
  }

  /** @throws SwitchError when the switch refuses it */
  async meterMod(command: MeterCommand, meter: MeterEntry, options?: RequestOptions): Promise<void> {
    await this.request({ kind: 'meter_mod', command, meter }, options);
  }

  /**
   * Sends modifications of meters one behind the other, and waits once: the switch has then worked off all of them.
   * @returns those it refused, by their place in the list
   */
  async meterMods(mods: readonly MeterModification[], options: RequestOptions = {}): Promise<readonly MeterFailure[]> {
    return runMeterMods(this.#session(), mods, this.#wait(options));
  }

  async meterConfig(meter?: number, options?: RequestOptions): Promise<readonly MeterEntry[]> {
    return this.#all<'meter_desc'>({ type: 'meter_desc', ...(meter !== undefined && { meter }) }, options);
  }

  async meterStats(meter?: number, options?: RequestOptions): Promise<readonly MeterStats[]> {
    return this.#all<'meter_stats'>({ type: 'meter_stats', ...(meter !== undefined && { meter }) }, options);
  }

  /** @throws SwitchError when the switch refuses it */
  async groupMod(command: GroupCommand, group: GroupEntry, options?: RequestOptions): Promise<void> {
    await this.request({ kind: 'group_mod', command, group }, options);
  }

  async groupDesc(group?: number, options?: RequestOptions): Promise<readonly GroupEntry[]> {
    // One group alone can be asked for since OpenFlow 1.5.
    const one = group !== undefined && this.#session().version >= openflow15;
    const groups = await this.#all<'group_desc'>({ type: 'group_desc', ...(one && { group }) }, options);
    return group === undefined ? groups : groups.filter(entry => entry.group === group);
  }

  /** Forgets all tracked connections of a zone. */
  async ctFlushZone(zone: number, options?: RequestOptions): Promise<void> {
    await this.request({ kind: 'ct_flush_zone', zone }, options);
  }

  /** @throws SwitchError when the switch refuses it */
  async packetOut({ inPort, data, actions }: PacketOutOptions, options?: RequestOptions): Promise<void> {
    const match = [{ field: 'in_port', value: inPort }] as const;
    await this.request({ kind: 'packet_out', match, actions, data }, options);
  }

  /**
   * Takes a role, or with `no_change` asks for the present one. Returns what the switch answers. The role is lost with
   * the connection: ask again when `connected` comes.
   * @param generationId 0 to 2^64-1; the switch compares it, as a distance modulo 2^64, with the highest it has seen
   * for `primary` and `secondary` (OpenFlow 1.5.1 section 6.3.6)
   * @throws StaleGenerationError when another controller has used a newer generation; SwitchError; ConnectionError
   */
  async role(role: RoleName, generationId = 0n, options?: RequestOptions): Promise<RoleReply> {
    try {
      // No short id: OFPCID_UNDEFINED (section 7.3.8).
      const reply = await this.request({ kind: 'role_request', role, shortId: 0xffff, generationId }, options);
      return reply as RoleReply & Message;
    } catch (error) {
      if (!(error instanceof SwitchError) || error.error.name !== 'OFPRRFC_STALE') throw error;
      throw new StaleGenerationError(error.error, generationId);
    }
  }

  /**
   * Asks for packet-ins, whole and with metadata and userdata, now and after each reconnect. A bridge's management
   * socket sends none (nor port status) before this.
   */
  async enablePacketIn(options?: RequestOptions): Promise<void> {
    this.#wantsPacketIn = true;
    if (!this.#live) return;
    for (const message of packetInSetup) await this.request(message, options);
  }

  /** Packet-ins, from now on. See MessageStream for what happens when the loop is slow. */
  packetIns(options?: StreamOptions): MessageStream<PacketIn> {
    return this.#open<PacketInKind, PacketIn>(packetInKinds, packetInOf, options);
  }

  /** Changes of ports, from now on. See MessageStream for what happens when the loop is slow. */
  portStatuses(options?: StreamOptions): MessageStream<WithHeader<PortStatus>> {
    return this.messages('port_status', options);
  }

  /** Flows that are gone, from now on. See MessageStream for what happens when the loop is slow. */
  flowRemoved(options?: StreamOptions): MessageStream<WithHeader<FlowRemoved>> {
    return this.messages('flow_removed', options);
  }

  /**
   * Messages of one kind that answer no request, from now on: `multipart_reply` for the updates of a flow monitor,
   * say. See MessageStream for what happens when the loop is slow.
   */
  messages<K extends MessageKind>(kind: K, options?: StreamOptions): MessageStream<WithHeader<BodyOf<K>>> {
    return this.#open<K, WithHeader<BodyOf<K>>>([kind], message => message, options);
  }

  /**
   * Monitors flows (OpenFlow 1.5.1 section 7.3.5): those that are there, if a request asks for them, then what becomes
   * of them. Nothing is dropped: while the loop is behind by more than `limit` updates the socket is not read, so do
   * not wait for answers of the same connection inside it. Updates do not say which monitor they belong to, so there
   * is one stream at a time, of any number of monitors. After a reconnect the switch is asked again. Leaving the loop
   * takes the monitors away.
   * @throws ConnectionError `OF_BUSY` while there is such a stream. The stream throws SwitchError, or ConnectionError
   * `OF_UNEXPECTED_REPLY`, when the switch refuses.
   */
  flowUpdates(
    requests: readonly FlowMonitorSpec[],
    { limit = defaultStreamLimit }: StreamOptions = {},
  ): MessageStream<FlowUpdateEvent> {
    if (this.#updates) throw new ConnectionError('OF_BUSY', 'one stream of flow updates at a time');
    const updates = new FlowUpdates(requests, limit, this.#timeout, () => {
      if (this.#updates === updates) this.#updates = undefined;
    });
    this.#updates = updates;
    if (this.#over) updates.stream.end();
    else if (this.#live) updates.ask(this.#live.session);
    return updates.stream;
  }

  /** The session may be used. */
  protected attach(session: Session, features: FeaturesReply): void {
    this.#live = { session, features };
    if (this.#wantsPacketIn) for (const message of packetInSetup) session.post(message);
    this.#updates?.ask(session);
  }

  /** The session is gone. Returns whether there was one. */
  protected detach(): boolean {
    const was = this.#live !== undefined;
    this.#live = undefined;
    this.#updates?.lose();
    return was;
  }

  /** The owner has closed the connection: the streams end. `forGood`: and so does any that is opened later. */
  protected endStreams(forGood: boolean): void {
    this.#over = forGood;
    for (const sinks of [...this.#sinks.values()]) for (const sink of [...sinks]) sink.end();
    this.#updates?.stream.end();
  }

  protected receive(message: Message): void {
    this.#offer(message);
    switch (message.kind) {
      case 'packet_in':
      case 'packet_in2':
      case 'nx_packet_in':
        if (this.listenerCount('packetIn') > 0) this.emit('packetIn', packetInOf(message));
        break;
      case 'port_status':
        this.emit('portStatus', message);
        break;
      case 'flow_removed':
        this.emit('flowRemoved', message);
        break;
      case 'multipart_reply':
        if (message.body.type === 'flow_monitor') this.#updates?.push(message.body.entries);
        break;
      case 'error':
        this.#reportError({ xid: message.xid, error: message.error, data: message.data });
        break;
      default:
        this.#logger.debug({ kind: message.kind, xid: message.xid }, 'message that answers nothing');
    }
  }

  #offer(message: Message): void {
    const sinks = this.#sinks.get(message.kind);
    if (sinks) for (const sink of sinks) sink.push(message);
  }

  #open<K extends MessageKind, T>(
    kinds: readonly K[],
    convert: (message: WithHeader<BodyOf<K>>) => T,
    { limit = defaultStreamLimit }: StreamOptions = {},
  ): MessageStream<T> {
    const onEnd = () => {
      for (const kind of kinds) this.#sinks.get(kind)?.delete(sink);
    };
    const stream = new MessageStream<T>(limit, { onEnd });
    const sink: Sink = {
      push: message => stream.push(convert(message as WithHeader<BodyOf<K>>)),
      end: () => stream.end(),
    };
    for (const kind of kinds) {
      const sinks = this.#sinks.get(kind) ?? new Set();
      this.#sinks.set(kind, sinks.add(sink));
    }
    if (this.#over) stream.end();
    return stream;
  }

  #session(): Session {
    if (!this.#live) throw new ConnectionError('OF_NOT_CONNECTED', 'not connected');
    return this.#live.session;
  }

  #wait(options: RequestOptions): Wait {
    return { timeout: this.#timeout, ...options };
  }

  async #all<T extends MultipartType>(
    body: MultipartRequestBody & { readonly type: T },
    options: RequestOptions | undefined,
  ): Promise<readonly MultipartEntry<T>[]> {
    const found: MultipartEntry<T>[] = [];
    for await (const entry of this.entries<T>(body, options)) found.push(entry);
    return found;
  }

  #reportError(error: UnmatchedError): void {
    // An 'error' event without a listener would be thrown.
    if (this.listenerCount('error') > 0) this.emit('error', error);
    else this.#logger.warn({ ...error, cause: new SwitchError(error.error) }, 'error from the switch');
  }
}
