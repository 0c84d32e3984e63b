// Changes on a running switch: while one is installed, packets that it has nothing to do with go on as before, none lost and none
// elsewhere; once it is in, everything is judged by the new intent. The program is kept from change to change, and must say
// what one that was made from nothing says.

import { policyProgram } from '../../src/policy/program.ts';
import { Connections } from '../model/connections.ts';
import { judge } from '../model/model.ts';
import { stands } from '../model/nat.ts';
import type { Sighting, Verdict } from '../model/verdict.ts';
import type { World } from '../model/world.ts';
import { type Case, type Staged, stageCase } from './case.ts';
import { differenceOf, follow } from './kept-program.ts';
import { compare, type Disagreement, describe, framesOf, type NextSighting, runSeries } from './run-case.ts';
import type { Stage } from './stage.ts';

/** A case that follows another, or is the first, and what is sent once it is in. */
export interface Turn {
  /** For people. */
  readonly what: string;
  readonly given: Case;
  /** Objects (`kind/name`) that were deleted meanwhile, and made again: they have new numbers. */
  readonly anew?: readonly string[];
  readonly sightings: readonly Sighting[];
}

/** A turn whose packets are made as they are needed. */
export type NextTurn = Omit<Turn, 'sightings'> & { readonly next: NextSighting };

export interface ChangesResult {
  readonly pairs: number;
  /** Packets sent while something was being installed. */
  readonly probes: number;
  /** Up to the one that went wrong. */
  readonly turns: readonly Turn[];
  /** `probe`: the packet that was sent while something was being installed. */
  readonly found: { readonly disagreement: Disagreement; readonly probe?: Sighting } | undefined;
}

const mostProbes = 8;

/** What packets left behind, and what they were. */
interface Behind {
  readonly staged: Staged;
  readonly connections: Connections;
  readonly sightings: readonly Sighting[];
}

/** @param nextTurn undefined: there are no more */
export async function runChanges(stage: Stage, nextTurn: () => NextTurn | undefined): Promise<ChangesResult> {
  const program = policyProgram();
  const turns: Turn[] = [];
  let pairs = 0;
  let probes = 0;
  let behind: Behind | undefined;
  for (;;) {
    const turn = nextTurn();
    if (!turn) return { pairs, probes, turns, found: undefined };
    const { what, given, anew } = turn;
    const about = { what, given, ...(anew ? { anew } : {}) };
    const staged = stageCase(given, stage, behind && { before: behind.staged, ...(anew ? { anew } : {}) });
    const delta = follow(program, staged.input);
    const difference = differenceOf(program, staged.program);
    if (difference) {
      const disagreement = { packet: undefined, expected: `from nothing: ${difference.fresh}`, seen: difference.kept };
      return { pairs, probes, turns: [...turns, { ...about, sightings: [] }], found: { disagreement } };
    }
    const loaded = { program, isLeased: staged.isLeased };
    let connections = new Connections();
    if (!behind) {
      await stage.load(loaded);
      await stage.forgetConnections();
    } else {
      const outcome = await during(stage, () => stage.load(loaded, delta), unaffected(behind, staged.world), behind);
      probes += outcome.sent;
      if (outcome.found) return { pairs, probes, turns: [...turns, { ...about, sightings: [] }], found: outcome.found };
      connections = left(behind, staged.world);
    }
    const { sightings, disagreement } = await runSeries(stage, staged.world, connections, turn.next);
    pairs += sightings.length;
    turns.push({ ...about, sightings });
    if (disagreement) return { pairs, probes, turns, found: { disagreement } };
    behind = { staged, connections, sightings };
  }
}

/** Connections that the change lets stand. */
function left({ staged: { world }, connections }: Behind, after: World): Connections {
  const isSameZone = (tenant: string): boolean => world.zones.get(tenant) === after.zones.get(tenant);
  return connections.filter(connection => isSameZone(connection.tenant) && stands(after, connection));
}

interface Probe {
  readonly sighting: Sighting;
  readonly verdict: Verdict;
}

/** Packets of which both worlds say the same, and which come out. */
function unaffected(behind: Behind, after: World): Probe[] {
  const { staged, connections, sightings } = behind;
  const text = (what: unknown): string =>
    JSON.stringify(what, (_, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value));
  const standing = left(behind, after);
  const steady = sightings.flatMap(sighting => {
    const { verdict, opens, changes } = judge(staged.world, connections, sighting);
    // Sent again it must mean the same.
    if (changes && text(changes.becomes) !== text(changes.was)) return [];
    const same = text(verdict) === text(judge(after, standing, sighting).verdict);
    return verdict.kind === 'leaves' && !opens && same ? [{ sighting, verdict }] : [];
  });
  return steady.slice(0, mostProbes);
}

async function during(
  stage: Stage,
  load: () => Promise<void>,
  probes: readonly Probe[],
  { connections }: Behind,
): Promise<{ readonly sent: number; readonly found?: ChangesResult['found'] }> {
  let isInstalled = false;
  const installing = load().finally(() => {
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
    return { sent, found: { disagreement, probe: probe.sighting } };
  }
  await installing;
  return { sent };
}
