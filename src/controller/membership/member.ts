// This node as one of several on the same intent: registers itself, keeps its lease, takes what is its own, and lets the
// others' things go when they are dead. It reads everything anew at each run, and writes only what differs.

import { isDeepStrictEqual } from 'node:util';
import { CoalescingLoop } from '../../lib/coalescing-loop.ts';
import { type Logger, silentLogger } from '../../lib/logger.ts';
import type { PointsmanTables } from '../../ovsdb/generated/pointsman.ts';
import type { OvsdbClient, TransactionDraft } from '../../ovsdb/index.ts';
import { offerOf } from '../../policy/membership.ts';
import type { NodeConfig } from '../../policy/node.ts';
import type { AttachedPort } from '../bridges/observe-ports.ts';
import type { NewEvent, NoteEvent } from '../events/event.ts';
import { StateError } from '../state/errors.ts';
import type { Touched } from '../state/live-view.ts';
import type { ExhaustedPool } from '../state/member-plan.ts';
import { nodeRow } from '../state/registration.ts';
import { heldBy, type RestingNode, type RetiredRow, restingNodes, restingPorts } from '../state/retired-numbers.ts';
import type { Store } from '../state/store.ts';
import { type ClaimChanges, type Contested, claim } from './claims.ts';
import { Due } from './due.ts';
import { leftOfFence } from './fence.ts';
import { Leases } from './leases.ts';
import { whereNeeded } from './needs.ts';
import { PortRests } from './port-rests.ts';
import { Tenure } from './tenure.ts';

export interface MemberOptions {
  readonly client: OvsdbClient<PointsmanTables>;
  readonly store: Store;
  readonly node: NodeConfig;
  /** Whether the state may be acted on; until then this node only says that it is there. */
  readonly trusted: () => boolean;
  /** Whether what the intent has for this node may be taken, before the switch is to follow it too. */
  readonly mayPrepare: () => boolean;
  /** How long a node may be silent before the others take what it has, ms. Undefined: there are no others. */
  readonly lease: number | undefined;
  /** How long the numbers of a node that is no more rest, when nothing fences it, s. */
  readonly rest: number;
  /** Ports that the switch has, by name; undefined while the switch is not known. */
  readonly attached: () => ReadonlyMap<string, AttachedPort> | undefined;
  /** Up to which generation the switch is known to have let go of what was given up; undefined: of none. */
  readonly settled: () => number | undefined;
  /** The same of now, once that is known. */
  readonly settle: () => Promise<number | undefined>;
  /** Makes the switch forget the connections of zones; false: it cannot be told. */
  readonly forgetZones: (zones: readonly number[]) => Promise<boolean>;
  /** A heartbeat that was sent at this time (performance.now) has been confirmed. */
  readonly onConfirmed?: ((sentAt: number) => void) | undefined;
  /** It stands down, or no longer does: see `standsDown`. */
  readonly onStandDown?: (() => void) | undefined;
  readonly note: NoteEvent;
  readonly logger?: Logger | undefined;
}

/** Heartbeats in a lease: some may be late. */
const beatsPerLease = 5;

export class Member {
  readonly #options: MemberOptions;
  readonly #logger: Logger;
  readonly #loop: CoalescingLoop;
  readonly #leases: Leases | undefined;
  readonly #tenure: Tenure | undefined;
  /** Who rests since when: its end takes the place of the heartbeat. */
  readonly #rests = new Leases(Infinity);
  readonly #portRests = new PortRests<RetiredRow>();
  readonly #onConnected = (): void => {
    this.#leases?.renew(performance.now());
    this.#due.addAll();
    this.request();
  };
  readonly #onChange = (touched: Touched): void => {
    this.#due.add(touched);
    this.request();
  };
  readonly #due: Due;
  /** What the switch has, as it was when ports were last claimed by it. */
  #attached: ReadonlyMap<string, AttachedPort> | undefined;
  /** Rows of numbers that were given up, as they were when it was last looked at what has rested. */
  #looked: readonly RetiredRow[] | undefined;
  #timer: NodeJS.Timeout | undefined;
  #restTimer: NodeJS.Timeout | undefined;
  #known: ReadonlySet<string> | undefined;
  #appeared: ReadonlySet<string> = new Set();
  #exhausted: readonly ExhaustedPool[] = [];

  constructor(options: MemberOptions) {
    this.#options = options;
    this.#logger = options.logger ?? silentLogger;
    this.#due = new Due(options.store);
    this.#leases = options.lease === undefined ? undefined : new Leases(options.lease);
    this.#tenure = options.lease === undefined ? undefined : new Tenure(options.lease);
    this.#loop = new CoalescingLoop({
      name: 'membership',
      work: () => this.#run(),
      logger: this.#logger,
      settle: 5,
      minRetry: 200,
      maxRetry: 5_000,
    });
  }

  /** Pools that have no chunk left for this node. */
  get exhausted(): readonly ExhaustedPool[] {
    return this.#exhausted;
  }

  /** Nodes that are no more, whose numbers rest, and for how long still, s. */
  resting(): readonly (RestingNode & { readonly left: number })[] {
    const now = performance.now();
    return restingNodes(this.#options.store.view()).map(node => ({
      ...node,
      left: Math.max(0, Math.ceil(node.rest - (this.#rests.silence(node.name, now) ?? 0) / 1000)),
    }));
  }

  /** Why this node does not take part in the work on the intent, or cannot know whether it does; undefined: it does. */
  get absence(): string | undefined {
    if (!this.#tenure) return undefined;
    const { client, node } = this.#options;
    if (!nodeRow(client.replica, node.name))
      return `node ${node.name} is not among the nodes of the cluster: it joins once its switch holds the intent`;
    const now = performance.now();
    if (this.#tenure.isHeld(now)) return undefined;
    const silence = this.#tenure.silence(now);
    const since = silence === undefined ? 'yet' : `for ${Math.floor(silence / 1000)} s`;
    return `the lease of node ${node.name} has ended: no heartbeat was confirmed ${since}`;
  }

  /** Whether what others may have taken over is to stop: the process stood still beyond its lease, and has read nothing since. */
  get standsDown(): boolean {
    return this.#tenure?.standsDown ?? false;
  }

  /** How long ago each other node was last seen alive, ms; empty when there can be none. */
  silences(): ReadonlyMap<string, number> {
    const names = this.#leases ? this.#options.store.peerNames() : [];
    const now = performance.now();
    return new Map(names.map(name => [name, this.#leases?.silence(name, now) ?? 0]));
  }

  start(): void {
    const { client, store, lease } = this.#options;
    client.on('connected', this.#onConnected);
    this.#due.addAll();
    store.on('change', this.#onChange);
    if (lease !== undefined) {
      this.#timer = setInterval(() => this.#beat(), lease / beatsPerLease);
      this.#beat();
    }
    this.request();
  }

  /** The state, or the switch, has changed. */
  request(): void {
    this.#loop.request();
  }

  /** Leaves the registration as it is: a restart finds everything in its place. */
  async stop(): Promise<void> {
    this.#options.client.off('connected', this.#onConnected);
    this.#options.store.off('change', this.#onChange);
    clearInterval(this.#timer);
    clearTimeout(this.#restTimer);
    await this.#loop.stop();
  }

  /**
   * Takes a node out, as its user says. What it had is free at once: that its switch has stopped is part of what is said.
   * One that was seen alive just now has not, and will say itself what it has let go of; a fenced one has when its fence ends.
   * @returns whether there was such a node
   */
  async dropNode(name: string): Promise<boolean> {
    const { store, lease } = this.#options;
    const node = store.view().nodes.get(name);
    if (!node) return store.releaseNode(name);
    const silence = this.silences().get(name) ?? 0;
    const isAlive = lease !== undefined && silence < (2 * lease) / beatsPerLease;
    const { heartbeat, fence } = node.row;
    return store.dropNode(name, heartbeat, fence > 0 ? leftOfFence(fence, silence) : isAlive ? this.#options.rest : 0);
  }

  #restOf(fence: number): number {
    return fence > 0 ? leftOfFence(fence, 0) : this.#options.rest;
  }

  async #run(): Promise<void> {
    if (!this.#options.client.replica.synced) return;
    if (this.#options.trusted()) await this.#letGo();
    if (!(await this.#enter()) || !this.#options.mayPrepare()) return;
    await this.#dropDead();
    await this.#claim();
    await this.#pull();
    await this.#release();
  }

  async #pull(): Promise<void> {
    const { store, node } = this.#options;
    if (!this.#due.takePull(node.name, this.#exhausted.length > 0)) return;
    try {
      this.#exhausted = await store.pullChunks(view => whereNeeded(view, node.name));
    } catch (error) {
      this.#due.addPull();
      throw error;
    }
  }

  /**
   * Joins, or joins again after it was taken out: not before the switch does what the intent says without it. Until then
   * it may hold what others have by now, and would be believed. @returns whether the node takes part
   */
  async #enter(): Promise<boolean> {
    const { store, node, settled, settle, trusted } = this.#options;
    const isNew = !store.view().nodes.has(node.name);
    if (isNew && this.#leases && !trusted()) return false;
    const heldSo = this.#leases && (settled() ?? (await settle()) ?? -1);
    const sent = performance.now();
    if (!(await store.register(heldSo))) return false;
    if (!isNew || !this.#leases) return true;
    this.#logger.info({}, 'this node has joined');
    this.#tell('info', 'node-joined', node.name, 'it takes part in the work on the intent');
    this.#confirm(sent);
    return true;
  }

  /** Most beats change nothing, and cost next to nothing. */
  #beat(): void {
    const { client, node } = this.#options;
    this.#wake();
    if (!client.replica.synced) return;
    const sent = performance.now();
    const beat = this.#write(draft => {
      const row = nodeRow(client.replica, node.name);
      if (row) draft.mutate('Node', row, ['heartbeat', '+=', 1]);
      return row !== undefined;
    });
    beat.then(
      ({ value }) => value && this.#confirm(sent),
      (error: unknown) => this.#logger.warn({ err: error }, 'the heartbeat was not written'),
    );
    if (this.#dead().size > 0) this.request();
  }

  #wake(): void {
    const { lease, onStandDown } = this.#options;
    if (lease === undefined) return;
    const stoodDown = this.standsDown;
    this.#tenure?.wake(performance.now(), (2 * lease) / beatsPerLease);
    if (stoodDown || !this.standsDown) return;
    const message = 'the process stood still beyond its lease: what others may have taken over stops';
    this.#logger.warn({ lease }, message);
    this.#tell('warning', 'node-stood-down', this.#options.node.name, message);
    onStandDown?.();
  }

  #tell(severity: NewEvent['severity'], reason: string, name: string, message: string): void {
    this.#options.note({ severity, reason, object: { kind: 'nodes', name }, message });
  }

  #confirm(sentAt: number): void {
    const stoodDown = this.standsDown;
    this.#tenure?.confirm(sentAt);
    this.#options.onConfirmed?.(sentAt);
    if (stoodDown && !this.standsDown) this.#options.onStandDown?.();
  }

  /** Names of nodes that are no more, and the heartbeats they died with. */
  #dead(): ReadonlyMap<string, number> {
    const { client, node } = this.#options;
    const others = [...client.replica.rows('Node')].filter(({ name }) => name !== node.name);
    const heartbeats = new Map(others.map(({ name, heartbeat }) => [name, heartbeat]));
    // With a database of one's own, another name is one that this node had before.
    if (!this.#leases) return heartbeats;
    const now = performance.now();
    this.#leases.observe(heartbeats, now);
    return this.#leases.expired(now);
  }

  async #dropDead(): Promise<void> {
    const { store, lease } = this.#options;
    for (const [name, heartbeat] of this.#dead()) {
      const rest = this.#restOf(store.view().nodes.get(name)?.row.fence ?? 0);
      if (!(await store.dropNode(name, heartbeat, rest))) continue;
      this.#logger.warn({ dead: name, lease, rest }, 'a node is silent: it is taken out, and what it had rests');
      this.#tell('warning', 'node-expired', name, `it was silent and is taken out; what it had rests for ${rest} s`);
    }
  }

  async #claim(): Promise<void> {
    const { store, node } = this.#options;
    const attached = this.#options.attached();
    // A switch that has not been read yet says nothing about its ports.
    if (!attached) return;
    this.#look(attached);
    const isOther = !isDeepStrictEqual(attached, this.#attached);
    const contested = this.#due.takeContested();
    if (!isOther && contested?.size === 0) return;
    const value = await this.#contest(attached, isOther ? undefined : contested).catch((error: unknown) => {
      this.#due.addContested();
      throw error;
    });
    if (!value) {
      this.#due.addContested();
      return;
    }
    this.#attached = attached;
    const { claimed, released } = value;
    // Also where the answer to the claim was lost: what is ours now has been claimed.
    const { ports } = store.view().bindings;
    this.#appeared = new Set([...this.#appeared].filter(name => ports.get(name) !== node.name));
    if (claimed.length + released.length > 0) this.#logger.info({ claimed, released }, 'bindings changed');
  }

  async #contest(attached: ReadonlyMap<string, AttachedPort>, contested: Contested): Promise<ClaimChanges | undefined> {
    const { client, store, node } = this.#options;
    const { value } = await this.#write((draft): ClaimChanges | undefined => {
      const row = nodeRow(client.replica, node.name);
      const own = { offer: offerOf(node), attached, appeared: this.#appeared };
      return row && claim(draft, store.view(), { ...own, uuid: row._uuid }, contested);
    });
    return value;
  }

  #look(attached: ReadonlyMap<string, AttachedPort>): void {
    const known = this.#known;
    const fresh = known ? [...attached.keys()].filter(name => !known.has(name)) : [];
    this.#appeared = new Set([...this.#appeared, ...fresh].filter(name => attached.has(name)));
    this.#known = new Set(attached.keys());
  }

  /** Says which of the numbers that were given up the switch no longer uses. */
  async #letGo(): Promise<void> {
    const { store, node, settle, forgetZones } = this.#options;
    if (heldBy(store.view(), node.name).length === 0) return;
    const generation = await settle();
    if (generation === undefined) return;
    const held = heldBy(store.view(), node.name, generation);
    if (held.length === 0) return;
    const zones = held.flatMap(({ kind, number }) => (kind === 'zone' ? [number] : []));
    if (zones.length > 0 && !(await forgetZones(zones))) return;
    await store.letGo(generation);
  }

  /** Frees what nodes that are no more may have used, and ports that nobody uses, when they have rested. */
  async #release(): Promise<void> {
    const { store } = this.#options;
    const { retiredRows } = store.view();
    if (retiredRows === this.#looked) return;
    const resting = restingNodes(store.view());
    this.#rests.observe(new Map(resting.map(({ name, generation }) => [name, generation])), performance.now());
    for (const { name, generation, left, numbers } of this.resting()) {
      if (left > 0 || !(await store.releaseNode(name, generation))) continue;
      this.#logger.warn({ dead: name, numbers }, 'a node did not come back: what it had is free');
      this.#tell('warning', 'node-released', name, 'it did not come back: what it had is free');
    }
    await this.#releasePorts();
    clearTimeout(this.#restTimer);
    const times = this.resting().map(node => node.left * 1000);
    const left = Math.min(...times, this.#portRests.next(performance.now()) ?? Infinity);
    if (left < Infinity) this.#restTimer = setTimeout(() => this.#lookAgain(), left + 10);
    // Nothing more is to be seen in them before the time is over.
    this.#looked = retiredRows;
  }

  #lookAgain(): void {
    this.#looked = undefined;
    this.request();
  }

  /** Whoever waits for one pulls it in the next run, which the change brings about. */
  async #releasePorts(): Promise<void> {
    const { store } = this.#options;
    this.#portRests.observe(restingPorts(store.view()), { steady: performance.now(), wall: Date.now() });
    const rested = this.#portRests.rested(performance.now());
    if (rested.size > 0) await store.endRest(rested);
  }

  async #write<T>(build: (draft: TransactionDraft<PointsmanTables>) => T): Promise<{ readonly value: T | undefined }> {
    const { result, value } = await this.#options.client.retry(build);
    switch (result.kind) {
      case 'committed':
      case 'unchanged':
        return { value };
      case 'constraint_violation':
        throw new StateError('STATE_DATABASE_REFUSED', `the state database refused: ${result.details}`);
      default:
        throw new StateError('STATE_CONTENDED', `the state database did not take it: ${result.kind}`);
    }
  }
}
