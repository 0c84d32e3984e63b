// What a bridge is to hold. The installer reads it where it is and keeps no copy.

import type { GroupEntry, MeterEntry, SealedFlow } from '../../openflow/index.ts';

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

const noRows = { rows: () => [], get: () => undefined } satisfies DesiredRows<never>;

export const nothing: Desired = { flows: noRows, groups: noRows, meters: noRows };

/** What may have changed since it was last given; what it is now is looked up. */
export type Changes = { readonly [Table in keyof Desired]?: Iterable<{ readonly key: string }> };
