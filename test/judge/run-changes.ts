// Changes on a running switch: while one is installed, packets that it has nothing to do with go on as before, none lost and none
// elsewhere; once it is in, everything is judged by the new intent. The program is kept from change to change, and must say
// what one that was made from nothing says.

import { policyProgram } from '../../src/policy/program.ts';
import { arrive } from '../model/arrive.ts';
import { Connections } from '../model/connections.ts';
import { type Judgement, judge } from '../model/model.ts';
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

const mostProbes = { steady: 8, touched: 4 };

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
      const outcome = await during(stage, () => stage.load(loaded, delta), probesThrough(stage, behind, staged));
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

/** A packet that is sent again and again while a change is installed. */
interface Probe {
  readonly sighting: Sighting;
  /** What may come of it: before and behind the change the same, or one or the other. */
  readonly verdicts: readonly Verdict[];
  readonly mayBeLost: boolean;
}

/** Of what was sent before the change: what it is not about, and some of what it is about. */
function probesThrough({ isCut }: Stage, behind: Behind, next: Staged): Probe[] {
  const { staged, connections, sightings } = behind;
  const after = next.world;
  const standing = left(behind, after);
  const again = sightings.filter(sighting => !isForOtherPasses(sighting, staged.world, after));
  const probes = again.flatMap((sighting): Probe[] => {
    const [first, last] = [judge(staged.world, connections, sighting), judge(after, standing, sighting)];
    // Connections end behind the flows that they do not stand by.
    const notEnded = judge(after, connections, sighting);
    const judgements = [first, ...leasedBetween(behind, next, standing, sighting), notEnded, last];
    // Sent again it must mean the same.
    const isLasting = judgements.every(({ opens, changes }) => !opens && text(changes?.becomes) === text(changes?.was));
    if (!isLasting) return [];
    const verdicts = [...new Map(judgements.map(({ verdict }) => [text(verdict), verdict])).values()];
    const isRenumbered = () =>
      numbersOf(staged.world, sighting, first.verdict) !== numbersOf(after, sighting, last.verdict);
    const looks = { sighting, verdicts };
    const mayBeLost = isCut || verdicts.length > 1 || (!isOfOnePass(looks, staged.world) && isRenumbered());
    return [{ ...looks, mayBeLost }];
  });
  // Of what comes in pieces some may be lost, and others not.
  const losable = probes.filter(({ sighting }) => !sighting.pieces);
  const steady = (isCut ? losable : probes).filter(({ verdicts: [only, other] }) => only?.kind === 'leaves' && !other);
  // Between bundles some tables are as before the change, and others as after it.
  const touched = isCut ? [] : losable.filter(probe => probe.verdicts.length > 1 && isOfOnePass(probe, staged.world));
  return [...steady.slice(0, mostProbes.steady), ...touched.slice(0, mostProbes.touched)];
}

/**
 * A lease is no part of what is installed: one that is found opens the fence before that, to the old intent, whose numbers nobody has
 * been given while this node has not let go of them; one that is lost closes it behind, to the new one.
 */
function leasedBetween(
  { staged, connections }: Behind,
  next: Staged,
  standing: Connections,
  sighting: Sighting,
): readonly Judgement[] {
  if (staged.isLeased === next.isLeased) return [];
  return [
    next.isLeased
      ? judge({ ...staged.world, isStopped: false }, connections, sighting)
      : judge({ ...next.world, isStopped: false }, standing, sighting),
  ];
}

/**
 * Whether the datapath looks it up once: it is not translated (but for static NAT), nor answered, nor asked for its tag's type. Of a packet that is looked up
 * twice one half may be as before the change, and the other as after it.
 */
function isOfOnePass(
  { sighting: { device, frame }, verdicts }: Pick<Probe, 'sighting' | 'verdicts'>,
  { physicalPorts }: World,
): boolean {
  if (physicalPorts.some(({ name, checksTagType }) => name === device && checksTagType)) return false;
  const ends = ({ payload }: Sighting['frame']): string =>
    payload.kind === 'ipv4' || payload.kind === 'ipv6' ? `${payload.source} ${payload.destination}` : payload.kind;
  return (
    frame.payload.kind !== 'arp' &&
    verdicts.every(
      verdict => verdict.kind !== 'leaves' || verdict.isStateless || ends(verdict.as.frame) === ends(frame),
    )
  );
}

/**
 * The numbers that a packet carries from one look to the next: of the interfaces by which it comes and goes, and of their tenants. One
 * whose interface was deleted and made again meanwhile is nobody's when it is looked at for the second time.
 */
function numbersOf(world: World, sighting: Sighting, verdict: Verdict): string {
  const ways = [sighting, ...(verdict.kind === 'leaves' ? [wayBack(verdict.as)] : [])];
  const interfaces = ways.flatMap(way => {
    const arrival = arrive(world, way);
    return arrival.kind === 'arrived' ? [arrival.iface] : [];
  });
  return text(
    interfaces.map(({ name, tenant = '' }) => [world.indexes.get(`interfaces/${name}`), world.zones.get(tenant)]),
  );
}

/** What would be sent in answer to it, as far as it says by which interface that comes. */
function wayBack({ device, tunnel, frame }: Sighting): Sighting {
  return {
    device,
    ...(tunnel ? { tunnel: { ...tunnel, source: tunnel.destination, destination: tunnel.source } } : {}),
    frame: { ...frame, source: frame.destination, destination: frame.source },
  };
}

/** Between the passes of a port that begins or ceases to check the type of tags, frames are lost. */
function isForOtherPasses({ device }: Sighting, before: World, after: World): boolean {
  const checks = ({ physicalPorts }: World) => physicalPorts.find(({ name }) => name === device)?.checksTagType;
  return checks(before) !== checks(after);
}

function text(what: unknown): string {
  return JSON.stringify(what, (_, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value)) ?? '';
}

async function during(
  stage: Stage,
  load: () => Promise<void>,
  probes: readonly Probe[],
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
    const { sighting, verdicts, mayBeLost } = probe;
    const seen = await stage.exchange(sighting, Math.max(...verdicts.map(framesOf)), mayBeLost);
    if (seen.length === 0 && mayBeLost) continue;
    const problems = verdicts.map(verdict => compare({ verdict }, seen, new Connections()));
    if (problems.includes(undefined)) continue;
    await installing;
    const expected = verdicts.map(describe).join(', or ');
    const disagreement = { packet: undefined, expected: `all along: ${expected}`, seen: problems[0] ?? '' };
    return { sent, found: { disagreement, probe: sighting } };
  }
  await installing;
  return { sent };
}
