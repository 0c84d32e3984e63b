// A program that follows what a case says, one after the other, as that of a running node does: what it gives out after a change is
// what the change asked for, and not what a program made from nothing would say. That the two agree is looked at each time.

import { followSwitch } from '../../src/controller/program/switch-facts.ts';
import type { Delta, FactWriter, Program } from '../../src/policy/engine/program.ts';
import type { Table } from '../../src/policy/engine/table.ts';
import { baseTables, foreignZones } from '../../src/policy/facts/base.ts';
import { flows, groups, meters, translations } from '../../src/policy/facts/outcome.ts';
import type { ForeignZones } from '../../src/policy/foreign-zones.ts';
import type { NodeConfig } from '../../src/policy/node.ts';
import type { Observed } from '../../src/policy/observed.ts';
import { policyProgram } from '../../src/policy/program.ts';
import { putState, type State } from '../fixtures/of-state.ts';

/** All that a program is made from. */
export interface ProgramInput {
  readonly node: NodeConfig;
  readonly state: State;
  readonly observed: Observed;
  readonly foreignZones: ForeignZones;
}

export function programOf(input: ProgramInput): Program {
  const program = policyProgram();
  follow(program, input);
  return program;
}

/** Puts all that is there, and takes what is there no more: the program itself finds what of it is new. */
export function follow(program: Program, input: ProgramInput): Delta {
  return program.change(facts => {
    const there = new Map(baseTables.map(({ name }) => [name, new Set<string>()]));
    const noting: FactWriter = {
      put: (table, row) => {
        there.get(table.name)?.add(table.key(row));
        facts.put(table, row);
      },
      delete: facts.delete,
    };
    putState(noting, input.node, input.state);
    followSwitch(noting, program, input.observed);
    for (const [zone, who] of input.foreignZones) noting.put(foreignZones, { zone, who });
    for (const table of baseTables)
      for (const row of [...program.rows(table)]) {
        const key = table.key(row);
        if (!there.get(table.name)?.has(key)) facts.delete(table as Table<never>, key);
      }
  });
}

const outcome: readonly Table[] = [flows.integration, flows.physical, groups, meters, translations];

/** What one of them says and the other does not; undefined: they say the same. */
export function differenceOf(kept: Program, fresh: Program): { kept: string; fresh: string } | undefined {
  for (const program of [kept, fresh]) {
    const [fault] = program.faults;
    if (fault) return { kept: `${fault.instance} fails: ${String(fault.error)}`, fresh: 'no unit fails' };
    const [collision] = program.collisions;
    if (collision) return { kept: `${collision.table} ${collision.key} is put twice`, fresh: 'nothing is' };
  }
  for (const table of outcome) {
    const keys = new Set([...kept.rows(table), ...fresh.rows(table)].map(row => table.key(row)));
    for (const key of keys) {
      const [a, b] = [kept.get(table, key), fresh.get(table, key)];
      if (a !== undefined && b !== undefined ? table.same(a, b) : a === b) continue;
      return { kept: `${table.name} ${key}: ${text(a)}`, fresh: `${table.name} ${key}: ${text(b)}` };
    }
  }
  return undefined;
}

function text(row: unknown): string {
  return (
    JSON.stringify(row, (_, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value)) ?? 'is not there'
  );
}
