// What docs say of the program is what it is: the tables of facts in docs/engine.md, and who makes each table's flows in
// docs/pipeline.md. `UPDATE_GOLDEN=1 npx tap run test/unit/policy/docs.test.ts` writes both anew, for a person to read.

import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { ranksOf } from '../../../src/policy/engine/placement.ts';
import type { Table } from '../../../src/policy/engine/table.ts';
import { baseTables } from '../../../src/policy/facts/base.ts';
import { integration, type PipelineTable, physical } from '../../../src/policy/pipeline.ts';
import { policyUnits } from '../../../src/policy/program.ts';

const ROOT = join(import.meta.dirname, '../../..');
const POLICY = join(ROOT, 'src/policy');

/** Of src/policy, by path below it. */
const sources = new Map(
  await Promise.all(
    (await readdir(POLICY, { recursive: true }))
      .filter(path => path.endsWith('.ts'))
      .sort()
      .map(async path => [path, await readFile(join(POLICY, path), 'utf8')] as const),
  ),
);

interface FactTable {
  readonly table: Table;
  readonly rank: number;
  readonly writers: readonly string[];
}

function factTables(): FactTable[] {
  const ranks = ranksOf(policyUnits);
  const tables = [...baseTables, ...policyUnits.flatMap(({ over, reads, writes }) => [over, ...reads, ...writes])];
  return [...new Map(tables.map(table => [table.name, table])).values()]
    .map(table => ({
      ...{ table, rank: ranks.get(table.name) ?? 0 },
      writers: policyUnits
        .filter(({ writes }) => writes.some(({ name }) => name === table.name))
        .map(unit => unit.name),
    }))
    .sort((a, b) => a.rank - b.rank || (a.table.name < b.table.name ? -1 : 1));
}

/** Documents and flows are a table for each kind, and each bridge. */
const inSeveral: Readonly<Record<string, string>> = { documents: 'facts/base.ts', flows: 'facts/outcome.ts' };

/** Where it is declared. */
function fileOf(name: string): string {
  const declared = new RegExp(`name: '${name}',\\s+key:`);
  const [family = ''] = name.split('/');
  return [...sources].find(([, text]) => declared.test(text))?.[0] ?? inSeveral[family] ?? '';
}

/** What makes it, as its declaration says; a template is written as what it gives. */
function keyOf({ key }: Table): string {
  const body = String(key)
    .replace(/^\(.*?\)\s*=>\s*/, '')
    .replace(/^\w+\s*=>\s*/, '');
  return (/^`.*`$/.test(body) ? body.slice(1, -1).replace(/\$\{(.*?)\}/g, '{$1}') : body)
    .replaceAll('|', '\\|')
    .replaceAll(/["`]/g, "'")
    .replaceAll(/,(?! )/g, ', ');
}

function row({ table, rank, writers }: FactTable): string {
  const by = isFlows(table.name) ? 'every unit that makes flows' : writers.join(', ') || 'from outside';
  return `| ${rank} | \`${table.name}\` | \`${keyOf(table)}\` | ${Object.keys(table.indexes).join(', ')} | ${by} | ${fileOf(table.name)} |`;
}

function isFlows(name: string): boolean {
  return name.startsWith('flows/');
}

async function check(file: string, rewrite: (page: string) => string): Promise<void> {
  const path = join(ROOT, 'docs', file);
  const page = await readFile(path, 'utf8');
  const now = rewrite(page);
  if (process.env.UPDATE_GOLDEN) {
    t.notOk(process.env.CI, 'docs are written by people, not by CI');
    await writeFile(path, now);
  }
  t.equal(await readFile(path, 'utf8'), now, file);
}

t.test('docs/engine.md: the tables of facts', async t => {
  const all = factTables();
  const rows = ['| rank | table | key | indexes | written by | declared in |', '| --- | --- | --- | --- | --- | --- |'];
  rows.push(...all.map(row));
  for (const { table } of all) t.not(fileOf(table.name), '', table.name);
  await check('engine.md', page =>
    page.replace(
      /(<!-- tables of facts -->\n)[\s\S]*?(<!-- end -->)/,
      (_, from, to) => `${from}\n${rows.join('\n')}\n\n${to}`,
    ),
  );
});

/** Files of features that name a table of the pipeline, without their ending. */
function makersOf(table: PipelineTable): string[] {
  const named = new RegExp(`(table: '${table}'|drop\\(\\s*'${table}'|unlessLeased\\(facts, '${table}'|\\? '${table}')`);
  return [...sources]
    .filter(([path, text]) => path.startsWith('features/') && named.test(text))
    .map(([path]) => path.slice(9, -3));
}

t.test('docs/pipeline.md: who makes the flows of each table', async t => {
  const tables = [...Object.keys(physical), ...Object.keys(integration)] as PipelineTable[];
  await check('pipeline.md', page =>
    tables.reduce((text, table) => {
      const makers = makersOf(table);
      t.ok(makers.length > 0, table);
      const line = `Made in: ${makers.map(maker => `\`${maker}\``).join(', ')}.`;
      return text.replace(
        new RegExp(`(\\n### ${table}\\n\\n)(Made in: .*\\n\\n)?`),
        (_, heading) => `${heading}${line}\n\n`,
      );
    }, page),
  );
});
