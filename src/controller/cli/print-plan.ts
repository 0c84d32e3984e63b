// What a dry run of a batch answers, as text: fields of objects that change, then flows, groups and meters by object.

import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import type { CliOutput } from './cli-error.ts';

const objectName = z.object({ kind: z.string(), name: z.string() });
const fields = z.record(z.string(), z.unknown()).optional();

export const planSchema = z.object({
  objects: z.array(objectName.extend({ before: fields, after: fields })),
  switch: z.array(
    z.object({
      object: objectName.optional(),
      changes: z.array(
        z.object({ what: z.string(), bridge: z.string(), before: z.string().optional(), after: z.string().optional() }),
      ),
    }),
  ),
  rows: z.array(
    z.object({
      table: z.string(),
      row: z.string(),
      column: z.string(),
      key: z.string(),
      before: z.string().optional(),
      after: z.string().optional(),
    }),
  ),
  translations: z.array(z.object({ zone: z.int(), tenant: z.string().optional() })),
});

type Plan = z.infer<typeof planSchema>;

export function printPlan(plan: Plan, output: CliOutput): void {
  for (const { kind, name, before, after } of plan.objects) {
    if (!before || !after) continue;
    output.out(`${kind}/${name}:`);
    for (const field of new Set([...Object.keys(before), ...Object.keys(after)])) {
      if (isDeepStrictEqual(before[field], after[field])) continue;
      if (field in before) output.out(`  - ${field}: ${JSON.stringify(before[field])}`);
      if (field in after) output.out(`  + ${field}: ${JSON.stringify(after[field])}`);
    }
  }
  let added = 0;
  let removed = 0;
  let changed = 0;
  for (const { object, changes } of plan.switch) {
    output.out(object ? `flows of ${object.kind}/${object.name}:` : 'flows of the pipeline:');
    for (const { what, bridge, before, after } of changes) {
      const label = what === 'flow' ? bridge : `${bridge} ${what}`;
      if (before !== undefined) output.out(`  - ${label}: ${before}`);
      if (after !== undefined) output.out(`  + ${label}: ${after}`);
      if (before !== undefined && after !== undefined) changed++;
      else if (after !== undefined) added++;
      else removed++;
    }
  }
  if (plan.rows.length > 0) output.out('rows of the switch database:');
  for (const { table, row, column, key, before, after } of plan.rows) {
    if (before !== undefined) output.out(`  - ${table} ${row} ${column}:${key}=${before}`);
    if (after !== undefined) output.out(`  + ${table} ${row} ${column}:${key}=${after}`);
  }
  for (const { zone, tenant } of plan.translations)
    output.out(
      `translations of ${tenant === undefined ? `zone ${zone}` : `tenants/${tenant}`} change: connections that had another end`,
    );
  output.out(`on the switch: ${added} added, ${changed} changed, ${removed} removed`);
}
