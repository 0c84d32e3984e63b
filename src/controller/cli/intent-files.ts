// Files of intent: YAML or JSON, objects grouped by kind, checked against the same schemas as REST bodies.

import { readFile } from 'node:fs/promises';
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { type Documents, documentSchemas, type Kind, kinds } from '../../policy/documents.ts';
import { detailsOf } from '../rest/validation.ts';
import { CliError, exitCodes } from './cli-error.ts';

/** One object of a file. */
export interface IntentObject<K extends Kind = Kind> {
  readonly kind: K;
  readonly document: Documents[K];
}

// Answers of the API carry a status; a file made of them can be applied as it is.
const answered = { status: z.unknown().optional() };

const groupsSchema = z.strictObject({
  tenants: group(documentSchemas.tenants),
  vnis: group(documentSchemas.vnis),
  interfaces: group(documentSchemas.interfaces.extend(answered)),
  ports: group(documentSchemas.ports.extend(answered)),
  routes: group(documentSchemas.routes),
  'nat-pools': group(documentSchemas['nat-pools']),
  'nat-rules': group(documentSchemas['nat-rules'].extend(answered)),
});

function group<S extends z.ZodType>(schema: S) {
  return z.array(schema).nullish();
}

/**
 * Reads files in the order given; `-` is the standard input.
 * @returns the objects in the order in which their references allow to create them
 * @throws CliError when a file cannot be read, does not fit the schemas, or an object is there twice
 */
export async function readIntentFiles(files: readonly string[]): Promise<readonly IntentObject[]> {
  const objects: IntentObject[] = [];
  const origins = new Map<string, string>();
  for (const file of files) {
    for (const object of await readIntentFile(file)) {
      const key = `${object.kind}/${object.document.name}`;
      const origin = origins.get(key);
      if (origin !== undefined) throw new CliError(exitCodes.usage, `${key} is in ${origin}, and again in ${file}`);
      origins.set(key, file);
      objects.push(object);
    }
  }
  return kinds.flatMap(kind => objects.filter(object => object.kind === kind));
}

async function readIntentFile(file: string): Promise<readonly IntentObject[]> {
  const text = await readText(file);
  return parseAllDocuments(text).flatMap(document => {
    const [error] = document.errors;
    if (error) throw new CliError(exitCodes.usage, `${file}: ${error.message}`);
    // An empty document, as behind a last "---", says nothing.
    return parseGroups(file, document.toJS({ maxAliasCount: 100 }) ?? {});
  });
}

function parseGroups(file: string, value: unknown): readonly IntentObject[] {
  const parsed = groupsSchema.safeParse(value);
  if (!parsed.success) {
    const lines = parsed.error.issues
      .flatMap(detailsOf)
      .map(({ pointer, detail }) => `  ${pointer || '(the whole)'}: ${detail}`);
    throw new CliError(exitCodes.refused, [`${file}: not what the schemas ask for`, ...lines].join('\n'));
  }
  const groups = parsed.data;
  return kinds.flatMap(kind =>
    (groups[kind] ?? []).map((object): IntentObject => {
      const { status: _, ...document } = { status: undefined, ...object };
      return { kind, document };
    }),
  );
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file === '-' ? '/dev/stdin' : file, 'utf8');
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new CliError(exitCodes.usage, `cannot read ${file}: ${why}`, { cause: error });
  }
}
