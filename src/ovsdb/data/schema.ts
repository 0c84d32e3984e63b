// A database schema as data (RFC 7047 section 3.2): read from a server or a file, or generated as a constant.

import { OvsdbSchemaError } from '../errors.ts';
import { excerpt, isJsonArray, isJsonObject, type Json, type JsonObject } from '../json/json.ts';

export type AtomKind = 'integer' | 'real' | 'boolean' | 'string' | 'uuid';

/** RFC 7047 <base-type>; bounds are inclusive. */
export interface BaseType {
  readonly kind: AtomKind;
  /** A UUID as its text. */
  readonly enum?: readonly (string | number | bigint | boolean)[];
  /** Of integers and reals. */
  readonly min?: number | bigint;
  /** Of integers and reals. */
  readonly max?: number | bigint;
  /** Of strings, in characters. */
  readonly minLength?: number;
  /** Of strings, in characters. */
  readonly maxLength?: number;
  readonly refTable?: string;
  /** Only with refTable. */
  readonly refType?: 'strong' | 'weak';
}

/** What a column may hold (RFC 7047 section 3.2 <type>). */
export interface ColumnType {
  readonly key: BaseType;
  /** Only of maps. */
  readonly value?: BaseType;
  /** Fewest elements: 0 or 1. */
  readonly min: number;
  /** Most elements; undefined is unlimited. */
  readonly max?: number;
}

/** A column of a table (RFC 7047 section 3.2 <column-schema>). */
export interface Column extends ColumnType {
  /** Not written to disk: lost when the server restarts. */
  readonly ephemeral?: boolean;
  /** Set only by insert. */
  readonly immutable?: boolean;
  /** Not in upstream's schema: servers may lack it. */
  readonly overlay?: boolean;
}

/** A table's columns, and what keeps its rows (RFC 7047 section 3.2 <table-schema>). */
export interface TableSchema {
  readonly columns: Readonly<Record<string, Column>>;
  /** Rows that nothing references are kept. */
  readonly isRoot: boolean;
  /** Undefined is unlimited. */
  readonly maxRows?: number;
  /** Sets of columns whose values are unique together. */
  readonly indexes: readonly (readonly string[])[];
}

/** A database's tables (RFC 7047 section 3.2 <database-schema>). */
export interface DatabaseSchema<TableName extends string = string> {
  readonly name: string;
  readonly version: string;
  readonly tables: Readonly<Record<TableName, TableSchema>>;
}

/** How a column's value looks in JavaScript. */
export type ColumnShape = 'scalar' | 'optional' | 'set' | 'map';

/** How values of a type look in JavaScript. */
export function shapeOf(type: ColumnType): ColumnShape {
  if (type.value) return 'map';
  if (type.max === 1) return type.min === 1 ? 'scalar' : 'optional';
  return 'set';
}

/** Whether values of the two types look alike in JavaScript; limits may differ. */
export function sameShape(a: ColumnType, b: ColumnType): boolean {
  return shapeOf(a) === shapeOf(b) && a.key.kind === b.key.kind && a.value?.kind === b.value?.kind;
}

/**
 * The tables and columns of `known` that `server` has as well, with values of the same look. Limits and references are
 * the server's: what it leaves out of an update, and whether it sends differences, depends on them.
 */
export function commonSchema(known: DatabaseSchema, server: DatabaseSchema): DatabaseSchema {
  const tables: Record<string, TableSchema> = {};
  for (const [name, table] of Object.entries(known.tables)) {
    const serverTable = findTable(server, name);
    if (!serverTable) continue;
    const columns = Object.entries(table.columns).flatMap(([column, type]): [string, Column][] => {
      const serverType = findColumn(serverTable, column);
      if (!serverType || !sameShape(type, serverType)) return [];
      return [[column, type.overlay ? { ...serverType, overlay: true } : serverType]];
    });
    tables[name] = { ...table, columns: Object.fromEntries(columns) };
  }
  return { ...known, tables };
}

const uuidColumn: Column = { key: { kind: 'uuid' }, min: 1, max: 1, immutable: true };

/** A column by name, with `_uuid` and `_version`, which every table has (RFC 7047 section 3.2). */
export function findColumn(table: TableSchema, name: string): Column | undefined {
  if (name === '_uuid' || name === '_version') return uuidColumn;
  return Object.hasOwn(table.columns, name) ? table.columns[name] : undefined;
}

/** A table by name; undefined when the schema has none of it. */
export function findTable(schema: DatabaseSchema, name: string): TableSchema | undefined {
  return Object.hasOwn(schema.tables, name) ? schema.tables[name] : undefined;
}

/** Whether rows that nothing references are kept: if no table says so, all tables' are (RFC 7047 section 3.2). */
export function isRootTable(schema: DatabaseSchema, name: string): boolean {
  const tables = Object.values<TableSchema>(schema.tables);
  return findTable(schema, name)?.isRoot === true || !tables.some(table => table.isRoot);
}

/** @throws OvsdbSchemaError */
export function parseSchema(json: Json): DatabaseSchema {
  const schema = object(json, 'a schema');
  const tables = object(schema.tables, '"tables"');
  return {
    name: string(schema.name, 'a schema name'),
    // ovsdb-server(7) section 3.2: the version may be missing.
    version: schema.version === undefined ? '' : string(schema.version, 'a schema version'),
    tables: mapObject(tables, parseTable),
  };
}

function parseTable(json: Json | undefined, name: string): TableSchema {
  const table = object(json, `table ${name}`);
  const maxRows = optionalNumber(table.maxRows, `maxRows of ${name}`);
  return {
    columns: mapObject(object(table.columns, `columns of ${name}`), parseColumn),
    isRoot: table.isRoot === true,
    ...(maxRows === undefined ? {} : { maxRows }),
    indexes: array(table.indexes ?? [], `indexes of ${name}`).map(index =>
      array(index, `an index of ${name}`).map(column => string(column, `a column in an index of ${name}`)),
    ),
  };
}

/** Reads one <column-schema>. @throws OvsdbSchemaError */
export function parseColumn(json: Json | undefined, name: string): Column {
  const column = object(json, `column ${name}`);
  return {
    ...parseColumnType(column.type, name),
    ...(column.ephemeral === true ? { ephemeral: true } : {}),
    ...(column.mutable === false ? { immutable: true } : {}),
  };
}

function parseColumnType(json: Json | undefined, name: string): ColumnType {
  if (typeof json === 'string') return { key: parseBaseType(json, name), min: 1, max: 1 };
  const type = object(json, `type of ${name}`);
  const min = optionalNumber(type.min, `min of ${name}`) ?? 1;
  const max = type.max === 'unlimited' ? undefined : (optionalNumber(type.max, `max of ${name}`) ?? 1);
  return {
    key: parseBaseType(type.key, name),
    ...(type.value === undefined ? {} : { value: parseBaseType(type.value, name) }),
    min,
    ...(max === undefined ? {} : { max }),
  };
}

function parseBaseType(json: Json | undefined, name: string): BaseType {
  if (typeof json === 'string') return { kind: parseKind(json, name) };
  const base = object(json, `base type of ${name}`);
  const min = optionalBound(base.minInteger ?? base.minReal, `minimum of ${name}`);
  const max = optionalBound(base.maxInteger ?? base.maxReal, `maximum of ${name}`);
  const minLength = optionalNumber(base.minLength, `minLength of ${name}`);
  const maxLength = optionalNumber(base.maxLength, `maxLength of ${name}`);
  return {
    kind: parseKind(base.type, name),
    ...(base.enum === undefined ? {} : { enum: parseEnum(base.enum, name) }),
    ...(min === undefined ? {} : { min }),
    ...(max === undefined ? {} : { max }),
    ...(minLength === undefined ? {} : { minLength }),
    ...(maxLength === undefined ? {} : { maxLength }),
    ...(base.refTable === undefined
      ? {}
      : {
          refTable: string(base.refTable, `refTable of ${name}`),
          refType: base.refType === 'weak' ? 'weak' : 'strong',
        }),
  };
}

function parseKind(json: Json | undefined, name: string): AtomKind {
  switch (json) {
    case 'integer':
    case 'real':
    case 'boolean':
    case 'string':
    case 'uuid':
      return json;
    default:
      throw new OvsdbSchemaError(`column ${name} has no atomic type: ${excerpt(json)}`);
  }
}

/** RFC 7047: a <value>, that is a set or a single atom. */
function parseEnum(json: Json, name: string): NonNullable<BaseType['enum']> {
  const elements = isJsonArray(json) && json[0] === 'set' ? array(json[1], `enum of ${name}`) : [json];
  return elements.map(element => {
    const atom = isJsonArray(element) && element[0] === 'uuid' ? element[1] : element;
    if (atom !== undefined && atom !== null && typeof atom !== 'object') return atom;
    throw new OvsdbSchemaError(`enum of ${name} holds ${excerpt(element)}`);
  });
}

function mapObject<T>(json: JsonObject, parse: (json: Json | undefined, name: string) => T): Record<string, T> {
  return Object.fromEntries(Object.entries(json).map(([name, member]) => [name, parse(member, name)]));
}

function object(json: Json | undefined, what: string): JsonObject {
  if (!isJsonObject(json)) throw new OvsdbSchemaError(`${what} should be an object, not ${excerpt(json)}`);
  return json;
}

function array(json: Json | undefined, what: string): readonly Json[] {
  if (!isJsonArray(json)) throw new OvsdbSchemaError(`${what} should be an array, not ${excerpt(json)}`);
  return json;
}

function string(json: Json | undefined, what: string): string {
  if (typeof json !== 'string') throw new OvsdbSchemaError(`${what} should be a string, not ${excerpt(json)}`);
  return json;
}

function optionalBound(json: Json | undefined, what: string): number | bigint | undefined {
  return typeof json === 'bigint' ? json : optionalNumber(json, what);
}

function optionalNumber(json: Json | undefined, what: string): number | undefined {
  if (json !== undefined && typeof json !== 'number')
    throw new OvsdbSchemaError(`${what} should be a number, not ${excerpt(json)}`);
  return json;
}
