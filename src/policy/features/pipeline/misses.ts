// What happens to a packet that no other flow of its table takes: each table declares it.

import { self } from '../../facts/base.ts';
import { type IntegrationTable, integration, type Miss, type PipelineTable, physical } from '../../pipeline.ts';
import { drop, flow, flowUnit, type PipelineFlow } from '../flow-unit.ts';

export const misses = flowUnit({
  name: 'pipeline/misses',
  over: self,
  reads: [],
  flows: () => [...missesOf(integration), ...missesOf(physical)],
});

function missesOf<Name extends PipelineTable>(declared: Readonly<Record<Name, { readonly miss: Miss<Name> }>>) {
  return (Object.keys(declared) as Name[]).flatMap(table => missOf(table, declared[table].miss));
}

function missOf(table: PipelineTable, miss: Miss<PipelineTable>): PipelineFlow[] {
  switch (miss.kind) {
    case 'drop':
      return [drop(table, 0, miss.reason)];
    case 'next':
      return [flow({ table, priority: 0, next: miss.table as IntegrationTable })];
    case 'feature':
      return [];
  }
}
