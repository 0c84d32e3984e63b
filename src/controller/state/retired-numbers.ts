// Numbers that were given up: who may still use each, and when it may be given out again. Whatever names something on a
// wire or in a datapath passes through here, with the names of all nodes that take part, and of those that did and may
// be at work still. Each takes itself off when its switch has let go; the row goes with the last. One of ports rests then:
// the far ends of what was translated to them do not know that it is over (RFC 6888 section 3, REQ-8).

import type { StoredRow } from '../../ovsdb/index.ts';
import type { GivenUpNumber, RetiredNumber, RetiredRange } from '../../policy/allocation.ts';
import type { Draft } from './transaction-frame.ts';
import type { StateView, Tables } from './view.ts';

export type RetiredRow = StoredRow<Tables['Retired_Number']>;

/** A node that is no more, and whose switch may go on with what it had. */
export interface RestingNode {
  readonly name: string;
  /** Of its end: a node that came back and went again rests anew. */
  readonly generation: number;
  /** How long its numbers rest if nobody says more, s. */
  readonly rest: number;
  /** Given-up numbers that it may still use. */
  readonly numbers: number;
}

/** Undefined for a row that stands for a node. */
export function readRetired(row: RetiredRow): RetiredNumber | undefined {
  const { kind, subject, number, size, icmp, tenant, holders } = row;
  switch (kind) {
    case 'index':
    case 'zone':
      return { kind, number, holders };
    case 'ports': {
      const until = isAtRest(row) ? { until: row.freed + row.rest * 1000 } : {};
      return { kind, address: subject, port: number, size, icmp, tenantId: tenant, holders, ...until };
    }
    case 'node':
      return undefined;
  }
}

/** Nothing when it is no range of ports. @param tenantOf the name of the tenant of an id */
export function rangeOf(row: RetiredRow, tenantOf: (id: number) => string | undefined): RetiredRange | [] {
  const range = readRetired(row);
  if (range?.kind !== 'ports') return [];
  const heir = range.holders.length === 0 ? tenantOf(range.tenantId) : undefined;
  return heir === undefined ? range : { ...range, heir };
}

/** How ports that no node uses any more rest, before another tenant gets them. */
export interface Hold {
  /** When they stop being used, ms since 1970. */
  readonly now: number;
  /** For how long they rest, s. */
  readonly rest: number;
}

function isAtRest({ kind, holders }: RetiredRow): boolean {
  return kind === 'ports' && holders.length === 0;
}

/** Ranges of ports that no node uses any more. */
export function restingPorts({ retiredRows }: StateView): readonly RetiredRow[] {
  return retiredRows.filter(isAtRest);
}

/** Of nodes that are not back yet; one that is will say itself what it has let go of. */
export function restingNodes({ retiredRows, nodes }: StateView): readonly RestingNode[] {
  return retiredRows
    .filter(({ kind, subject }) => kind === 'node' && !nodes.has(subject))
    .map(({ subject: name, generation, rest }) => ({
      name,
      generation,
      rest,
      numbers: retiredRows.filter(row => row.kind !== 'node' && row.holders.includes(name)).length,
    }));
}

/** Adds to a draft of the next generation that nobody has the number any more. @param gone a node that uses nothing */
export function retire(draft: Draft, view: StateView, number: GivenUpNumber, gone?: string): void {
  const holders = everybody(view).filter(name => name !== gone);
  if (holders.length === 0) return;
  const isRange = number.kind === 'ports';
  const [subject, first] = isRange ? [number.address, number.port] : ['', number.number];
  // It was given back while it rested, whole or in part.
  const before = isRange ? view.retiredRow(number.kind, subject, first) : undefined;
  if (before) draft.delete('Retired_Number', before);
  draft.insert('Retired_Number', {
    kind: number.kind,
    subject,
    number: first,
    size: isRange ? Math.max(number.size, before?.size ?? 0) : 0,
    icmp: isRange && (number.icmp || (before?.icmp ?? false)),
    tenant: isRange ? number.tenantId : 0,
    freed: 0,
    rest: 0,
    generation: view.generation + 1,
    holders,
  });
}

/** All ports of an address. A range begins at an odd port, and so never at the one that a chunk began at, and is named by. */
const everyPort = [
  { number: 1, size: 0x8000, icmp: true },
  { number: 0x8001, size: 0x7fff, icmp: false },
];

/**
 * Adds to a draft of a generation that jumps that part of the state is lost, and with it what it gave out: all that pools
 * have may still be in use, and so may what nodes said that they had let go of, for who knows what they got since.
 */
export function retireUnknown(draft: Draft, view: StateView, generation: number): void {
  for (const row of view.retiredRows) draft.update('Retired_Number', row, { generation });
  const holders = everybody(view);
  if (holders.length === 0) return;
  const addresses = [...view.documents['nat-pools'].values()].flatMap(pool => pool.addresses);
  for (const subject of new Set(addresses))
    for (const range of everyPort) {
      const row = view.retiredRows.find(each => each.subject === subject && each.number === range.number);
      if (row) draft.update('Retired_Number', row, { generation, holders });
      else {
        const unknown = { tenant: 0, freed: 0, rest: 0 };
        draft.insert('Retired_Number', { kind: 'ports', subject, ...range, ...unknown, generation, holders });
      }
    }
}

/** Names of all whose switches may use what the state has given out. */
function everybody({ nodes, retiredRows }: StateView): readonly string[] {
  const resting = retiredRows.filter(({ kind }) => kind === 'node').map(({ subject }) => subject);
  return [...new Set([...nodes.keys(), ...resting])];
}

/** Adds to a draft of the next generation that a node is no more, and may be at work still for `rest` seconds. */
export function layToRest(draft: Draft, view: StateView, name: string, rest: number): void {
  const generation = view.generation + 1;
  const row = view.retiredRows.find(({ kind, subject }) => kind === 'node' && subject === name);
  // It went once before, and has come back since without a word of what it has let go of.
  if (row) draft.update('Retired_Number', row, { rest, generation });
  else
    draft.insert('Retired_Number', {
      kind: 'node',
      subject: name,
      number: 0,
      size: 0,
      icmp: false,
      tenant: 0,
      freed: 0,
      rest,
      generation,
      holders: [name],
    });
}

/** What the named node may still use although it was given up in `generation` or before. */
export function heldBy(view: StateView, name: string, generation = Infinity): readonly RetiredRow[] {
  return view.retiredRows.filter(row => row.holders.includes(name) && view.givenUpIn(row) <= generation);
}

/** Takes the name off the rows; ports that nobody uses then rest. */
export function letGo(draft: Draft, rows: readonly RetiredRow[], name: string, { now, rest }: Hold): void {
  for (const row of rows) {
    const holders = row.holders.filter(holder => holder !== name);
    if (holders.length > 0) {
      draft.update('Retired_Number', row, { holders });
      continue;
    }
    draft.verify('Retired_Number', row, ['holders', 'generation']);
    if (row.kind === 'ports' && rest > 0) draft.update('Retired_Number', row, { holders, freed: now, rest });
    else draft.delete('Retired_Number', row);
  }
}

/** Frees ranges that have rested, as far as they still do. */
export function endRest(draft: Draft, view: StateView, rested: ReadonlySet<RetiredRow>): void {
  for (const row of restingPorts(view)) {
    if (!rested.has(row)) continue;
    draft.verify('Retired_Number', row, ['holders', 'freed']);
    draft.delete('Retired_Number', row);
  }
}
