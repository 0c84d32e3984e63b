// The generator of row types: the committed rows are those of the schemas, and every feature of a schema has its type.

import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';
import { vswitchSchema } from './server.ts';

const root = new URL('../../..', import.meta.url);

function generate(test: Test, schema: string, ...options: readonly string[]): string {
  const directory = mkdtempSync(join(tmpdir(), 'pointsman-rows-'));
  test.teardown(() => rmSync(directory, { recursive: true, force: true }));
  const out = join(directory, 'rows.ts');
  execFileSync(
    process.execPath,
    ['--import=tsx', 'scripts/generate-rows.ts', `--schema=${schema}`, ...options, `--out=${out}`],
    { cwd: root, timeout: 60_000 },
  );
  return readFileSync(out, 'utf8');
}

const committed = [
  { file: 'open-vswitch', schema: vswitchSchema, options: ['--overlay=schemas/ovs-doca-columns.json'] },
  { file: 'pointsman', schema: 'schemas/pointsman.ovsschema', options: ['--small-integers'] },
];

for (const { file, schema, options } of committed) {
  t.test(`src/ovsdb/generated/${file}.ts is up to date`, async t => {
    t.equal(
      generate(t, schema, ...options, `--as=src/ovsdb/generated/${file}.ts`),
      readFileSync(new URL(`src/ovsdb/generated/${file}.ts`, root), 'utf8'),
      'run scripts/generate-rows.ts again',
    );
  });
}

t.test('every schema that Open vSwitch brings', async t => {
  const directory = dirname(vswitchSchema);
  for (const name of readdirSync(directory).filter(name => name.endsWith('.ovsschema')))
    t.match(generate(t, join(directory, name)), /export interface \w+Tables \{/, name);
});

t.test('what a schema can say', async t => {
  const any = { min: 0, max: 'unlimited' };
  const reference = (refTable: string, refType?: string) => ({ type: 'uuid', refTable, ...(refType && { refType }) });
  const columns = {
    plain: 'integer',
    small: { key: { type: 'integer', minInteger: -5, maxInteger: 5 } },
    half: { key: { type: 'integer', minInteger: 1 }, min: 0 },
    ratio: { key: { type: 'real', minReal: 0, maxReal: 1.5 } },
    short: { key: { type: 'string', minLength: 1, maxLength: 8 } },
    choice: { key: { type: 'string', enum: ['set', ['a', 'b']] } },
    choices: { key: { type: 'string', enum: ['set', ['a', 'b']] }, ...any },
    level: { key: { type: 'integer', enum: ['set', [1, 2]] }, min: 0 },
    only: { key: { type: 'string', enum: 'a' } },
    flags: { key: 'boolean', min: 1, max: 3 },
    id: 'uuid',
    owner: { key: reference('Some_Table') },
    friend: { key: reference('Some_Table', 'weak'), min: 0 },
    slots: { key: 'string', value: reference('Some_Table', 'strong'), ...any },
    counters: { key: 'string', value: 'integer', ...any },
    watchers: { key: reference('Some_Table', 'weak'), value: 'boolean', ...any },
  };
  const table = {
    isRoot: true,
    maxRows: 2,
    indexes: [['plain', 'small'], ['short']],
    columns: {
      ...Object.fromEntries(Object.entries(columns).map(([name, type]) => [name, { type }])),
      fixed: { type: 'string', mutable: false, ephemeral: true },
    },
  };
  const file = join(t.testdir(), 'all.ovsschema');
  writeFileSync(
    file,
    JSON.stringify({ name: 'All', version: '1.0.0', tables: { Some_Table: table, Leaf: { columns: {} } } }),
  );
  const source = generate(t, file);
  const body = source.slice(source.indexOf('/** At most'), source.indexOf('export const'));
  t.equal(
    body.trim(),
    `/** At most 2 rows; unique: plain, small; unique: short. */
export interface SomeTableRow {
  readonly plain: number | bigint;
  /** -5 to 5. */
  readonly small: number;
  /** At least 1. */
  readonly half: number | bigint | undefined;
  /** 0 to 1.5. */
  readonly ratio: number;
  /** 1 to 8 characters. */
  readonly short: string;
  readonly choice: 'a' | 'b';
  readonly choices: readonly ('a' | 'b')[];
  readonly level: 1 | 2 | undefined;
  readonly only: 'a';
  /** 1 to 3 elements. */
  readonly flags: readonly boolean[];
  readonly id: Uuid;
  /** Strong references to Some_Table. */
  readonly owner: RowRef<'Some_Table'>;
  /** Weak references to Some_Table. */
  readonly friend: RowRef<'Some_Table'> | undefined;
  /** Values strong references to Some_Table. */
  readonly slots: ReadonlyMap<string, RowRef<'Some_Table'>>;
  readonly counters: ReadonlyMap<string, number | bigint>;
  /** Keys weak references to Some_Table. */
  readonly watchers: ReadonlyMap<RowRef<'Some_Table'>, boolean>;
  /** Set only by insert; not kept on disk. */
  readonly fixed: string;
}

/** A row goes when no row refers to it strongly. */
export interface LeafRow {}

export interface AllTables {
  readonly Some_Table: SomeTableRow;
  readonly Leaf: LeafRow;
}`,
  );
  t.match(generate(t, file, '--small-integers'), /readonly plain: number;/);

  const command = (...args: readonly string[]) =>
    spawnSync('env', ['-u', 'NODE_OPTIONS', process.execPath, '--import=tsx', 'src/ovsdb/generate/main.ts', ...args], {
      cwd: root,
      encoding: 'utf8',
      input: readFileSync(file),
    });
  const byCommand = command('-');
  t.equal(byCommand.stderr, '');
  const types = (text: string) => text.slice(text.indexOf('import type'), text.indexOf('export const'));
  t.equal(types(byCommand.stdout), types(source), 'the command of the package writes the same types');
  t.match(command(), { status: 2, stderr: /^usage:/ });
  t.match(command('--colour', file), { status: 2, stderr: /colour/ });
  t.match(command('/nonexistent'), { status: 1, stderr: /ENOENT/ });
  t.match(command('package.json'), { status: 1, stderr: /^pointsman-ovsdb-generate: / });

  t.match(source, "import type { DatabaseSchema, RowRef, Uuid } from 'pointsman/ovsdb-client';");
  const project = t.testdir({
    'rows.ts': source,
    'tsconfig.json': JSON.stringify({
      extends: fileURLToPath(new URL('tsconfig.json', root)),
      compilerOptions: { typeRoots: [fileURLToPath(new URL('node_modules/@types', root))] },
      include: ['rows.ts'],
    }),
  });
  const tsc = fileURLToPath(new URL('node_modules/typescript/bin/tsc', root));
  const checked = spawnSync('env', ['-u', 'NODE_OPTIONS', process.execPath, tsc, '-p', project], { encoding: 'utf8' });
  t.equal(checked.stdout, '', 'it is of use in another project');
  t.equal(checked.status, 0);
});
