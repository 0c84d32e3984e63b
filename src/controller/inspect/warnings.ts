// Everything that is not as it should be, a line each, for the person who reads status at night.

import { listed } from '../../lib/text.ts';
import { type SealedFlow, unsealFlow } from '../../openflow/index.ts';
import { decodeCookie } from '../../policy/cookies.ts';
import type { Program } from '../../policy/engine/program.ts';
import { documentTables } from '../../policy/facts/base.ts';
import { interfaceSites } from '../../policy/facts/objects.ts';
import { warnings } from '../../policy/facts/problems.ts';
import { kinds } from '../../policy/kinds/names.ts';
import { type NodeOffer, sharedVteps } from '../../policy/membership.ts';
import { inOrder } from '../../policy/shown-problems.ts';
import { warningsOfSwitch } from '../bridges/switch-warnings.ts';
import type { LiveProgram } from '../program/live-program.ts';
import type { Findings } from '../reconcile/reconciler.ts';
import type { ExhaustedPool } from '../state/member-plan.ts';
import { objectOf } from './object-of.ts';
import { tellRefusals } from './refusals.ts';

/** What membership knows. */
export interface MemberFindings {
  readonly self: NodeOffer;
  readonly peers: readonly NodeOffer[];
  /** Pools that have no chunk left for this node. */
  readonly exhausted: readonly ExhaustedPool[];
  /** Nodes that are no more, and may be at work still. */
  readonly resting: readonly { readonly name: string; readonly numbers: number; readonly left: number }[];
}

/**
 * @param obstacles why the switch is not ours to write to: then all else is of before
 * @param faults of its ports and VTEPs
 */
export function warningsOf(
  findings: Findings | undefined,
  { program, problems }: Pick<LiveProgram, 'program' | 'problems'>,
  obstacles: readonly string[],
  faults: readonly string[],
  member: MemberFindings,
): string[] {
  if (obstacles.length > 0) return [...obstacles];
  if (!findings) return ['the switch has not been looked at yet'];
  const { switchOutcome, refused } = findings;
  return [
    ...warningsOfSwitch(switchOutcome),
    ...faults,
    ...sharedVteps(member.self, member.peers).map(
      ({ vtep, peer }) => `node ${peer} has the address of this node's VTEP ${vtep}: packets go astray`,
    ),
    ...member.exhausted.map(pool => `nat-pools/${pool.pool} has no chunk ${whyExhausted(pool)}`),
    ...member.resting
      .filter(({ numbers }) => numbers > 0)
      .map(
        ({ name, numbers, left }) =>
          `node ${name} was taken out, and its switch may be at work still: ${numbers} numbers that it may use rest for` +
          ` ${left} s more, or until it is stopped for good and DELETE /v1/nodes/${name} says so`,
      ),
    ...[...program.rows(interfaceSites)]
      .filter(({ site }) => site.kind === 'nowhere')
      .map(at => `interfaces/${at.interface} is at no node that can be reached from here`)
      .sort(),
    ...problems.map(({ kind, name, pointer, detail }) => `${kind}/${name} ${pointer}: ${detail}`),
    ...tellRefusals(program, refused).map(({ text }) => text),
  ];
}

function whyExhausted({ waitsFor, until }: ExhaustedPool): string {
  if (until !== undefined)
    return `for this node: what was given up rests, and one is free at ${new Date(until).toISOString()}`;
  if (waitsFor.length > 0) return `for this node: waiting for ${listed(waitsFor)} to let go of what was given up`;
  return 'left for this node';
}

/** Of documents that are in order, and will not do what they say. */
export function warningsOfDocuments(program: Program): string[] {
  return [...program.rows(warnings)]
    .sort(inOrder)
    .map(({ kind, name, pointer, detail }) => `${kind}/${name} ${pointer}: ${detail}`);
}

/** What is the program's own fault. */
export function warningsOfProgram(program: Pick<Program, 'faults' | 'collisions' | 'by'>): string[] {
  const failed = program.faults.map(({ instance, over, key, error }) => {
    const why = error instanceof Error ? error.message : String(error);
    return `${subjectOf(over, key)} is left out: ${instance} has failed: ${why}`;
  });
  const collided = program.collisions.map(({ table, key, rows }) => {
    const [first, ...others] = rows.map(row => causeOf(program, row));
    return `${table} ${key}: ${first} and ${listed(others)} ask for different ones, and the first stands`;
  });
  return [...failed, ...collided].sort();
}

function subjectOf(table: string, key: string): string {
  const kind = kinds.find(each => documentTables[each].name === table);
  return kind === undefined ? `${table} ${key}` : `${kind}/${key}`;
}

/** Of a flow its cookie says whose it is. */
function causeOf(program: Pick<Program, 'by'>, row: unknown): string {
  if (!isFlow(row)) return 'one';
  const parts = decodeCookie(unsealFlow(row).cookie ?? 0n);
  const object = parts && objectOf(program, parts);
  return object ? `${object.kind}/${object.name}` : 'the pipeline';
}

function isFlow(row: unknown): row is SealedFlow {
  return typeof row === 'object' && row !== null && 'key' in row && 'content' in row;
}
