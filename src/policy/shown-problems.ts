// Problems as people are shown them.

import { listed } from '../lib/text.ts';
import type { Program } from './engine/program.ts';
import { offers, only, self } from './facts/base.ts';
import type { Problem } from './facts/problems.ts';
import { type Lack, type ProblemFact, problems } from './facts/problems.ts';
import { type Kind, kindRank } from './kinds/names.ts';
import { lackText } from './kinds/speaker.ts';
import { type NodeOffer, offerOf } from './membership.ts';

/** All that stand. */
export function shownProblems(program: Program): readonly Problem[] {
  return [...program.rows(problems)].map(problem => shownProblem(program, problem)).sort(inOrder);
}

export function shownProblem(program: Program, { about: _, lack, isOfSwitch: __, ...problem }: ProblemFact): Problem {
  return lack ? { ...problem, detail: lacking(program, lack) } : problem;
}

/** In order of kinds, names and pointers. */
export function inOrder(
  a: { readonly kind: Kind; readonly name: string; readonly pointer: string },
  b: typeof a,
): number {
  const [one, other] = [orderOf(a), orderOf(b)];
  return one < other ? -1 : one > other ? 1 : 0;
}

function orderOf({ kind, name, pointer }: Parameters<typeof inOrder>[0]): string {
  return `${kindRank(kind)} ${name} ${pointer.replace(/\d+/g, digits => digits.padStart(5, '0'))}`;
}

/** What nodes have instead. It is not part of the problem: it changes with each node that joins. */
function lacking(program: Program, lack: Lack): string {
  const node = program.get(self, only);
  const peers = [...program.rows(offers)].filter(({ name }) => name !== node?.name);
  peers.sort((a, b) => (a.name < b.name ? -1 : 1));
  const all = [...(node ? [offerOf(node)] : []), ...peers];
  const there = listed(all.flatMap(offer => [...offeredBy(offer, lack)]));
  const what = lackText(lack);
  const detail =
    all.length > 1 ? `no node has ${what}; there are ${there}` : `this node has no ${what}; it has ${there}`;
  return lack.pin === undefined ? detail : `${detail}; the attachment is for node "${lack.pin}" alone`;
}

function offeredBy(offer: NodeOffer, { what }: Lack): Iterable<string> {
  switch (what) {
    case 'vtep':
      return offer.vteps.keys();
    case 'physical-port':
      return offer.physicalPorts;
    case 'representor':
      return offer.representors;
  }
}
