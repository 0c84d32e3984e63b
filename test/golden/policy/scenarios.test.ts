// What each scenario adds to the tables, as `ovs-ofctl` prints it, with a line a table. A change of the pipeline shows as a change of
// these files: `UPDATE_GOLDEN=1 npx tap run test/golden/policy/scenarios.test.ts` writes them anew, for a person to read the difference.

import { readFile, writeFile } from 'node:fs/promises';
import t from 'tap';
import { formatFlow, formatMeter } from '../../../src/openflow/index.ts';
import {
  type IntegrationTable,
  integrationTableNames,
  type PhysicalTable,
  physicalTableNames,
} from '../../../src/policy/pipeline.ts';
import { type BridgeProgram, type Compiled, compile } from '../../fixtures/compile.ts';
import { allocationsOf, documentsOf, node, observed } from '../../fixtures/demo-intent.ts';
import { objectsOf, type Scenario, scenarios } from './scenarios.ts';

type Table = IntegrationTable | PhysicalTable;

function programOf(scenario: Scenario): Compiled {
  const documents = documentsOf(objectsOf(scenario));
  const state = { documents, allocations: allocationsOf(documents), membership: scenario.membership };
  const attached = new Map(Object.entries(scenario.attached ?? {}));
  const compiled = compile(node, state, { ...observed, attached });
  if (compiled.problems.length > 0) throw new Error(JSON.stringify(compiled.problems));
  return compiled;
}

function flowsByTable({ flows }: BridgeProgram, names: ReadonlyMap<number, string>): Map<Table, string[]> {
  const tables = new Map<Table, string[]>();
  for (const flow of flows) {
    const table = names.get(flow.table) as Table;
    const lines = tables.get(table) ?? [];
    tables.set(table, [...lines, formatFlow(flow, { tableName: number => names.get(number) })]);
  }
  return tables;
}

const [empty] = scenarios.map(programOf);

for (const scenario of scenarios) {
  t.test(scenario.name, async t => {
    const program = programOf(scenario);
    const lines = [`# ${scenario.what}`, ''];
    for (const meter of program.integration.meters) lines.push(formatMeter(meter));
    const bridges = [
      ['integration', integrationTableNames],
      ['physical', physicalTableNames],
    ] as const;
    for (const [bridge, names] of bridges) {
      const before = scenario.name === 'empty' || !empty ? new Map() : flowsByTable(empty[bridge], names);
      for (const [table, all] of flowsByTable(program[bridge], names)) {
        const known = new Set(before.get(table));
        const added = all.filter(line => !known.has(line));
        if (added.length === 0) continue;
        const why = scenario.why[table];
        t.ok(why !== undefined, `table ${table} is explained`);
        lines.push('', `# ${table}: ${why ?? ''}`.trimEnd(), ...added);
      }
      const tables = [...names.values()] as Table[];
      const silent = tables.filter(
        table => scenario.why[table] !== undefined && !lines.some(line => line.startsWith(`# ${table}:`)),
      );
      t.strictSame(silent, [], 'nothing is explained that is not there');
    }
    const file = new URL(`scenario-${scenario.name}.txt`, import.meta.url);
    const text = `${lines.join('\n')}\n`;
    if (process.env.UPDATE_GOLDEN) {
      t.notOk(process.env.CI, 'golden files are written by people, not by CI');
      await writeFile(file, text);
    }
    t.equal(text, await readFile(file, 'utf8'));
  });
}
