// The one door to the intent: reads it from the replica, and writes it, one transaction at a time, durably.

import { EventEmitter } from 'node:events';
import { isDeepStrictEqual } from 'node:util';
import { type Logger, silentLogger } from '../../lib/logger.ts';
import { inOneStep, type Steps } from '../../lib/steps.ts';
import type { PointsmanTables } from '../../ovsdb/generated/pointsman.ts';
import { type CommitResult, type OvsdbClient, OvsdbError, type RowChange } from '../../ovsdb/index.ts';
import type { Allocations } from '../../policy/allocation.ts';
import type { DocumentSet, Documents } from '../../policy/documents.ts';
import { objectKey } from '../../policy/facts/base.ts';
import type { DocumentDelete, DocumentPut } from '../../policy/judge.ts';
import { type Selector, selects } from '../../policy/kinds/labels.ts';
import { type Kind, kinds } from '../../policy/kinds/names.ts';
import type { Membership } from '../../policy/membership.ts';
import type { NodeConfig } from '../../policy/node.ts';
import { LiveProgram } from '../program/live-program.ts';
import { type Preview, previewOf } from '../program/preview.ts';
import { type BatchItem, type BatchPlan, holdsBatch, type Prune, planBatch } from './batch-plan.ts';
import type { ChunkNeed } from './chunk-plan.ts';
import { IntentRejected, ObjectNotFound, ObjectReferenced, PreconditionFailed, StateError } from './errors.ts';
import { type Allocation, allocationOf, type StateNumbers, stateNumbersOf } from './given-numbers.ts';
import { holdsImport, type Import, type ImportPlan, planImport } from './import-plan.ts';
import { JointParts, NotApart } from './joint-writes.ts';
import { both, LiveView, type Touched } from './live-view.ts';
import { type ExhaustedPool, planDropNode, planLetGo, planPull, planRelease } from './member-plan.ts';
import { indexBeyond, type NumberReserve, noReserve, numberGiver } from './number-giver.ts';
import { type PutPlan, planPut, planRemove } from './plan.ts';
import { register } from './registration.ts';
import { endRest, type Hold, type RetiredRow, retireUnknown } from './retired-numbers.ts';
import { type StateMark, stride } from './setback.ts';
import { begin, everything } from './transaction-frame.ts';
import { markOf, membershipOf, type StateView } from './view.ts';
import { etagOf, type WriteConditions } from './write-conditions.ts';
import { documentsAfter, type Ground, writeNumbers } from './write-objects.ts';
import { partsOf } from './write-parts.ts';

export interface StoreOptions {
  /** Monitoring `stateMonitor`; whoever made it starts and closes it. */
  readonly client: OvsdbClient<PointsmanTables>;
  readonly node: NodeConfig;
  /** How long a write may take, waiting for its turn included, ms; default 10 s. */
  readonly writeTimeout?: number | undefined;
  /** Writes that may wait for their turn; default 1024. */
  readonly maxWaiting?: number | undefined;
  /** How long ports that a tenant gave up rest before another gets them, s; default 120. */
  readonly portRest?: number | undefined;
  /** ms since 1970. */
  readonly now?: (() => number) | undefined;
  /** How often a write is planned anew because another writer was faster; default 20. */
  readonly maxAttempts?: number | undefined;
  readonly logger?: Logger | undefined;
}

/** One state of the intent. */
export interface Snapshot {
  readonly documents: DocumentSet;
  readonly allocations: Allocations;
  readonly membership: Membership;
  readonly generation: number;
  readonly mark: StateMark;
}

export interface StoredDocument<K extends Kind> {
  readonly document: Documents[K];
  /** Quotes included. */
  readonly etag: string;
}

export interface PutResult<K extends Kind> extends StoredDocument<K> {
  readonly outcome: 'created' | 'updated' | 'unchanged';
  /** The generation that holds the document. */
  readonly generation: number;
}

export interface RemoveResult {
  /** The first generation without the object. */
  readonly generation: number;
}

export interface Page<K extends Kind> {
  readonly items: readonly StoredDocument<K>[];
  /** The name to go on after; undefined on the last page. */
  readonly next: string | undefined;
}

export interface PageQuery {
  readonly after?: string | undefined;
  readonly limit: number;
  readonly selector?: Selector | undefined;
}

export interface ExportedObject {
  readonly kind: Kind;
  readonly document: Documents[Kind];
  readonly allocation?: Allocation;
}

export interface StateExport {
  readonly generation: number;
  /** In order of kinds and names. */
  readonly objects: readonly ExportedObject[];
  readonly numbers?: StateNumbers;
}

export interface WriteOptions extends WriteConditions {
  readonly signal?: AbortSignal | undefined;
}

export interface BatchOptions {
  readonly prune?: Prune | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface StoreEvents {
  /** The intent, what is allocated for it, or who takes part in it, is another now; see `snapshot()`. */
  change: [touched: Touched];
}

/** Fills the draft of the ground. `uncertain`: an earlier draft of it was sent, and may have been carried out. */
type Planner<P> = (ground: Ground, uncertain: boolean) => P;
/** The same in steps. */
type StepPlanner<P> = Planner<Steps<P>>;

/** A write that waits for its turn, and may share it. */
interface Joining {
  readonly about: DocumentPut | DocumentDelete;
  readonly plan: Planner<unknown>;
  readonly signal: AbortSignal;
  readonly resolve: (planned: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** For how long writes are planned for one transaction, ms: nobody else is served meanwhile. */
const jointTime = 20;

/** What an item of a batch adds to the time that a write may take, ms. */
const itemTime = 10;

/** Objects that one page looks at: there is no index of labels. */
export const maxLooked = 5000;

/** The intent in the state database. Reads are served from the replica, and see every write that was answered. */
export class Store extends EventEmitter<StoreEvents> {
  readonly #client: OvsdbClient<PointsmanTables>;
  readonly #node: NodeConfig;
  readonly #logger: Logger;
  readonly #options: StoreOptions;
  readonly #view: LiveView;
  /** The program of this node, which has seen every change that was answered. */
  readonly live: LiveProgram;
  /** What has come while the program was busy: view and program are of one moment, so that both wait. */
  readonly #held: RowChange<PointsmanTables>[] = [];
  readonly #onUpdate = (changes: readonly RowChange<PointsmanTables>[]): void => {
    // What waits comes first, also when the program is at work no more.
    if (this.#isBehind) for (const change of changes) this.#held.push(change);
    else void this.#follow(changes);
  };
  /** Why nothing may be written now; undefined: it may. Asked before each transaction is planned. */
  refuseWrites: () => StateError | undefined = () => undefined;
  /** Why what people ask for has to wait; undefined: it need not. What nodes write on their own account goes on. */
  holdBack: () => StateError | undefined = () => undefined;
  /** Conntrack zones that somebody else has on this node's switch, as far as that is known: no tenant is given one. */
  foreignZones: () => Iterable<number> = () => [];
  #reserve: NumberReserve = noReserve;
  #retries = 0;
  #turn: Promise<void> = Promise.resolve();
  readonly #joining: Joining[] = [];
  #waiting = 0;
  #isOpen = false;
  /** What has changed while there was no root row. */
  #untold: Touched | undefined;

  constructor(options: StoreOptions) {
    super();
    this.#options = options;
    this.#client = options.client;
    this.#node = options.node;
    this.#logger = options.logger ?? silentLogger;
    this.#view = new LiveView(this.#client.replica);
    this.live = new LiveProgram(this.#node, this.#view);
    this.#client.on('update', this.#onUpdate);
  }

  /**
   * Resolves when the intent is there to read; makes the root row of a new database.
   * @throws StateError STATE_UNAVAILABLE when the signal fires first
   */
  async open(signal: AbortSignal): Promise<void> {
    await this.#sync(signal);
    await this.#makeRoot(signal);
    while (this.#isBehind) await this.live.free();
    this.#isOpen = true;
  }

  /** Somebody has deleted it, or put an empty file in the place of the old one: what there is now is another database. */
  async #makeRootAgain(): Promise<void> {
    try {
      const signal = AbortSignal.timeout(this.#writeTimeout);
      await this.#sync(signal);
      await this.#makeRoot(signal);
    } catch (error) {
      this.#logger.error({ err: error }, 'the state database has no root row');
    }
  }

  /**
   * Makes this node one of those that work on the intent, or says that it will join, whatever `refuseWrites` says.
   * @param settled the last generation that its switch holds, or -1; undefined: there are no others
   * @returns whether it is in
   * @throws StateError
   */
  register(settled?: number): Promise<boolean> {
    return this.#inTurn(undefined, signal =>
      this.#commit(
        signal,
        ({ draft, view }) => register(draft, view, this.#node, settled),
        () => undefined,
      ),
    );
  }

  async #makeRoot(signal: AbortSignal): Promise<void> {
    if (this.#view.isThere) return;
    const draft = this.#client.transaction();
    draft.insert('Pointsman', { next_id: 1, generation: 0 });
    draft.requireDurable();
    const result = await this.#send(draft, signal);
    // maxRows is 1: a refusal means that another node was first, and its row is on the way.
    if (result.kind === 'committed') this.#logger.info({}, 'the state database is new');
    else await this.#changed(signal);
    if (!this.#view.isThere)
      throw new StateError('STATE_DATABASE_REFUSED', `the root row could not be made: ${describe(result)}`);
  }

  async #follow(changes: readonly RowChange<PointsmanTables>[]): Promise<void> {
    const before = this.#view.isThere ? this.#view.generation : 0;
    const touched = both(this.#view.apply(changes), this.#untold);
    const step = this.#view.isThere ? this.#view.generation - before : 0;
    if (step < 0 || step >= stride) this.#reserve = noReserve;
    if (!touched.isChange) return;
    this.#untold = undefined;
    if (this.#isOpen && !this.#view.isThere) {
      // Without its root row nothing can be said of it.
      this.#untold = touched;
      return this.#makeRootAgain();
    }
    try {
      // Nobody is served before it is open.
      if (this.#isOpen) await this.live.follow(touched);
      else this.live.followAtOnce(touched);
      this.emit('change', touched);
    } finally {
      this.#catchUp();
    }
  }

  #catchUp(): void {
    if (this.#held.length > 0 && !this.live.isBusy) void this.#follow(this.#held.splice(0));
  }

  /** Whether there is more in the replica than in view and program, or the program is at work. */
  get #isBehind(): boolean {
    return this.live.isBusy || this.#held.length > 0;
  }

  /** Plans in slices. What comes meanwhile is taken in afterwards: whether it is in the way, the counters of the parts tell. */
  async #inSlices<T>(steps: Steps<T>): Promise<T> {
    try {
      return await this.live.inSlices(steps);
    } finally {
      this.#catchUp();
    }
  }

  /** Stops following the client; does not close it. */
  close(): void {
    this.#client.off('update', this.#onUpdate);
  }

  /** Whether the replica is that of a live connection. */
  get connected(): boolean {
    return this.#client.replica.synced;
  }

  /** @throws StateError STATE_UNAVAILABLE before `open` */
  snapshot(): Snapshot {
    const view = this.view();
    const { documents, allocations, generation } = view;
    return { documents, allocations, generation, mark: markOf(view), membership: membershipOf(view, this.#node.name) };
  }

  /** Where the database is; undefined: it has not been read yet. */
  mark(): StateMark | undefined {
    return this.#view.isThere ? markOf(this.#view) : undefined;
  }

  /** What `snapshot` gives, with the rows behind it. @throws StateError STATE_UNAVAILABLE before `open` */
  view(): LiveView {
    if (!this.#view.isThere) throw new StateError('STATE_UNAVAILABLE', 'the state database has not been read yet');
    return this.#view;
  }

  /** How often a write was planned anew, because another node's came in between. */
  get retries(): number {
    return this.#retries;
  }

  /** Of the nodes that take part, this one left out. */
  peerNames(): readonly string[] {
    return [...this.view().nodes.keys()].filter(name => name !== this.#node.name);
  }

  /** @throws StateError STATE_UNAVAILABLE before `open` */
  get<K extends Kind>(kind: K, name: string): StoredDocument<K> | undefined {
    return stored(this.view(), kind, name);
  }

  /**
   * In order of name (by code unit). A page of what a selector chooses may have fewer than `limit`, and none, before the last.
   * @param page `after`: a name, which need not exist; `limit`: at least 1
   * @throws StateError STATE_UNAVAILABLE before `open`
   */
  list<K extends Kind>(kind: K, { after, limit, selector = [] }: PageQuery): Page<K> {
    const view = this.view();
    const items: StoredDocument<K>[] = [];
    let looked = 0;
    let last: string | undefined;
    for (const [name, document] of view.after(kind, after)) {
      if (items.length === limit || looked === maxLooked) return { items, next: last };
      looked++;
      last = name;
      const object = selects(selector, document) ? view.objects.get(objectKey(kind, name)) : undefined;
      if (object) items.push({ document, etag: etagOf(object) });
    }
    return { items, next: undefined };
  }

  /**
   * Creates or replaces an object; resolves when that is on disk. The same document again writes nothing.
   * @throws IntentRejected, PreconditionFailed, StateError
   */
  async put<K extends Kind>(kind: K, document: Documents[K], options: WriteOptions = {}): Promise<PutResult<K>> {
    this.#admit();
    let sent: PutPlan<K> | undefined;
    const plan = await this.#jointly(options.signal, { kind, document } as DocumentPut, (ground, uncertain) => {
      // A plan whose reply was lost, and which is now what the database holds, is not to be judged a second time.
      if (uncertain && sent && holds(ground.view, kind, sent)) return sent;
      sent = planPut(ground, kind, document, options);
      return sent;
    });
    return { outcome: plan.kind, document: plan.document, etag: plan.etag, generation: this.#generationOf(plan) };
  }

  /**
   * Deletes an object; resolves when that is on disk.
   * @throws ObjectNotFound, ObjectReferenced, PreconditionFailed, StateError
   */
  async remove(kind: Kind, name: string, options: Omit<WriteOptions, 'ifNoneMatch'> = {}): Promise<RemoveResult> {
    this.#admit();
    const plan = await this.#jointly(options.signal, { kind, name }, (ground, uncertain) =>
      uncertain && !ground.view.objects.has(objectKey(kind, name))
        ? { generation: ground.view.generation }
        : planRemove(ground, kind, name, options),
    );
    return { generation: this.#generationOf(plan) };
  }

  /**
   * Writes and deletes several objects in one transaction, all of them or none; resolves when that is on disk. They may
   * refer to each other, in any order. What is as it is to be already writes nothing.
   * @throws BatchRejected, with all that stands against any of them; StateError
   */
  async batch(items: readonly BatchItem[], { prune, signal }: BatchOptions = {}): Promise<BatchPlan> {
    this.#admit();
    return this.#inTurn(
      signal,
      async signal => {
        let sent: BatchPlan | undefined;
        const plan = await this.#commitInSteps(signal, function* (ground, uncertain) {
          if (uncertain && sent && holdsBatch(ground.view, sent)) return sent;
          sent = yield* planBatch(ground, items, prune);
          return sent;
        });
        return { ...plan, generation: this.#generationOf(plan) };
      },
      timeOf(items, prune),
    );
  }

  /**
   * All objects that the selector chooses, as they are at one generation.
   * @param withNumbers whether with what was given out to each
   * @throws StateError STATE_UNAVAILABLE before `open`
   */
  export(selector: Selector, withNumbers: boolean): StateExport {
    const view = this.view();
    const objects = kinds.flatMap(kind =>
      [...view.documents[kind].values()]
        .filter((document: Documents[Kind]) => selects(selector, document))
        .map(
          (document: Documents[Kind]): ExportedObject => ({
            kind,
            document,
            ...(withNumbers ? { allocation: allocationOf(view, kind, document) } : {}),
          }),
        ),
    );
    const numbers = withNumbers ? { numbers: stateNumbersOf(view, this.#hold()) } : {};
    return { generation: view.generation, objects, ...numbers };
  }

  /**
   * Writes a whole intent into a state that has never held one, with the numbers that another has given out; resolves when
   * that is on disk.
   * @throws ImportRejected, with all that stands against it; StateError
   */
  async import(whole: Import): Promise<ImportPlan> {
    this.#admit();
    return this.#inTurn(
      undefined,
      signal => {
        const planned = (ground: Ground) =>
          planImport({ ...ground, foreignZones: this.foreignZones(), now: this.#hold().now }, whole);
        return this.#commitInSteps(signal, function* (ground, uncertain) {
          if (uncertain && holdsImport(ground.view, whole)) return { generation: ground.view.generation };
          return yield* planned(ground);
        });
      },
      whole.items.length * itemTime,
    );
  }

  /**
   * What `batch` would do, and the switch with it; nothing is written.
   * @throws BatchRejected, StateError
   */
  preview(
    items: readonly BatchItem[],
    { prune, signal }: BatchOptions = {},
  ): Promise<{ readonly plan: BatchPlan; readonly preview: Preview }> {
    const write = async (signal: AbortSignal) => {
      await this.#sync(signal);
      while (this.#isBehind) await this.live.free();
      const why = this.refuseWrites();
      if (why) throw why;
      const view = this.view();
      const [ground, { program }, node] = [this.#ground(view), this.live, this.#node];
      const steps = function* (): Steps<{ readonly plan: BatchPlan; readonly preview: Preview }> {
        const plan = yield* planBatch(ground, items, prune);
        return { plan, preview: yield* previewOf(program, view, plan, node) };
      };
      return this.#inSlices(steps());
    };
    return this.#inTurn(signal, write, timeOf(items, prune));
  }

  /**
   * Takes a chunk for this node wherever it needs one, and gives back those that others need.
   * @param needs where tenants have connections
   * @returns pools that had none left
   * @throws StateError
   */
  pullChunks(needs: (view: StateView) => (tenant: string) => ChunkNeed): Promise<readonly ExhaustedPool[]> {
    return this.#inTurn(undefined, signal =>
      this.#commit(signal, ({ draft, view }) => planPull(draft, view, this.#node.name, needs(view))),
    );
  }

  /**
   * Takes a node out that has been silent since `heartbeat`.
   * @param rest how long its switch may go on with what it had, s; 0: it does not
   * @returns whether it was there to be taken
   * @throws StateError
   */
  dropNode(name: string, heartbeat: number, rest: number): Promise<boolean> {
    return this.#inTurn(undefined, signal =>
      this.#commit(signal, ({ draft, view }) => planDropNode(draft, view, name, heartbeat, rest, this.#hold())),
    );
  }

  /** This node's switch has let go of what was given up in `generation` or before. @throws StateError */
  letGo(generation: number): Promise<void> {
    return this.#inTurn(undefined, signal =>
      this.#commit(signal, ({ draft, view }) => planLetGo(draft, view, this.#node.name, generation, this.#hold())),
    );
  }

  /**
   * What a node that is no more may still have used is free.
   * @param generation of its end; undefined: whichever
   * @returns whether it was resting
   * @throws StateError
   */
  releaseNode(name: string, generation?: number): Promise<boolean> {
    return this.#inTurn(undefined, signal =>
      this.#commit(signal, ({ draft, view }) => planRelease(draft, view, name, this.#hold(), generation)),
    );
  }

  /** Frees ranges of ports that have rested, as far as they still do. @throws StateError */
  endRest(rested: ReadonlySet<RetiredRow>): Promise<void> {
    return this.#inTurn(undefined, signal => this.#commit(signal, ({ draft, view }) => endRest(draft, view, rested)));
  }

  get #writeTimeout(): number {
    return this.#options.writeTimeout ?? 10_000;
  }

  #admit(): void {
    const why = this.holdBack();
    if (why) throw why;
  }

  #hold(): Hold {
    const { now = Date.now, portRest = 120 } = this.#options;
    return { now: now(), rest: portRest };
  }

  /**
   * Goes on with other numbers, whatever `refuseWrites` says; nothing that may have been given out between is given out
   * again before every node has let go of it.
   * @throws StateError, also when the database is no longer at `from`
   */
  goOn(from: StateMark, to: Pick<StateMark, 'generation' | 'nextId'>): Promise<void> {
    const plan = ({ draft, view }: Ground, uncertain: boolean) => {
      if (uncertain && view.generation === to.generation) return;
      if (!isDeepStrictEqual(markOf(view), from))
        throw new StateError('STATE_CONTENDED', `the state database is at generation ${view.generation} by now`);
      begin(draft, view, everything);
      // No index was given out without an id, or by an earlier version, a generation of its own.
      const last_index = indexBeyond(view, to.generation - from.generation + to.nextId - from.nextId);
      draft.update('Pointsman', view.root, { generation: to.generation, next_id: to.nextId, last_index });
      retireUnknown(draft, view, to.generation);
    };
    return this.#inTurn(undefined, signal => this.#commit(signal, plan, () => undefined));
  }

  #ground(view: StateView): Ground {
    const { program } = this.live;
    const self = this.#node.name;
    const numbers = numberGiver(view, this.foreignZones(), self, this.#reserve);
    return { draft: this.#client.transaction(), view, program, self, numbers, joint: new JointParts() };
  }

  /** That which holds a plan that is done; writes of others may have come first, and in between. */
  #generationOf(plan: { readonly generation: number }): number {
    return Math.max(plan.generation, this.#view.generation);
  }

  /** One write at a time: writers of this process would only make each other try again. */
  async #inTurn<T>(given: AbortSignal | undefined, write: (signal: AbortSignal) => Promise<T>, more = 0): Promise<T> {
    const signal = this.#waitFor(given, more);
    try {
      return await this.#takeTurn(() => {
        if (signal.aborted) throw late();
        return write(signal);
      });
    } finally {
      this.#waiting--;
    }
  }

  /** One more waits. @returns what fires when it may not wait any longer */
  #waitFor(given: AbortSignal | undefined, more = 0): AbortSignal {
    if (this.#waiting >= (this.#options.maxWaiting ?? 1024))
      throw new StateError('STATE_BUSY', `${this.#waiting} writes are waiting already`);
    this.#waiting++;
    const timeout = AbortSignal.timeout(this.#writeTimeout + more);
    return given ? AbortSignal.any([given, timeout]) : timeout;
  }

  async #takeTurn<T>(work: () => T | Promise<T>): Promise<T> {
    const before = this.#turn;
    let done = (): void => {};
    this.#turn = new Promise(resolve => {
      done = resolve;
    });
    try {
      await before;
      return await work();
    } finally {
      done();
    }
  }

  /** Like `#inTurn` and `#commit`, and in one transaction with others that wait, as far as it is apart from them. */
  #jointly<P>(given: AbortSignal | undefined, about: DocumentPut | DocumentDelete, plan: Planner<P>): Promise<P> {
    const signal = this.#waitFor(given);
    return new Promise<P>((resolve, reject) => {
      this.#joining.push({ about, plan, signal, resolve: resolve as (planned: unknown) => void, reject });
      if (this.#joining.length === 1) void this.#takeTurn(() => this.#commitJoining());
    }).finally(() => {
      this.#waiting--;
    });
  }

  /** Those that have come by now; who cannot be with the others comes next, before those who come later. */
  async #commitJoining(): Promise<void> {
    const all = this.#joining.splice(0);
    let left: Joining[] = all;
    try {
      while (left.length > 0) left = await this.#commitSome(left);
    } catch (error) {
      for (const { reject } of all) reject(error);
    }
  }

  /** @returns those that are not done */
  async #commitSome(all: readonly Joining[]): Promise<Joining[]> {
    const waiting = all.filter(({ signal, reject }) => {
      if (signal.aborted) reject(late());
      return !signal.aborted;
    });
    const alone = async ({ plan, signal, resolve, reject }: Joining, unknown?: StateError): Promise<void> => {
      await this.#commit(signal, plan, this.refuseWrites, unknown).then(resolve, reject);
    };
    const [first, ...others] = waiting;
    if (!first) return [];
    while (this.#isBehind) await this.live.free();
    if (others.length === 0 || !this.connected || this.refuseWrites() || !this.#view.isThere) {
      await alone(first);
      return others;
    }
    const reserve = this.#reserve;
    const ground = this.#ground(this.#view);
    const left: Joining[] = [];
    const joined: (Joining & { readonly planned: unknown })[] = [];
    const until = performance.now() + jointTime;
    for (const one of waiting) {
      if (performance.now() > until || !isApart(ground, one.about)) {
        left.push(one);
        continue;
      }
      try {
        joined.push({ ...one, planned: one.plan(ground, false) });
      } catch (error) {
        if (error instanceof NotApart) left.push(one);
        else if (isJudgement(error)) one.reject(error as Error);
        // Half of it may be in the draft.
        else {
          one.reject(error as Error);
          for (const each of joined) await alone(each);
          return [...left, ...waiting.slice(waiting.indexOf(one) + 1)];
        }
      }
    }
    if (joined.length === 0) return left;
    writeNumbers(ground);
    let unknown: StateError | undefined;
    try {
      const result = await this.#send(ground.draft, AbortSignal.timeout(this.#writeTimeout));
      if (result.kind === 'committed' || result.kind === 'unchanged') {
        if (this.#reserve === reserve) this.#reserve = ground.numbers.used().reserve;
        for (const { resolve, planned } of joined) resolve(planned);
        return left;
      }
      this.#logger.debug({ writes: joined.length, result: describe(result) }, 'the writes are planned anew');
      this.#retries += joined.length;
      if (result.kind === 'outcome_unknown') {
        unknown = wrap(result.error);
        this.#reserve = noReserve;
      }
    } catch (error) {
      if (!(error instanceof StateError)) throw error;
    }
    // One of them is in the way of all, and each finds out for itself.
    for (const each of joined) await alone(each, unknown);
    return left;
  }

  /**
   * Plans and commits until the database was what the plan was made from. A plan that leaves its draft empty is done.
   * `uncertain`: an earlier transaction was sent, and may have been carried out.
   */
  #commit<P>(signal: AbortSignal, plan: Planner<P>, refusal = this.refuseWrites, unknown?: StateError): Promise<P> {
    return this.#commitInSteps(signal, (...of) => inOneStep(() => plan(...of)), refusal, unknown);
  }

  async #commitInSteps<P>(
    signal: AbortSignal,
    plan: StepPlanner<P>,
    refusal = this.refuseWrites,
    unknown?: StateError,
  ): Promise<P> {
    for (let attempt = 1; attempt <= (this.#options.maxAttempts ?? 20); attempt++) {
      await this.#sync(signal, unknown);
      while (this.#isBehind) await this.live.free();
      const why = refusal();
      if (why) throw unknown ?? why;
      const reserve = this.#reserve;
      const ground = this.#ground(this.view());
      const isUncertain = unknown !== undefined;
      const steps = function* (): Steps<P> {
        const planned = yield* plan(ground, isUncertain);
        writeNumbers(ground);
        return planned;
      };
      const planned = await this.#inSlices(steps());
      const result = await this.#send(ground.draft, signal);
      switch (result.kind) {
        case 'committed':
          // Unless the database is another by now.
          if (this.#reserve === reserve) this.#reserve = ground.numbers.used().reserve;
          return planned;
        case 'unchanged':
          return planned;
        case 'outcome_unknown':
          // Back in sync, the replica will tell whether the transaction went through.
          unknown = wrap(result.error);
          this.#reserve = noReserve;
          break;
        case 'timed_out':
          throw wrap(result.error);
        case 'try_again':
          break;
        case 'constraint_violation':
          // An index or a reference that a fresh plan had not foreseen is another writer's doing as well.
          if (attempt <= 3) break;
          throw refused(describe(result));
        default:
          throw result.kind === 'refused' ? refusedBy(result) : refused(describe(result));
      }
      this.#retries++;
      this.#logger.debug({ attempt, result: describe(result) }, 'the write is planned anew');
    }
    throw new StateError('STATE_CONTENDED', 'other writers were faster every time');
  }

  async #send(draft: Ground['draft'], signal: AbortSignal): Promise<CommitResult> {
    try {
      const result = await this.#client.commit(draft, { signal });
      // What it has changed is there to read.
      while (this.#isBehind) await this.live.free();
      return result;
    } catch (error) {
      throw error instanceof OvsdbError ? wrap(error) : error;
    }
  }

  async #sync(signal: AbortSignal, unknown?: StateError): Promise<void> {
    try {
      await this.#client.synced(signal);
    } catch (error) {
      // Whatever else went wrong, what the caller must know is that the write may have happened.
      throw unknown ?? (error instanceof OvsdbError ? wrap(error) : error);
    }
  }

  #changed(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#view.isThere) return resolve();
      const onChange = (): void => {
        signal.removeEventListener('abort', onAbort);
        resolve();
      };
      const onAbort = (): void => {
        this.off('change', onChange);
        reject(new StateError('STATE_UNAVAILABLE', 'the state database has no root row', { cause: signal.reason }));
      };
      this.once('change', onChange);
      signal.addEventListener('abort', onAbort, { once: true });
    });
  }
}

/** Whether it may share nothing with what is in the draft; its plan looks closer. */
function isApart({ view, joint }: Ground, about: DocumentPut | DocumentDelete): boolean {
  const { kind } = about;
  const name = 'document' in about ? about.document.name : about.name;
  const puts = 'document' in about ? [{ kind, document: about.document, current: undefined }] : [];
  const current = view.objects.get(objectKey(kind, name));
  const removals = puts.length === 0 && current ? [{ kind, name, current }] : [];
  const after = documentsAfter(view.documents, puts, removals);
  return joint.isApart(partsOf(view.documents, after, [{ kind, name }]), [objectKey(kind, name)]);
}

/** What the items of a batch add to the time that it may take, ms. */
function timeOf(items: readonly BatchItem[], prune: Prune | undefined): number {
  return (items.length + (prune?.most ?? 0)) * itemTime;
}

/** Says that the write cannot be, before anything of it is in the draft. */
function isJudgement(error: unknown): boolean {
  return (
    error instanceof IntentRejected ||
    error instanceof ObjectNotFound ||
    error instanceof ObjectReferenced ||
    error instanceof PreconditionFailed
  );
}

function late(): StateError {
  return new StateError('STATE_BUSY', 'the write did not get its turn in time');
}

function stored<K extends Kind>(view: StateView, kind: K, name: string): StoredDocument<K> | undefined {
  const of: ReadonlyMap<string, Documents[K]> = view.documents[kind];
  const document = of.get(name);
  const object = view.objects.get(objectKey(kind, name));
  return document && object && { document, etag: etagOf(object) };
}

function holds<K extends Kind>(view: StateView, kind: K, { document, etag }: StoredDocument<K>): boolean {
  const now = stored(view, kind, document.name);
  return now !== undefined && now.etag === etag && isDeepStrictEqual(now.document, document);
}

function refused(why: string): StateError {
  return new StateError('STATE_DATABASE_REFUSED', `the state database refused the write: ${why}`);
}

/** The disk's errors are nobody's fault who writes, and pass: RFC 7047 section 3.1 calls them "I/O error". */
function refusedBy(result: CommitResult & { readonly kind: 'refused' }): StateError {
  const text = describe(result);
  if (!/^I\/O error/i.test(text)) return refused(text);
  const isFull = /No space left|quota exceeded/i.test(text);
  return new StateError(isFull ? 'STATE_DISK_FULL' : 'STATE_DISK_FAILED', `the state database cannot write: ${text}`);
}

function describe(result: CommitResult): string {
  if (result.kind === 'refused') return `${result.error}: ${result.details}`;
  if (result.kind === 'try_again') return `a row of ${result.table} is not what it was`;
  return 'details' in result ? result.details : result.kind;
}

function wrap(error: OvsdbError): StateError {
  const code = error.code === 'OVSDB_OUTCOME_UNKNOWN' ? 'STATE_OUTCOME_UNKNOWN' : 'STATE_UNAVAILABLE';
  return new StateError(code, `the state database: ${error.message}`, { cause: error });
}
