// Whether the switch is this pointsman's to write to: it holds the lock, and the bridges of its configuration are its own.
// The OpenFlow connections live only while it is; a bridge that is not there yet has none.
//
// While the switch's database cannot be reached nobody can take the lock either, so the connections stay. Should somebody
// take it on the other side of a cut, the switch itself refuses what we still send: see primary-role.ts.

import { EventEmitter } from 'node:events';
import type { Logger } from '../../lib/logger.ts';
import type { SwitchConnection } from '../../openflow/index.ts';
import type { OpenVSwitchTables } from '../../ovsdb/generated/open-vswitch.ts';
import type { OvsdbClient } from '../../ovsdb/index.ts';
import type { NewEvent, NoteEvent } from '../events/event.ts';
import { foreignBridges, type OwnedNode } from './foreign-bridge.ts';
import { lastHolder, wasThisNode } from './switch-holder.ts';
import { SwitchLock } from './switch-lock.ts';
import { ourBridge } from './switch-source.ts';

export interface OwnershipOptions {
  readonly node: OwnedNode;
  readonly database: OvsdbClient<OpenVSwitchTables>;
  /** By the name of their bridge; started and closed here, and by nobody else. */
  readonly connections: ReadonlyMap<string, SwitchConnection>;
  /**
   * The state whose own lock says that there is no other pointsman of this node's name: one that still has the switch's,
   * as when it is frozen, has lost its place. Undefined: nothing says so.
   */
  readonly soleIn: string | undefined;
  readonly note: NoteEvent;
  readonly logger: Logger;
}

export interface OwnershipEvents {
  /** Whether it is ours, or why not. */
  change: [];
}

export class SwitchOwnership extends EventEmitter<OwnershipEvents> {
  readonly #options: OwnershipOptions;
  readonly #lock: SwitchLock;
  readonly #links: readonly Link[];
  #obstacles: readonly string[] = [];
  #wasOurs = false;
  #closed = false;

  constructor(options: OwnershipOptions) {
    super();
    const { connections, database, logger } = options;
    this.#options = options;
    this.#links = [...connections].map(([bridge, connection]) => new Link(bridge, connection));
    this.#lock = new SwitchLock(database, logger);
    this.#lock.on('change', () => this.#look());
    database.on('update', () => this.#look());
  }

  /** Whether anything may be written. */
  get isOurs(): boolean {
    return this.#lock.state === 'held' && this.#obstacles.length === 0;
  }

  /** Why nothing may be written, a line each; none while that is unknown. */
  get obstacles(): readonly string[] {
    return this.#obstacles;
  }

  /** For status: whether we work on the switch, and who does, or did last. */
  get holder(): { readonly held: boolean; readonly who: string | undefined } {
    const { node, database } = this.#options;
    return { held: this.#lock.state === 'held', who: lastHolder(node, database) };
  }

  /** As `isOurs`, asked of the database: to be called before anything is written over OpenFlow. */
  async confirm(): Promise<boolean> {
    return this.isOurs && (await this.#lock.confirm()) && this.isOurs;
  }

  /** Closes the connections for good. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(this.#links.map(link => link.want(false)));
  }

  #look(): void {
    const { node, database, soleIn, note, logger } = this.#options;
    if (this.#closed) return;
    if (this.#lock.state === 'unknown' || !database.replica.synced) {
      this.#wasOurs = false;
      return;
    }
    if (this.#lock.state === 'waiting' && soleIn !== undefined && wasThisNode(node, database, soleIn))
      this.#lock.take();
    const before = { isOurs: this.#wasOurs, obstacles: this.#obstacles };
    const self = { kind: 'nodes', name: node.name } as const;
    const foreign = this.#lock.state === 'held' ? foreignBridges(node, database) : [];
    this.#obstacles = this.#lock.state === 'held' ? foreign.map(({ message }) => message) : [this.#busyMessage()];
    this.#wasOurs = this.isOurs;
    for (const link of this.#links) void link.want(this.isOurs && this.#isMade(link.bridge));
    for (const obstacle of this.#obstacles.filter(each => !before.obstacles.includes(each))) {
      logger.warn({ obstacle }, 'the switch is not ours: nothing is written');
      const bridge = foreign.find(({ message }) => message === obstacle);
      if (bridge) note(eventOf('warning', 'foreign-bridge', { kind: 'bridges', name: bridge.name }, obstacle));
      else note(eventOf('warning', before.isOurs ? 'switch-lost' : 'switch-busy', self, obstacle));
    }
    if (this.isOurs && before.obstacles.length > 0) logger.info({}, 'the switch is ours');
    if (this.isOurs && !before.isOurs)
      note(eventOf('info', 'switch-taken', self, 'this pointsman works on the switch'));
    if (this.isOurs !== before.isOurs || this.#obstacles.join() !== before.obstacles.join()) this.emit('change');
  }

  #isMade(name: string): boolean {
    const { node, database } = this.#options;
    return ourBridge(name, node, database) !== undefined;
  }

  #busyMessage(): string {
    const who = lastHolder(this.#options.node, this.#options.database) ?? 'it has not said which';
    return `another pointsman (${who}) works on this switch; this one waits until that is gone`;
  }
}

function eventOf(
  severity: NewEvent['severity'],
  reason: string,
  object: NewEvent['object'],
  message: string,
): NewEvent {
  return { severity, reason, object, message };
}

/** One connection, which is wanted or not. A start waits for the close before it. */
class Link {
  readonly bridge: string;
  readonly #connection: SwitchConnection;
  #wanted = false;
  #last: Promise<void> = Promise.resolve();

  constructor(bridge: string, connection: SwitchConnection) {
    this.bridge = bridge;
    this.#connection = connection;
  }

  /** Resolves when a connection that is not wanted is closed. */
  want(wanted: boolean): Promise<void> {
    if (wanted === this.#wanted) return this.#last;
    this.#wanted = wanted;
    this.#last = this.#last.then(async () => {
      // What was wanted in between is past.
      if (wanted !== this.#wanted) return;
      if (wanted) this.#connection.start();
      else await this.#connection.close();
    });
    return this.#last;
  }
}
