// The tables that the view is made of: those of every kind, and those beside them.

import type { Kind } from '../../policy/kinds/names.ts';
import { tableOf } from './view.ts';

const others = ['Pointsman', 'Host', 'NAT_Chunk', 'Port_Binding', 'Node', 'Retired_Number'] as const;

export type MonitoredTable = (typeof tableOf)[Kind] | (typeof others)[number];

/** What the store monitors: give this to the client. */
export const stateMonitor = Object.fromEntries(
  [...others, ...Object.values(tableOf)].map(table => [table, true]),
) as Readonly<Record<MonitoredTable, true>>;
