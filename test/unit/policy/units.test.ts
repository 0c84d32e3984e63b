// No unit is forgotten: what a file of kinds, rules or features makes is part of the program.

import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import type { Unit } from '../../../src/policy/engine/unit.ts';
import { policyUnits } from '../../../src/policy/program.ts';

const POLICY = join(import.meta.dirname, '../../../src/policy');

function isUnit(value: unknown): value is Unit {
  return typeof value === 'object' && value !== null && 'emit' in value && 'over' in value;
}

t.test('every unit that is exported is in the program', async t => {
  const inProgram = new Set(policyUnits);
  const exported: [path: string, unit: Unit][] = [];
  for (const folder of ['kinds', 'rules', 'features'])
    for (const path of await readdir(join(POLICY, folder), { recursive: true })) {
      if (!path.endsWith('.ts')) continue;
      const module = (await import(join(POLICY, folder, path))) as object;
      for (const unit of Object.values(module).flat().filter(isUnit)) exported.push([`${folder}/${path}`, unit]);
    }
  t.ok(exported.length > 60, `${exported.length} units`);
  for (const [path, unit] of exported) t.ok(inProgram.has(unit), `${path}: ${unit.name}`);
});
