// This node as one of several on the same intent: registers itself, keeps its lease, takes what is its own, and lets the
// others' things go when they are dead. It reads everything anew at each run, and writes only what differs.

import { CoalescingLoop } from '../../lib/coalescing-loop.ts';
import { type Logger, silentLogger } from '../../lib/logger.ts';
import type { PointsmanTables } from '../../ovsdb/generated/pointsman.ts';
import type { OvsdbClient, TransactionDraft } from '../../ovsdb/index.ts';
import { offerOf } from '../../policy/membership.ts';
import type { NodeConfig } from '../../policy/node.ts';
import type { AttachedPort } from '../bridges/observe-ports.ts';
import { StateError } from '../state/errors.ts';
import { nodeRow, register } from '../state/registration.ts';
import type { Store } from '../state/store.ts';
import { type ClaimChanges, claim } from './claims.ts';
import { Leases } from './leases.ts';
import { whereNeeded } from './needs.ts';

export interface MemberOptions {
  readonly client: OvsdbClient<PointsmanTables>;
  readonly store: Store;
  readonly node: NodeConfig;
  /** Whether the state may be acted on; until then this node only says that it is there. */
  readonly trusted: () => boolean;
  /** How long a node may be silent before the others take what it has, ms. Undefined: there are no others. */
  readonly lease: number | undefined;
  /** Ports that the switch has, by name; undefined while the switch is not known. */
  readonly attached: () => ReadonlyMap<string, AttachedPort> | undefined;
  /** Makes the switch forget the connections of a zone; false: not yet, for its flows may be there still. */
  readonly forgetZone: (zone: number) => Promise<boolean>;
  readonly logger?: Logger | undefined;
}

/** Heartbeats in a lease: some may be late. */
const beatsPerLease = 5;

export class Member {
  readonly #options: MemberOptions;
  readonly #logger: Logger;
  readonly #loop: CoalescingLoop;
  readonly #leases: Leases | undefined;
  readonly #onConnected = (): void => {
    this.#leases?.renew(performance.now());
    this.request();
  };
  readonly #onChange = (): void => this.request();
  #timer: NodeJS.Timeout | undefined;
  #known: ReadonlySet<string> | undefined;
  #appeared: ReadonlySet<string> = new Set();
  #exhausted: readonly string[] = [];

  constructor(options: MemberOptions) {
    this.#options = options;
    this.#logger = options.logger ?? silentLogger;
    this.#leases = options.lease === undefined ? undefined : new Leases(options.lease);
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
  get exhausted(): readonly string[] {
    return this.#exhausted;
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
    store.on('change', this.#onChange);
    if (lease !== undefined) this.#timer = setInterval(() => this.#beat(), lease / beatsPerLease);
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
    await this.#loop.stop();
  }

  async #run(): Promise<void> {
    const { client, store } = this.#options;
    if (!client.replica.synced) return;
    await this.#write(draft => register(draft, client.replica, this.#options.node));
    if (!this.#options.trusted()) return;
    await this.#dropDead();
    await this.#claim();
    const { name } = this.#options.node;
    this.#exhausted = await store.pullChunks(view => whereNeeded(view, name));
    await this.#forgetZones();
  }

  /** Most beats change nothing, and cost next to nothing. */
  #beat(): void {
    const { client, node } = this.#options;
    const row = nodeRow(client.replica, node.name);
    if (!row || !client.replica.synced) return;
    this.#write(draft => draft.mutate('Node', row, ['heartbeat', '+=', 1])).catch((error: unknown) =>
      this.#logger.warn({ err: error }, 'the heartbeat was not written'),
    );
    if (this.#dead().size > 0) this.request();
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
      if (!(await store.dropNode(name, heartbeat))) continue;
      this.#logger.warn({ dead: name, lease }, 'a node is silent: what it had is free');
    }
  }

  async #claim(): Promise<void> {
    const { client, store, node } = this.#options;
    const attached = this.#options.attached();
    this.#look(attached);
    const { value } = await this.#write((draft): ClaimChanges | undefined => {
      const row = nodeRow(client.replica, node.name);
      const own = { offer: offerOf(node), attached: attached ?? new Map(), appeared: this.#appeared };
      // A switch that has not been read yet says nothing about its ports.
      if (!row || !attached) return undefined;
      return claim(draft, client.replica, store.view(), { ...own, uuid: row._uuid });
    });
    if (!value) return;
    const { claimed, released } = value;
    // Also where the answer to the claim was lost: what is ours now has been claimed.
    const { ports } = store.view().bindings;
    this.#appeared = new Set([...this.#appeared].filter(name => ports.get(name) !== node.name));
    if (claimed.length + released.length > 0) this.#logger.info({ claimed, released }, 'bindings changed');
  }

  #look(attached: ReadonlyMap<string, AttachedPort> | undefined): void {
    if (!attached) return;
    const known = this.#known;
    const fresh = known ? [...attached.keys()].filter(name => !known.has(name)) : [];
    this.#appeared = new Set([...this.#appeared, ...fresh].filter(name => attached.has(name)));
    this.#known = new Set(attached.keys());
  }

  async #forgetZones(): Promise<void> {
    const { client, store, node, forgetZone } = this.#options;
    const own = store.view().nodes.get(node.name)?.row._uuid;
    for (const { _uuid: uuid, zone, holders } of store.view().retiredZones) {
      const isOurs = own !== undefined && holders.includes(own);
      if (isOurs && !(await forgetZone(zone))) continue;
      await this.#write(draft => {
        const row = client.replica.get('Conntrack_Zone', uuid);
        if (!row) return;
        // The row goes with the last who holds it.
        const rest = row.holders.filter(holder => holder !== own);
        if (rest.length === 0) {
          draft.verify('Conntrack_Zone', row, ['holders']);
          draft.delete('Conntrack_Zone', row);
        } else if (isOurs) draft.update('Conntrack_Zone', row, { holders: rest });
      });
    }
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
