// Writes the TypeScript of a database schema: a row interface per table, the map of tables, and the schema as data.
//
//   node --import tsx scripts/generate-rows.ts --schema FILE [--overlay FILE] [--small-integers] --out FILE
//
// An overlay holds columns that only some servers have ({"tables": {TABLE: {"columns": {...}}}}, column schemas as in
// RFC 7047 section 3.2); their properties are optional.
//
// Integers of OVSDB have 64 bits. A column whose limits do not keep it within what a number holds exactly is typed
// `number | bigint`; with --small-integers it is `number`, for a database where nobody writes larger ones.

import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import {
  type BaseType,
  type Column,
  type DatabaseSchema,
  isRootTable,
  parseSchema,
  shapeOf,
  type TableSchema,
} from '../src/ovsdb/data/schema.ts';
import { parseExactly } from '../src/ovsdb/json/exact-json.ts';
import type { Json } from '../src/ovsdb/json/json.ts';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');

function readJson(file: string): Json {
  return parseExactly(readFileSync(file, 'utf8'));
}

function withOverlay(schema: DatabaseSchema, overlay: DatabaseSchema): DatabaseSchema {
  const tables = { ...schema.tables };
  for (const [name, extra] of Object.entries(overlay.tables)) {
    const table = tables[name];
    if (!table) throw new Error(`the overlay's table ${name} is not in the schema`);
    const columns: Record<string, Column> = { ...table.columns };
    // A column that upstream has taken in is no longer one of the overlay's.
    for (const [column, type] of Object.entries(extra.columns)) columns[column] ??= { ...type, overlay: true };
    tables[name] = { ...table, columns };
  }
  return { ...schema, tables };
}

/** Open_vSwitch → OpenVSwitch, sFlow → SFlow, CT_Zone → CtZone. */
function pascalCase(name: string): string {
  return name
    .split(/[_-]/)
    .map(word => (/^[A-Z]{2,}$/.test(word) ? word.charAt(0) + word.slice(1).toLowerCase() : word))
    .map(word => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');
}

function isSmall({ min, max }: BaseType): boolean {
  return Number.isSafeInteger(min) && Number.isSafeInteger(max);
}

/** A value as source text: JSON has no bigints. */
function literal(value: unknown): string {
  const text = JSON.stringify(value, (_, item: unknown) => (typeof item === 'bigint' ? `bigint:${item}` : item));
  return text.replaceAll(/"bigint:(-?\d+)"/g, '$1n');
}

function atomType(base: BaseType, smallIntegers: boolean): string {
  if (base.enum && base.kind !== 'uuid') return base.enum.map(literal).join(' | ');
  switch (base.kind) {
    case 'integer':
      return smallIntegers || isSmall(base) ? 'number' : 'number | bigint';
    case 'real':
      return 'number';
    case 'boolean':
      return 'boolean';
    case 'string':
      return 'string';
    case 'uuid':
      return base.refTable === undefined ? 'Uuid' : `RowRef<${JSON.stringify(base.refTable)}>`;
  }
}

/** What the type cannot say, in words. */
function columnNotes(column: Column): readonly string[] {
  const { key, value, min, max } = column;
  const shape = shapeOf(column);
  const bounded = shape === 'set' || shape === 'map';
  return [
    ...(bounded
      ? range(min === 0 ? undefined : min, max, min === 1 && max === undefined ? ' element' : ' elements')
      : []),
    ...baseNotes(key, value ? 'keys ' : ''),
    ...(value ? baseNotes(value, 'values ') : []),
    ...(column.immutable ? ['set only by insert'] : []),
    ...(column.ephemeral ? ['not kept on disk'] : []),
  ];
}

function baseNotes(base: BaseType, prefix: string): readonly string[] {
  const { min, max, minLength, maxLength } = base;
  return [
    ...(base.refTable === undefined ? [] : [`${prefix}${base.refType} references to ${base.refTable}`]),
    ...range(min, max, '').map(text => `${prefix}${text}`),
    ...range(minLength, maxLength, ' characters').map(text => `${prefix}${text}`),
  ];
}

function range(min: number | bigint | undefined, max: number | bigint | undefined, unit: string): readonly string[] {
  if (min === undefined) return max === undefined ? [] : [`at most ${max}${unit}`];
  return [max === undefined ? `at least ${min}${unit}` : `${min} to ${max}${unit}`];
}

function tableNotes({ maxRows, indexes }: TableSchema, isRoot: boolean): readonly string[] {
  return [
    ...(isRoot ? [] : ['a row goes when no row refers to it strongly']),
    ...(maxRows === undefined ? [] : [`at most ${maxRows} ${maxRows === 1 ? 'row' : 'rows'}`]),
    ...indexes.map(columns => `unique: ${columns.join(', ')}`),
  ];
}

/** A doc comment; none without notes. */
function comment(notes: readonly string[]): readonly string[] {
  const text = notes.join('; ');
  return text === '' ? [] : [`/** ${text.charAt(0).toUpperCase()}${text.slice(1)}. */`];
}

function columnType(column: Column, smallIntegers: boolean): string {
  const key = atomType(column.key, smallIntegers);
  switch (shapeOf(column)) {
    case 'scalar':
      return key;
    case 'optional':
      return `${key} | undefined`;
    case 'set':
      return `readonly (${key})[]`;
    case 'map':
      return `ReadonlyMap<${key}, ${atomType(column.value ?? column.key, smallIntegers)}>`;
  }
}

function generate(schema: DatabaseSchema, imports: string | undefined, smallIntegers: boolean): string {
  const prefix = pascalCase(schema.name);
  const constant = `${prefix.charAt(0).toLowerCase()}${prefix.slice(1)}Schema`;
  const rowName = (table: string): string => `${pascalCase(table)}Row`;
  const tables = Object.entries(schema.tables);
  const body = [
    ...tables.map(([name, table]) =>
      [
        ...comment(tableNotes(table, isRootTable(schema, name))),
        `export interface ${rowName(name)} {`,
        ...Object.entries(table.columns).flatMap(([name, column]) => [
          ...comment(columnNotes(column)),
          `readonly ${JSON.stringify(name)}${column.overlay ? '?' : ''}: ${columnType(column, smallIntegers)};`,
        ]),
        '}',
      ].join('\n'),
    ),
    [
      `export interface ${prefix}Tables {`,
      ...tables.map(([table]) => `readonly ${JSON.stringify(table)}: ${rowName(table)};`),
      '}',
    ].join('\n'),
    `export const ${constant}: DatabaseSchema<keyof ${prefix}Tables & string> = ${literal(schema)};`,
  ].join('\n\n');
  return [
    `// Database schema ${schema.name} ${schema.version}. Generated by scripts/generate-rows.ts: do not edit.`,
    '',
    ...importLines(body, imports),
    '',
    body,
    '',
  ].join('\n');
}

/** @param imports where src/ovsdb is, seen from the output; undefined: the output stands in another project */
function importLines(body: string, imports: string | undefined): readonly string[] {
  const types = [
    ...(/\bRowRef</.test(body) ? [['RowRef', 'data/row.ts']] : []),
    ['DatabaseSchema', 'data/schema.ts'],
    ...(/\bUuid\b/.test(body) ? [['Uuid', 'data/uuid.ts']] : []),
  ];
  if (imports !== undefined) return types.map(([name, file]) => `import type { ${name} } from '${imports}/${file}';`);
  const names = types.map(([name]) => name).sort();
  return [`import type { ${names.join(', ')} } from 'pointsman/ovsdb-client';`];
}

/** Biome's formatting of `source`, as if it stood in `file`, so that the result passes the project's own check. */
function format(source: string, file: string): string {
  // Under a path of the repository even when the output goes elsewhere: the configuration goes by path.
  const name = resolve(root, 'src/ovsdb/generated', file.split(sep).at(-1) ?? 'rows.ts');
  const run = spawnSync(resolve(root, 'node_modules/.bin/biome'), ['format', `--stdin-file-path=${name}`], {
    cwd: root,
    input: source,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    timeout: 60_000,
  });
  if (run.status !== 0) throw new Error(`biome could not format the output: ${run.stderr}`);
  return run.stdout;
}

const { values } = parseArgs({
  options: {
    schema: { type: 'string' },
    overlay: { type: 'string' },
    'small-integers': { type: 'boolean', default: false },
    out: { type: 'string' },
    as: { type: 'string' },
  },
});
if (!values.schema || !values.out) {
  console.error('usage: generate-rows --schema FILE [--overlay FILE] [--small-integers] --out FILE [--as FILE]');
  process.exit(2);
}
const schema = parseSchema(readJson(values.schema));
const overlay = values.overlay ? readJson(values.overlay) : undefined;
const whole = overlay
  ? withOverlay(schema, parseSchema({ name: schema.name, ...(overlay as Record<string, Json>) }))
  : schema;
const out = resolve(values.out);
// `--as`: writes what would stand in that place.
const place = resolve(values.as ?? values.out);
const path = relative(dirname(place), resolve(root, 'src/ovsdb')).split(sep).join('/');
const here = path === '' ? '.' : path.startsWith('.') ? path : `./${path}`;
const imports = place.startsWith(`${root}${sep}`) ? here : undefined;
writeFileSync(out, format(generate(whole, imports, values['small-integers']), out));
