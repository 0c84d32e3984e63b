// One soak: steps on a running node, each judged before the next; ends with the first that is not got over.

import { setTimeout as sleep } from 'node:timers/promises';
import { type Lab, withLab } from '../lab/lab.ts';
import { firstWrites } from './make-write.ts';
import { settle } from './settle.ts';
import { buildSoakStage, type Footprint, footprintOf, handlesOf, pidOf, type SoakStage } from './stage.ts';
import { describeStep, mayLose, type Step } from './step.ts';
import { type Answer, type ForeignFlows, takeStep } from './take-step.ts';

export interface SoakReport {
  readonly taken: readonly Step[];
  /** What was found after the last step; empty: nothing. */
  readonly found: readonly string[];
  readonly sent: number;
  /** By steps that may cost packets (`mayLose`); and by others, each of which is a fault. */
  readonly excused: number;
  readonly lost: number;
  /** Answers by status; 0: none. */
  readonly answers: ReadonlyMap<number, number>;
  readonly slowest: { readonly time: number; readonly step: string } | undefined;
  /** Of each pointsman that ran, from its first settled step to its last. */
  readonly lives: readonly Life[];
  /** What pointsman logged since its last start, when something was found. */
  readonly log: string | undefined;
}

export interface Life {
  readonly pid: number;
  readonly steps: number;
  readonly first: Footprint;
  readonly last: Footprint;
}

export interface SoakOptions {
  readonly steps: Iterable<Step>;
  /** No step begins later than this after the node is up, ms. */
  readonly time: number;
  /** That many are taken all the same. */
  readonly least?: number;
  readonly say: (line: string) => void;
}

/** What REST may answer to a write that does not fit; while something is down or frozen, also that it cannot. */
const refusals = new Set([404, 409, 412, 422, 507]);
const hindrances = new Set([502, 503, 504]);
/** More than connections of clients that linger. */
const mostMoreHandles = 4;

export async function runSoak(options: SoakOptions): Promise<SoakReport> {
  return await withLab(lab => soak(lab, options));
}

async function soak(lab: Lab, { steps, time: most, least = 0, say }: SoakOptions): Promise<SoakReport> {
  const stage = await buildSoakStage(lab);
  const until = performance.now() + most;
  const objects = new Map<string, boolean>();
  const foreign: ForeignFlows = new Set();
  const taken: Step[] = [];
  const answers = new Map<number, number>();
  const lives: Life[] = [];
  let [sent, excused, lost] = [0, 0, 0];
  let slowest: SoakReport['slowest'];
  const report = (found: readonly string[]): SoakReport => {
    const log = found.length === 0 ? undefined : stage.pointsman.log;
    return { taken, found, sent, excused, lost, answers, slowest, lives, log };
  };

  const first: Step = { do: 'write', writes: firstWrites() };
  for (const step of startingWith(first, steps)) {
    if (performance.now() > until && taken.length >= least) break;
    const text = describeStep(step);
    if (step !== first) taken.push(step);
    const outcome = await attempt(stage, step, foreign);
    if (typeof outcome === 'string') return report([outcome]);
    for (const { status = 0 } of outcome) answers.set(status, (answers.get(status) ?? 0) + 1);
    const faults = outcome.flatMap(answer => faultOf(answer, step) ?? []);
    if (faults.length > 0) return report(faults);
    for (const answer of outcome) note(objects, answer);
    const { found, flows, time } = await settle(stage, {
      objects,
      foreign,
      isUntouched: isUntouched(step),
    });
    if (found.length > 0) return report(found);
    if (time > (slowest?.time ?? 0)) slowest = { time, step: text };
    const losers = mayLose(step);
    const before = losers === 'all' ? await stage.streams.flow() : { sent: 0, lost: 0 };
    const marked = await stage.streams.mark();
    const faulty = marked.lossy.filter(
      ({ isTunnelled }) => losers === 'none' || (losers === 'tunnelled' && !isTunnelled),
    );
    const [sentNow, lostNow] = [before.sent + marked.sent, before.lost + marked.lost];
    const faultyNow = faulty.reduce((sum, each) => sum + each.lost, 0);
    sent += sentNow;
    lost += faultyNow;
    excused += lostNow - faultyNow;
    if (faulty.length > 0) return report(faulty.map(each => each.text));
    const footprint = await live(stage, lives);
    const place = `${flows} flows, ${footprint.rss} MB, ${footprint.handles} handles`;
    say(
      `${String(taken.length).padStart(4)} ${text}: ${Math.round(time)} ms; ${sentNow} sent, ${lostNow} lost; ${place}`,
    );
  }
  return report(await leaks(stage, lives));
}

function* startingWith(first: Step, steps: Iterable<Step>): Generator<Step> {
  yield first;
  yield* steps;
}

async function attempt(stage: SoakStage, step: Step, foreign: ForeignFlows): Promise<readonly Answer[] | string> {
  try {
    return await takeStep(stage, step, foreign);
  } catch (error) {
    return `the step failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
  }
}

/** Deletions and renumbered ports are seen a moment later. */
function isUntouched(step: Step): boolean {
  return mayLose(step) === 'none' || step.do === 'pause' || step.do === 'kill';
}

function faultOf({ write, status, body }: Answer, step: Step): string | undefined {
  const isHindered = step.do === 'kill' || step.do === 'pause';
  if (status === undefined) {
    if (step.do === 'kill' && step.who === 'pointsman') return undefined;
  } else if (status < 300 || refusals.has(status) || (isHindered && hindrances.has(status))) return undefined;
  return `${write.document ? 'PUT' : 'DELETE'} ${write.kind}/${write.name} ${JSON.stringify(write.document)}: ${status} ${JSON.stringify(body)}`;
}

/** What is known of an object after an answer. */
function note(objects: Map<string, boolean>, { write, status }: Answer): void {
  const key = `${write.kind}/${write.name}`;
  if (status === undefined || hindrances.has(status)) objects.delete(key);
  else if (status < 300) objects.set(key, write.document !== undefined);
  else if (status === 404 && !write.document) objects.set(key, false);
}

async function live(stage: SoakStage, lives: Life[]): Promise<Footprint> {
  const pid = await pidOf(stage, 'pointsman');
  const last = await footprintOf(pid);
  const current = lives.at(-1);
  if (current?.pid === pid) lives[lives.length - 1] = { ...current, last, steps: current.steps + 1 };
  else lives.push({ pid, first: last, last, steps: 1 });
  return last;
}

/** Of the pointsman that runs at the end. */
async function leaks(stage: SoakStage, lives: readonly Life[]): Promise<string[]> {
  const life = lives.at(-1);
  if (!life) return [];
  for (let tries = 0; tries < 20; tries++) {
    const { handles } = await footprintOf(life.pid);
    if (handles <= life.first.handles + mostMoreHandles) return [];
    await sleep(1_000);
  }
  return [
    `pointsman began with ${life.first.handles} handles, and has: ${await handlesOf(await pidOf(stage, 'pointsman'))}`,
  ];
}
