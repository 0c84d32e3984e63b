// The program of this node, kept up with the state database and with what the switch shows: each change of either runs what
// depends on it, and what follows is noted until somebody takes it. What is long, such as a change of thousands of objects or
// judging it, is done in slices, between which others have a turn; one such work at a time, and nothing changes the program meanwhile.

import { atOnce, inSlices, type Steps } from '../../lib/steps.ts';
import type { RowChange } from '../../policy/engine/fact-store.ts';
import type { Delta, Program, Write } from '../../policy/engine/program.ts';
import type { Table } from '../../policy/engine/table.ts';
import { type Bridge, foreignZones, offers, self } from '../../policy/facts/base.ts';
import { tenants } from '../../policy/facts/objects.ts';
import { flows, groups, meters, translations } from '../../policy/facts/outcome.ts';
import type { Problem } from '../../policy/facts/problems.ts';
import { answered } from '../../policy/features/answer/answered.ts';
import type { ForeignZones } from '../../policy/foreign-zones.ts';
import { offerOf } from '../../policy/membership.ts';
import type { NodeConfig } from '../../policy/node.ts';
import type { Observed } from '../../policy/observed.ts';
import { policyProgram } from '../../policy/program.ts';
import { shownProblems } from '../../policy/shown-problems.ts';
import type { Changes, Desired, DesiredRows } from '../flows/desired.ts';
import type { LiveView, Touched } from '../state/live-view.ts';
import { putTouched } from './state-facts.ts';
import { followSwitch } from './switch-facts.ts';

/** Keys of outcome tables whose rows may be others than what was last brought about. */
export interface Taken {
  /** Undefined: any of them. */
  readonly flows: Readonly<Record<Bridge, Changes | undefined>>;
  /** Conntrack zones whose translations changed. */
  readonly zones: ReadonlySet<string>;
  readonly tenants: ReadonlySet<string>;
  readonly answered: ReadonlySet<string>;
}

/** What others want to hear of between two installs. */
const noted: readonly Table[] = [flows.integration, flows.physical, groups, meters, translations, tenants, answered];

export class LiveProgram {
  readonly program: Program = policyProgram();
  readonly #view: LiveView;
  /** Of this node. */
  readonly #name: string;
  /** Undefined: nothing was brought about yet. */
  #noted: Notes | undefined;
  #isBusy = false;
  #isFollowing = false;
  readonly #waiting: (() => void)[] = [];

  /** @param view of the state database, all of it */
  constructor(node: NodeConfig, view: LiveView) {
    this.#view = view;
    this.#name = node.name;
    this.#change(function* (facts) {
      facts.put(self, node);
      facts.put(offers, offerOf(node));
      yield* putTouched(facts, view, view.all(), node.name);
    });
  }

  /** Whether work in slices is under way. */
  get isBusy(): boolean {
    return this.#isBusy;
  }

  /** Whether the view is ahead of the program. */
  get isFollowing(): boolean {
    return this.#isFollowing;
  }

  /** Resolves when it is not busy; by then it may be so again. */
  async free(): Promise<void> {
    if (this.#isBusy) await new Promise<void>(resolve => this.#waiting.push(resolve));
  }

  /**
   * Takes steps that look at the program, or try a change of it, to their end. What is short is done at once.
   * @throws Error when it is busy
   */
  async inSlices<T>(steps: Steps<T>): Promise<T> {
    if (this.#isBusy) throw new Error('the program is at work');
    this.#isBusy = true;
    try {
      return await inSlices(steps);
    } finally {
      this.#isBusy = false;
      this.#isFollowing = false;
      for (const resolve of this.#waiting.splice(0)) resolve();
    }
  }

  /** The state database has changed. Not to be called while it is busy. */
  follow(touched: Touched): Promise<void> {
    this.#isFollowing = true;
    return this.inSlices(this.#follow(touched));
  }

  /** At the start, when it is the whole: nobody looks meanwhile, and what was before is not kept for them. */
  followAtOnce(touched: Touched): void {
    this.#change(facts => putTouched(facts, this.#view, touched, this.#name));
  }

  *#follow(touched: Touched): Steps<void> {
    yield* this.#note(yield* this.program.changeInSteps(facts => putTouched(facts, this.#view, touched, this.#name)));
  }

  /** Objects that do not fit the node, as when the configuration changed under them. */
  get problems(): readonly Problem[] {
    return shownProblems(this.program);
  }

  /** What the switch shows now. Not to be called while it is busy. @param node as it is to behave now */
  observe(node: NodeConfig, observed: Observed, foreign: ForeignZones): void {
    this.#change(facts => {
      facts.put(self, node);
      followSwitch(facts, this.program, observed);
      for (const [zone, who] of foreign) facts.put(foreignZones, { zone, who });
      for (const { zone } of [...this.program.rows(foreignZones)])
        if (!foreign.has(zone)) facts.delete(foreignZones, String(zone));
    });
  }

  /**
   * Looks at some of what the program says, and puts right what it would not say again: a mistake of the engine, or of a unit
   * that is not pure. @returns the instances that were wrong
   */
  audit(count: number): readonly string[] {
    const wrong = this.#isBusy ? [] : this.program.audit(count);
    if (wrong.length > 0) atOnce(this.#note(this.program.rerun(wrong)));
    return wrong;
  }

  desired(bridge: Bridge): Desired {
    return desiredOf(this.program, bridge);
  }

  /**
   * Gives `work` what has changed since it was last brought about. What `work` does not bring about, by its own word or
   * because it fails, is there again for the next.
   * @returns what `work` says
   */
  async handOver(work: (taken: Taken) => Promise<boolean>): Promise<boolean> {
    const handed = this.#noted;
    const meanwhile = emptyNotes();
    this.#noted = meanwhile;
    let isDone = false;
    try {
      isDone = await work(handed ? takenFrom(handed) : allOf(this.program));
    } finally {
      if (!isDone) this.#noted = handed && merged(handed, meanwhile);
    }
    return isDone;
  }

  #change(write: Write): void {
    if (!this.#noted) this.program.fill(write);
    else atOnce(this.#note(this.program.change(write)));
  }

  *#note(delta: Delta): Steps<void> {
    for (const [table, keys] of this.#noted ?? []) {
      for (const { key } of delta.changes(table) as readonly RowChange[]) keys.add(key);
      yield;
    }
  }
}

type Notes = ReadonlyMap<Table, Set<string>>;

/** What the switch holds is not known then, and all of it is compared: no list is made of it. */
function allOf(program: Program): Taken {
  const keys = <Row>(table: Table<Row>) => new Set([...program.rows(table)].map(row => table.key(row)));
  return {
    flows: { integration: undefined, physical: undefined },
    ...{ zones: keys(translations), tenants: keys(tenants), answered: keys(answered) },
  };
}

function takenFrom(noted: Notes): Taken {
  const of = (table: Table) => noted.get(table) ?? new Set<string>();
  const keys = (table: Table) => [...of(table)].map(key => ({ key }));
  return {
    flows: {
      integration: { flows: keys(flows.integration), groups: keys(groups), meters: keys(meters) },
      physical: { flows: keys(flows.physical) },
    },
    zones: of(translations),
    tenants: of(tenants),
    answered: of(answered),
  };
}

/** Read where it is, as it is at the time. */
export function desiredOf(program: Program, bridge: Bridge): Desired {
  const rowsOf = <Row>(table: Table<Row>): DesiredRows<Row> => ({
    rows: () => program.rows(table),
    get: key => program.get(table, key),
  });
  // Groups and meters are the integration bridge's alone.
  if (bridge === 'physical') return { flows: rowsOf(flows.physical), groups: none, meters: none };
  return { flows: rowsOf(flows.integration), groups: rowsOf(groups), meters: rowsOf(meters) };
}

const none: DesiredRows<never> = { rows: () => [], get: () => undefined };

function emptyNotes(): Notes {
  return new Map(noted.map(table => [table, new Set<string>()]));
}

function merged(into: Notes, from: Notes): Notes {
  for (const [table, keys] of from) for (const key of keys) into.get(table)?.add(key);
  return into;
}
