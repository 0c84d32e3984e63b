// Changes on a running switch: while one is installed, packets that it has nothing to do with go on as before, none lost and none
// elsewhere; once it is in, everything is judged by the new intent.

import type { Dice } from '../fixtures/dice.ts';
import { Connections } from '../model/connections.ts';
import { judge } from '../model/model.ts';
import { stands } from '../model/nat.ts';
import type { Sighting, Verdict } from '../model/verdict.ts';
import type { World } from '../model/world.ts';
import { type Case, type Staged, stageCase } from './case.ts';
import { makeChange } from './make-change.ts';
import { makeSighting } from './make-sighting.ts';
import { compare, type Disagreement, describe, framesOf, runSeries } from './run-case.ts';
import type { Stage } from './stage.ts';

export interface ChangesOptions {
  readonly changes: number;
  readonly packetsPerChange: number;
}

export interface ChangesResult {
  readonly pairs: number;
  /** Packets sent while something was being installed. */
  readonly probes: number;
  /** What each change was, up to the one that went wrong. */
  readonly changes: readonly string[];
  readonly found:
    | {
        readonly given: Case;
        /** While something was being installed. */
        readonly sighting?: Sighting;
        /** Since the last change. */
        readonly sightings?: readonly Sighting[];
        readonly disagreement: Disagreement;
      }
    | undefined;
}

const mostProbes = 8;

export async function runChanges(
  stage: Stage,
  first: Case,
  dice: Dice,
  options: ChangesOptions,
): Promise<ChangesResult> {
  const told: string[] = [];
  let pairs = 0;
  let probes = 0;
  let given = first;
  let staged = stageCase(given, stage);
  let connections = new Connections();
  await stage.load(staged);
  await stage.forgetConnections();
  for (let change = 0; ; change++) {
    let left = options.packetsPerChange;
    const next = () => (left-- > 0 ? makeSighting({ world: staged.world, connections, dice }) : undefined);
    const series = await runSeries(stage, staged.world, connections, next);
    pairs += series.sightings.length;
    if (series.disagreement)
      return { pairs, probes, changes: told, found: { given, ...series, disagreement: series.disagreement } };
    if (change === options.changes) return { pairs, probes, changes: told, found: undefined };

    const { what, to } = makeChange(dice, given, first);
    told.push(what);
    const after = stageCase(to, stage, staged.allocations);
    const steady = unaffected(series.sightings, staged.world, after.world, connections);
    const outcome = await during(stage, after, steady, connections);
    probes += outcome.sent;
    given = to;
    staged = after;
    connections = connections.filter(connection => stands(after.world, connection));
    if (outcome.disagreement)
      return { pairs, probes, changes: told, found: { given, ...outcome, disagreement: outcome.disagreement } };
  }
}

/** Packets of which both worlds say the same, and which come out. */
function unaffected(
  sightings: readonly Sighting[],
  before: World,
  after: World,
  connections: Connections,
): { readonly sighting: Sighting; readonly verdict: Verdict }[] {
  const text = (what: unknown): string =>
    JSON.stringify(what, (_, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value));
  const standing = connections.filter(connection => stands(after, connection));
  const steady = sightings.flatMap(sighting => {
    const { verdict, opens, changes } = judge(before, connections, sighting);
    // Sent again it must mean the same.
    if (changes && text(changes.becomes) !== text(changes.was)) return [];
    const same = text(verdict) === text(judge(after, standing, sighting).verdict);
    return verdict.kind === 'leaves' && !opens && same ? [{ sighting, verdict }] : [];
  });
  return steady.slice(0, mostProbes);
}

async function during(
  stage: Stage,
  after: Staged,
  probes: readonly { readonly sighting: Sighting; readonly verdict: Verdict }[],
  connections: Connections,
): Promise<{ sent: number; sighting?: Sighting; disagreement?: Disagreement }> {
  let isInstalled = false;
  const installing = stage.load(after).finally(() => {
    isInstalled = true;
  });
  let sent = 0;
  // Each at least once more after the change, and as often before its end as there is time.
  for (let more = probes.length; more > 0; ) {
    const probe = probes[sent++ % probes.length];
    if (!probe) break;
    if (isInstalled) more--;
    const problem = compare(probe, await stage.exchange(probe.sighting, framesOf(probe.verdict)), connections);
    if (problem === undefined) continue;
    await installing;
    const disagreement = { packet: undefined, expected: `all along: ${describe(probe.verdict)}`, seen: problem };
    return { sent, sighting: probe.sighting, disagreement };
  }
  await installing;
  return { sent };
}
