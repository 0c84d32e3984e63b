// Writes the committed types of src/ovsdb/generated, in the project's own format; src/ovsdb/generate makes them, and has a
// command for everybody else.
//
//   node --import tsx scripts/generate-rows.ts --schema FILE [--overlay FILE] [--small-integers] --out FILE
//
// An overlay holds columns that only some servers have ({"tables": {TABLE: {"columns": {...}}}}, column schemas as in
// RFC 7047 section 3.2); their properties are optional.

import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type Column, type DatabaseSchema, parseSchema } from '../src/ovsdb/data/schema.ts';
import { generateRows } from '../src/ovsdb/generate/generate-rows.ts';
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
const by = 'scripts/generate-rows.ts';
writeFileSync(out, format(generateRows(whole, { by, imports, smallIntegers: values['small-integers'] }), out));
