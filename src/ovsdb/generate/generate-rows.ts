// Types for the rows of a database, from its schema. Integers of OVSDB have 64 bits: a column whose limits do not keep it
// within what a number holds exactly is typed `number | bigint`.

import {
  type BaseType,
  type Column,
  type DatabaseSchema,
  isRootTable,
  shapeOf,
  type TableSchema,
} from '../data/schema.ts';

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

function quoted(text: string): string {
  return /^[^'\\\n]*$/.test(text) ? `'${text}'` : JSON.stringify(text);
}

function property(name: string): string {
  return /^[A-Za-z_]\w*$/.test(name) ? name : JSON.stringify(name);
}

function choice(value: unknown): string {
  return typeof value === 'string' ? quoted(value) : literal(value);
}

function atomType(base: BaseType, smallIntegers: boolean): string {
  if (base.enum && base.kind !== 'uuid') return base.enum.map(choice).join(' | ');
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
      return base.refTable === undefined ? 'Uuid' : `RowRef<${quoted(base.refTable)}>`;
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
      return `readonly ${key.includes(' | ') ? `(${key})` : key}[]`;
    case 'map':
      return `ReadonlyMap<${key}, ${atomType(column.value ?? column.key, smallIntegers)}>`;
  }
}

function indented(line: string): string {
  return `  ${line}`;
}

function rowInterface(name: string, table: TableSchema, smallIntegers: boolean): string {
  const columns = Object.entries(table.columns).flatMap(([name, column]) => [
    ...comment(columnNotes(column)).map(indented),
    indented(`readonly ${property(name)}${column.overlay ? '?' : ''}: ${columnType(column, smallIntegers)};`),
  ]);
  return columns.length === 0
    ? `export interface ${name} {}`
    : [`export interface ${name} {`, ...columns, '}'].join('\n');
}

/** How the types are written. */
export interface GenerateOptions {
  /** Who writes them, for the first line. */
  readonly by: string;
  /** Where src/ovsdb is, seen from the output; absent: the output stands in another project. */
  readonly imports?: string | undefined;
  /** Integers without limits are numbers, for a database where nobody writes larger ones. */
  readonly smallIntegers?: boolean;
}

/** A module: a row interface per table, the map of tables, and the schema as data. */
export function generateRows(schema: DatabaseSchema, { by, imports, smallIntegers = false }: GenerateOptions): string {
  const prefix = pascalCase(schema.name);
  const constant = `${prefix.charAt(0).toLowerCase()}${prefix.slice(1)}Schema`;
  const rowName = (table: string): string => `${pascalCase(table)}Row`;
  const tables = Object.entries(schema.tables);
  const body = [
    ...tables.map(([name, table]) =>
      [
        ...comment(tableNotes(table, isRootTable(schema, name))),
        rowInterface(rowName(name), table, smallIntegers),
      ].join('\n'),
    ),
    [
      `export interface ${prefix}Tables {`,
      ...tables.map(([table]) => indented(`readonly ${property(table)}: ${rowName(table)};`)),
      '}',
    ].join('\n'),
    `export const ${constant}: DatabaseSchema<keyof ${prefix}Tables & string> = ${literal(schema)};`,
  ].join('\n\n');
  return [
    `// Database schema ${schema.name} ${schema.version}. Generated by ${by}: do not edit.`,
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
