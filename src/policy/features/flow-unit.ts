// Words for units that make flows: they name the tables of the pipeline, and whose a flow is.

import type { Action } from '../../openflow/actions/all.ts';
import { sealFlow } from '../../openflow/codec/sealed-flow.ts';
import type { FlowEntry } from '../../openflow/flow/flow.ts';
import type { Instruction } from '../../openflow/flow/instruction.ts';
import type { Match } from '../../openflow/flow/match.ts';
import { inWireOrder } from '../../openflow/flow/match-order.ts';
import { checkFlow } from '../check-flow.ts';
import { type CookieParts, type DropReason, encodeCookie } from '../cookies.ts';
import type { Table } from '../engine/table.ts';
import { type Facts, groupUnit, type Unit, unit } from '../engine/unit.ts';
import type { Bridge } from '../facts/base.ts';
import { flows as flowTables } from '../facts/outcome.ts';
import { type IntegrationTable, type PipelineTable, physicalTables, tables } from '../pipeline.ts';

export interface FlowText {
  readonly table: PipelineTable;
  readonly priority: number;
  /** The object that caused it; absent: the pipeline itself. */
  readonly owner?: CookieParts;
  readonly match?: Match;
  readonly actions?: readonly Action[];
  /** The table the packet goes on to. */
  readonly next?: IntegrationTable;
}

/** A flow and the bridge it is for. */
export interface PipelineFlow {
  readonly bridge: Bridge;
  readonly entry: FlowEntry;
}

const system: CookieParts = { kind: 'system', id: 0 };

/** @throws PolicyError for what its table does not declare */
export function flow({ table, priority, owner = system, match = [], actions = [], next }: FlowText): PipelineFlow {
  const { bridge, number } = places.get(table) as Place;
  const instructions: Instruction[] = [];
  if (actions.length > 0) instructions.push({ kind: 'apply_actions', actions });
  if (next !== undefined) instructions.push({ kind: 'goto_table', table: tables[next] });
  const entry: FlowEntry = {
    table: number,
    priority,
    cookie: encodeCookie(owner),
    match: inWireOrder(match),
    instructions,
  };
  checkFlow(table, entry);
  return { bridge, entry };
}

interface Place {
  readonly bridge: Bridge;
  readonly number: number;
}

const places: ReadonlyMap<PipelineTable, Place> = new Map([
  ...placesOn('physical', physicalTables),
  ...placesOn('integration', tables),
]);

function placesOn<Name extends PipelineTable>(
  bridge: Bridge,
  numbers: Readonly<Record<Name, number>>,
): [Name, Place][] {
  return (Object.keys(numbers) as Name[]).map(name => [name, { bridge, number: numbers[name] }]);
}

/** A flow that drops, with the reason in its cookie, and whose it is: its packet count is the counter. */
export function drop(
  table: FlowText['table'],
  priority: number,
  reason: DropReason,
  match: Match = [],
  owner: CookieParts = system,
): PipelineFlow {
  return flow({ table, priority, owner: { ...owner, drop: reason }, match });
}

const writes: readonly Table[] = Object.values(flowTables);

/** A unit that makes flows for each row of a table, and nothing else. */
export function flowUnit<Row>(of: {
  readonly name: string;
  readonly over: Table<Row, never>;
  readonly reads: readonly Table[];
  readonly flows: (row: Row, facts: Facts) => readonly PipelineFlow[];
}): Unit {
  const { name, over, reads, flows } = of;
  return unit({
    ...{ name, over, reads, writes },
    emit: (row, facts, out) => {
      for (const { bridge, entry } of flows(row, facts)) out.put(flowTables[bridge], sealFlow(entry));
    },
  });
}

/** The same for each key of an index. */
export function flowGroupUnit<Row, Index extends string>(of: {
  readonly name: string;
  readonly over: Table<Row, Index>;
  readonly group: Index;
  readonly reads: readonly Table[];
  readonly flows: (rows: readonly Row[], facts: Facts, key: string) => readonly PipelineFlow[];
}): Unit {
  const { name, over, group, reads, flows } = of;
  return groupUnit({
    ...{ name, over, group, reads, writes },
    emit: (rows, facts, out, key) => {
      for (const { bridge, entry } of flows(rows, facts, key)) out.put(flowTables[bridge], sealFlow(entry));
    },
  });
}
