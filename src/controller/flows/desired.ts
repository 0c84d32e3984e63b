// What a bridge is to hold. The installer reads it where it is and keeps no copy.

import { type FlowEntry, type GroupEntry, type MeterEntry, type SealedFlow, sealFlow } from '../../openflow/index.ts';

export interface DesiredRows<Row> {
  /** All, in no order. */
  rows(): Iterable<Row>;
  get(key: string): Row | undefined;
}

/** Keys are those of the outcome tables (policy/facts/outcome.ts). */
export interface Desired {
  readonly flows: DesiredRows<SealedFlow>;
  readonly groups: DesiredRows<GroupEntry>;
  readonly meters: DesiredRows<MeterEntry>;
}

/** What may have changed since it was last given; what it is now is looked up. */
export type Changes = { readonly [Table in keyof Desired]?: Iterable<{ readonly key: string }> };

/** A program as it is compiled in one go. */
export interface WholeProgram {
  readonly flows: readonly FlowEntry[];
  readonly groups: readonly GroupEntry[];
  readonly meters: readonly MeterEntry[];
}

export function desiredOf({ flows, groups, meters }: WholeProgram): Desired {
  return {
    flows: rowsOf(flows.map(sealFlow), ({ key }) => key),
    groups: rowsOf(groups, ({ group }) => String(group)),
    meters: rowsOf(meters, ({ meter }) => String(meter)),
  };
}

function rowsOf<Row>(all: readonly Row[], keyOf: (row: Row) => string): DesiredRows<Row> {
  const rows = new Map(all.map(row => [keyOf(row), row]));
  return { rows: () => rows.values(), get: key => rows.get(key) };
}
