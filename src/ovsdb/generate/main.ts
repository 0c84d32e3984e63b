#!/usr/bin/env node
// `pointsman-ovsdb-generate SCHEMA`: writes the types for the rows of a database.

import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { PointsmanError } from '../../lib/errors.ts';
import { parseSchema } from '../data/schema.ts';
import { parseExactly } from '../json/exact-json.ts';
import { generateRows } from './generate-rows.ts';

const usage = `usage: pointsman-ovsdb-generate [--small-integers] [--out FILE] SCHEMA

Writes a TypeScript module for pointsman/ovsdb-client: a row interface for each table of the schema, the map of tables, and
the schema as data. SCHEMA is a file such as vswitch.ovsschema, or - for the standard input, as in
  ovsdb-client get-schema unix:/run/openvswitch/db.sock Open_vSwitch | pointsman-ovsdb-generate -
--small-integers  integers without limits are numbers, not bigints: for a database where nobody writes larger ones
--out FILE        writes to the file, not to the standard output
`;

const standardInput = 0;

function run(args: readonly string[]): number {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      'small-integers': { type: 'boolean', default: false },
      out: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const [file, ...others] = positionals;
  if (values.help) {
    process.stdout.write(usage);
    return 0;
  }
  if (file === undefined || others.length > 0) {
    process.stderr.write(usage);
    return 2;
  }
  const schema = parseSchema(parseExactly(readFileSync(file === '-' ? standardInput : file, 'utf8')));
  const source = generateRows(schema, { by: 'pointsman-ovsdb-generate', smallIntegers: values['small-integers'] });
  if (values.out === undefined) process.stdout.write(source);
  else writeFileSync(values.out, source);
  return 0;
}

try {
  process.exitCode = run(process.argv.slice(2));
} catch (error) {
  const { code } = error as NodeJS.ErrnoException;
  if (!(error instanceof PointsmanError) && code === undefined) throw error;
  process.stderr.write(`pointsman-ovsdb-generate: ${(error as Error).message}\n`);
  process.exitCode = code?.startsWith('ERR_PARSE_ARGS') ? 2 : 1;
}
