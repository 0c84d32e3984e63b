// A switch as long as it is wanted: dials it, keeps the connection alive, dials again when it goes.

import { EventEmitter } from 'node:events';
import type { ConnectionOptions } from 'node:tls';
import { type ActiveEndpoint, formatActiveEndpoint } from '../../lib/endpoint.ts';
import { type Logger, silentLogger } from '../../lib/logger.ts';
import {
  initialReconnectState,
  type ReconnectEvent,
  type ReconnectOptions,
  type ReconnectState,
  reconnectDefaults,
  stepReconnect,
} from '../../lib/reconnect.ts';
import type { Message, MessageBody } from '../codec/message.ts';
import type { FlowRemoved } from '../codec/messages/flow-mod.ts';
import type { GroupCommand } from '../codec/messages/group-mod.ts';
import type { MeterCommand } from '../codec/messages/meter-mod.ts';
import type { PortStatus } from '../codec/messages/port-status.ts';
import type { FeaturesReply } from '../codec/messages/switch-config.ts';
import type { FlowFilter } from '../codec/multipart/flow-stats.ts';
import type { MeterStats } from '../codec/multipart/meters.ts';
import type { MultipartEntry, MultipartRequestBody, MultipartType } from '../codec/multipart/multipart.ts';
import type { SwitchDesc } from '../codec/multipart/switch-desc.ts';
import { ConnectionError, SwitchError, type SwitchErrorInfo } from '../errors.ts';
import type { Action } from '../flow/action.ts';
import type { FlowStats } from '../flow/flow-stats.ts';
import type { GroupEntry } from '../flow/group.ts';
import type { MeterEntry } from '../flow/meter.ts';
import type { PortDesc } from '../flow/port-desc.ts';
import { type BundleMod, runBundle } from './bundle.ts';
import { type Dial, dial as dialSocket } from './dial.ts';
import { type PacketIn, packetInOf } from './packet-in.ts';
import { multipart, type RequestOptions, request } from './request.ts';
import { Session } from './session.ts';

/** Where the switch is, and how patient to be with it. */
export interface SwitchConnectionOptions {
  readonly endpoint: ActiveEndpoint;
  readonly logger?: Logger;
  /** For `ssl:` endpoints. */
  readonly tls?: ConnectionOptions;
  readonly reconnect?: Partial<ReconnectOptions>;
  /** How long an answer may take, ms; 10,000 when absent. */
  readonly requestTimeout?: number;
  /** Bytes that may wait to be sent; 64 MiB when absent. */
  readonly maxSendQueue?: number;
  /** The clock, the dice and the socket, for tests. */
  readonly now?: () => number;
  readonly random?: () => number;
  readonly dial?: Dial;
}

/** An error of the switch that answers nothing we wait for. */
export interface UnmatchedError {
  readonly xid: number;
  readonly error: SwitchErrorInfo;
  /** The start of the message the switch refused. */
  readonly data: Uint8Array;
}

/** What a connection tells its owner. */
export interface SwitchConnectionEvents {
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

/** `connecting`: not connected, and trying to be. */
export type ConnectionState = 'disconnected' | 'connecting' | 'connected';

/** A packet to send: its bytes, and what to do with it as if it came from `inPort`. */
export interface PacketOutOptions {
  readonly inPort: number;
  readonly data: Uint8Array;
  readonly actions: readonly Action[];
}

const defaultTimeout = 10_000;
const defaultQueue = 64 * 1024 * 1024;

/** A bundle's commit takes longer the more it holds: this many ms for each modification. */
const timePerMod = 1;

const wholePacket = 0xffff;
const packetIn2Format = 2;

/** A switch that we dial: connected when it can be, dialled again when it goes. */
export class SwitchConnection extends EventEmitter<SwitchConnectionEvents> {
  readonly #endpoint: ActiveEndpoint;
  readonly #logger: Logger;
  readonly #options: SwitchConnectionOptions;
  readonly #reconnect: ReconnectOptions;
  readonly #timeout: number;
  #reconnectState: ReconnectState = initialReconnectState;
  #timer: { readonly handle: NodeJS.Timeout; readonly at: number } | undefined;
  #session: Session | undefined;
  #features: FeaturesReply | undefined;
  #wantsPacketIn = false;
  #whenGone: (() => void)[] = [];

  constructor(options: SwitchConnectionOptions) {
    super();
    this.#options = options;
    this.#endpoint = options.endpoint;
    this.#logger = options.logger ?? silentLogger;
    this.#reconnect = { ...reconnectDefaults, ...options.reconnect };
    this.#timeout = options.requestTimeout ?? defaultTimeout;
  }

  get state(): ConnectionState {
    if (this.#features) return 'connected';
    return this.#reconnectState.kind === 'void' ? 'disconnected' : 'connecting';
  }

  /** What the switch said of itself; undefined while not connected. */
  get features(): FeaturesReply | undefined {
    return this.#features;
  }

  /** Starts to connect, and to stay connected until `close`. */
  start(): void {
    this.#step({ kind: 'enable' });
  }

  /** Closes the connection for good. Resolves when the socket is gone. */
  async close(): Promise<void> {
    const gone = this.#session ? new Promise<void>(resolve => this.#whenGone.push(resolve)) : undefined;
    this.#step({ kind: 'disable' });
    await gone;
  }

  /** Sends a message and does not wait. Returns its xid. @throws ConnectionError, OpenFlowEncodeError */
  send(message: MessageBody): number {
    return this.#connected().send(message);
  }

  /**
   * Sends a message and waits for its answer: for one that has none, until the switch has worked it off (a barrier).
   * @throws ConnectionError, SwitchError, OpenFlowEncodeError
   */
  async request(message: MessageBody, options: RequestOptions = {}): Promise<Message> {
    return request(this.#connected(), message, { timeout: this.#timeout, ...options });
  }

  /** Resolves when the switch has worked off everything sent before. */
  async barrier(options?: RequestOptions): Promise<void> {
    await this.request({ kind: 'barrier_request' }, options);
  }

  /**
   * Applies all modifications in order, or none of them.
   * @throws BundleError with the modifications to blame; ConnectionError; OpenFlowEncodeError
   */
  async bundle(mods: readonly BundleMod[], options: RequestOptions = {}): Promise<void> {
    await runBundle(this.#connected(), mods, { timeout: this.#timeout + mods.length * timePerMod, ...options });
  }

  /**
   * The installed flows with their counters, part by part as they come: the whole table is never held.
   * Do not await other requests of this connection inside the loop: while the loop is far behind, nothing is read.
   */
  async *dumpFlows(filter: FlowFilter = {}, options: RequestOptions = {}): AsyncGenerator<FlowStats, void, void> {
    const wait = { timeout: this.#timeout, ...options };
    for await (const part of multipart(this.#connected(), { ...filter, type: 'flow_desc' }, wait)) {
      if (part.body.type === 'flow_desc') yield* part.body.entries;
    }
  }

  async portDesc(options?: RequestOptions): Promise<readonly PortDesc[]> {
    return this.#entries('port_desc', { type: 'port_desc' }, options);
  }

  async switchDesc(options?: RequestOptions): Promise<SwitchDesc> {
    const [desc] = await this.#entries('desc', { type: 'desc' }, options);
    if (!desc) throw new ConnectionError('OF_UNEXPECTED_REPLY', 'the switch did not describe itself');
    return desc;
  }

  /** @throws SwitchError when the switch refuses it */
  async meterMod(command: MeterCommand, meter: MeterEntry, options?: RequestOptions): Promise<void> {
    await this.request({ kind: 'meter_mod', command, meter }, options);
  }

  async meterConfig(meter?: number, options?: RequestOptions): Promise<readonly MeterEntry[]> {
    return this.#entries('meter_desc', { type: 'meter_desc', ...(meter !== undefined && { meter }) }, options);
  }

  async meterStats(meter?: number, options?: RequestOptions): Promise<readonly MeterStats[]> {
    return this.#entries('meter_stats', { type: 'meter_stats', ...(meter !== undefined && { meter }) }, options);
  }

  /** @throws SwitchError when the switch refuses it */
  async groupMod(command: GroupCommand, group: GroupEntry, options?: RequestOptions): Promise<void> {
    await this.request({ kind: 'group_mod', command, group }, options);
  }

  async groupDesc(group?: number, options?: RequestOptions): Promise<readonly GroupEntry[]> {
    return this.#entries('group_desc', { type: 'group_desc', ...(group !== undefined && { group }) }, options);
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
   * Asks for packet-ins, whole and with metadata and userdata, now and after each reconnect. A bridge's management
   * socket sends none (nor port status) before this.
   */
  async enablePacketIn(options?: RequestOptions): Promise<void> {
    this.#wantsPacketIn = true;
    if (!this.#features) return;
    for (const message of packetInSetup) await this.request(message, options);
  }

  async #entries<T extends MultipartType>(
    type: T,
    body: MultipartRequestBody,
    options: RequestOptions | undefined,
  ): Promise<readonly MultipartEntry<T>[]> {
    const reply = await this.request({ kind: 'multipart_request', body }, options);
    if (reply.kind !== 'multipart_reply' || reply.body.type === 'unknown' || reply.body.type !== type) {
      throw new ConnectionError('OF_UNEXPECTED_REPLY', `no ${type} in the answer`);
    }
    return reply.body.entries as readonly MultipartEntry<T>[];
  }

  #connected(): Session {
    if (!this.#session || !this.#features) throw new ConnectionError('OF_NOT_CONNECTED', 'not connected');
    return this.#session;
  }

  #now(): number {
    return this.#options.now?.() ?? Date.now();
  }

  #step(event: ReconnectEvent): void {
    const jitter = this.#options.random?.() ?? Math.random();
    const step = stepReconnect(this.#reconnectState, event, this.#now(), this.#reconnect, jitter);
    this.#reconnectState = step.state;
    this.#arm(step.wakeAt);
    switch (step.verdict) {
      case 'none':
        break;
      case 'connect':
        this.#dial();
        break;
      case 'probe':
        this.#session?.post({ kind: 'echo_request', data: new Uint8Array() });
        break;
      case 'disconnect':
        this.#session?.close(
          event.kind === 'disable'
            ? new ConnectionError('OF_NOT_CONNECTED', 'closed by us')
            : new ConnectionError('OF_TIMEOUT', 'the switch fell silent'),
        );
        break;
    }
  }

  /** A timer that fires early asks again; so one that is already armed for an earlier moment can stay. */
  #arm(wakeAt: number | undefined): void {
    if (wakeAt !== undefined && this.#timer && this.#timer.at <= wakeAt) return;
    clearTimeout(this.#timer?.handle);
    this.#timer = undefined;
    if (wakeAt === undefined) return;
    const handle = setTimeout(
      () => {
        this.#timer = undefined;
        // Silence while we do not read is our own doing.
        this.#step({ kind: this.#session?.held ? 'heard' : 'tick' });
      },
      Math.max(0, wakeAt - this.#now()),
    );
    this.#timer = { handle, at: wakeAt };
  }

  #dial(): void {
    const { socket, readyEvent } = (this.#options.dial ?? dialSocket)(this.#endpoint, this.#options.tls);
    const session: Session = new Session(
      socket,
      {
        onReady: () => this.#introduce(session),
        onMessage: message => this.#receive(message),
        onHeard: () => {
          if (this.#features) this.#step({ kind: 'heard' });
        },
        onClosed: reason => this.#gone(session, reason),
      },
      this.#options.maxSendQueue ?? defaultQueue,
    );
    this.#session = session;
    socket.once(readyEvent, () => session.greet());
  }

  #introduce(session: Session): void {
    const fail = (error: Error) => session.close(error);
    const xid = session.takeXids();
    session.expect(xid, {
      onMessage: message => {
        if (message.kind === 'features_reply') this.#ready(session, message);
        else fail(new ConnectionError('OF_UNEXPECTED_REPLY', `features were answered with ${message.kind}`));
        return true;
      },
      onFailure: fail,
    });
    session.post({ kind: 'features_request' }, xid);
  }

  #ready(session: Session, features: FeaturesReply): void {
    this.#features = features;
    this.#step({ kind: 'connected' });
    if (this.#wantsPacketIn) for (const message of packetInSetup) session.post(message);
    this.#logger.info({ endpoint: formatActiveEndpoint(this.#endpoint) }, 'connected');
    this.emit('connected', features);
  }

  #gone(session: Session, reason: Error | undefined): void {
    if (this.#session !== session) return;
    const wasConnected = this.#features !== undefined;
    this.#session = undefined;
    this.#features = undefined;
    const text = reason?.message ?? 'closed by the switch';
    // After a disconnect verdict the state machine is already waiting: it must not wait twice as long.
    if (this.#reconnectState.kind !== 'void' && this.#reconnectState.kind !== 'backoff') this.#step({ kind: 'failed' });
    this.#logger.info({ endpoint: formatActiveEndpoint(this.#endpoint), reason: text }, 'disconnected');
    for (const resolve of this.#whenGone.splice(0)) resolve();
    if (wasConnected) this.emit('disconnected', text);
  }

  #receive(message: Message): void {
    switch (message.kind) {
      case 'packet_in':
      case 'packet_in2':
        this.emit('packetIn', packetInOf(message));
        break;
      case 'port_status':
        this.emit('portStatus', message);
        break;
      case 'flow_removed':
        this.emit('flowRemoved', message);
        break;
      case 'error':
        this.#reportError({ xid: message.xid, error: message.error, data: message.data });
        break;
      default:
        this.#logger.debug({ kind: message.kind, xid: message.xid }, 'message ignored');
    }
  }

  #reportError(error: UnmatchedError): void {
    // An 'error' event without a listener would be thrown.
    if (this.listenerCount('error') > 0) this.emit('error', error);
    else this.#logger.warn({ ...error, cause: new SwitchError(error.error) }, 'error from the switch');
  }
}

/**
 * A non-zero miss length makes OVS treat a management socket as a controller (ofproto/connmgr.c); the format is the
 * one that carries userdata.
 */
const packetInSetup: readonly MessageBody[] = [
  { kind: 'set_config', flags: 0, missSendLength: wholePacket },
  { kind: 'set_packet_in_format', format: packetIn2Format },
];
