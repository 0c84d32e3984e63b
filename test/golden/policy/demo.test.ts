// The demo's flow tables as text. A change of the pipeline shows as a change of these files:
// `UPDATE_GOLDEN=1 npx tap run test/golden/policy/demo.test.ts` writes them anew, for a person to read the difference.

import { readFile, writeFile } from 'node:fs/promises';
import t from 'tap';
import { formatFlow } from '../../../src/openflow/index.ts';
import { integrationTableNames, physicalTableNames } from '../../../src/policy/pipeline.ts';
import type { BridgeProgram } from '../../fixtures/compile.ts';
import { demoObjects, programOf } from '../../fixtures/demo-intent.ts';

function print({ flows, groups, meters }: BridgeProgram, tableNames: ReadonlyMap<number, string>): string {
  const json = (value: object) => JSON.stringify(value);
  const lines = [
    ...groups.map(group => `group ${json(group)}`),
    ...meters.map(meter => `meter ${json(meter)}`),
    ...flows.map(flow => formatFlow(flow, { tableName: table => tableNames.get(table) })),
  ];
  return `${lines.join('\n')}\n`;
}

const program = programOf(demoObjects);
const bridges = [
  ['br-int', program.integration, integrationTableNames],
  ['br-phy', program.physical, physicalTableNames],
] as const;

for (const [name, bridge, tableNames] of bridges) {
  t.test(`flows of ${name}`, async t => {
    const file = new URL(`demo-${name}.txt`, import.meta.url);
    const text = print(bridge, tableNames);
    if (process.env.UPDATE_GOLDEN) {
      t.notOk(process.env.CI, 'golden files are written by people, not by CI');
      await writeFile(file, text);
    }
    t.equal(text, await readFile(file, 'utf8'));
  });
}
