// Files of intent: YAML or JSON, objects grouped by kind, checked against the same schemas as REST bodies. Each object
// knows its place, so that what the server says of it can be told with file and line.

import { z } from 'zod';
import { type Documents, documentSchemas } from '../../policy/documents.ts';
import { type Kind, kinds } from '../../policy/kinds/names.ts';
import { allocationSchemas, stateNumbersSchema } from '../rest/allocations.ts';
import { explainIssue } from '../yaml/explain-issue.ts';
import { type DocumentPath, type FileProblem, formatPlace, formatProblem, sortProblems } from '../yaml/problem.ts';
import { readYamlPart, splitYaml, tooManyParts, type YamlPart, type YamlSource } from '../yaml/source.ts';
import { CliError, exitCodes } from './cli-error.ts';
import { readText, shownName } from './read-text.ts';

/** One object of a file. */
export interface IntentObject<K extends Kind = Kind> {
  readonly kind: K;
  readonly document: Documents[K];
  /** `FILE:LINE:COLUMN` */
  readonly place: string;
  /** Makes a problem at a JSON pointer into the document. */
  readonly problemAt: (pointer: string, message: string) => FileProblem;
}

type Groups = { readonly [K in Kind]: z.ZodOptional<z.ZodNullable<z.ZodArray<z.ZodType<Documents[K]>>>> };

const groupsSchema = z.strictObject(
  Object.fromEntries(kinds.map(kind => [kind, z.array(documentSchemas[kind]).nullish()])) as unknown as Groups,
);

/** Told at once; there may be as many as there are lines. */
const maxProblems = 50;

/** What a file may hold: `apply` takes objects alone. */
interface FileShape {
  /** Of objects grouped by kind. */
  readonly schema: z.ZodType;
  /** Why a document of the file is another command's; undefined: it is not. */
  readonly refuse: (data: object) => string | undefined;
}

const applied: FileShape = {
  schema: groupsSchema,
  refuse: data => ('numbers' in data ? 'holds numbers that were given out: "pointsman import" takes it' : undefined),
};

/** An export with its allocations. */
const imported: FileShape = {
  schema: z.strictObject({
    numbers: stateNumbersSchema.optional(),
    ...Object.fromEntries(
      kinds.map(kind => {
        const document = documentSchemas[kind] as typeof documentSchemas.tenants;
        return [kind, z.array(document.extend({ allocation: allocationSchemas[kind] })).nullish()];
      }),
    ),
  }),
  refuse: () => undefined,
};

/** Objects with an `allocation` beside the fields of their kind, and what the state has given out beside them. */
export interface ExportFiles {
  readonly objects: readonly IntentObject[];
  readonly numbers: z.infer<typeof stateNumbersSchema> | undefined;
}

/** Reads what `pointsman export --with-allocations` has written. @throws CliError as readIntentFiles does */
export async function readExportFiles(files: readonly string[]): Promise<ExportFiles> {
  const parts: unknown[] = [];
  const objects = await readFiles(files, imported, data => parts.push(data));
  const numbers = parts.flatMap(part => (part as { numbers?: ExportFiles['numbers'] }).numbers ?? []);
  return { objects, numbers: numbers[0] };
}

/**
 * Reads files in the order given; `-` is the standard input.
 * @returns the objects in the order in which their references allow to create them
 * @throws CliError when a file cannot be read, does not fit the schemas, or an object is there twice
 */
export function readIntentFiles(files: readonly string[]): Promise<readonly IntentObject[]> {
  return readFiles(files, applied, () => undefined);
}

async function readFiles(
  files: readonly string[],
  shape: FileShape,
  note: (data: unknown) => void,
): Promise<readonly IntentObject[]> {
  const objects: IntentObject[] = [];
  const problems: FileProblem[] = [];
  for (const file of files) {
    const read = await readFile(file, shape, note);
    objects.push(...read.objects);
    problems.push(...read.problems);
  }
  if (problems.length > 0) throw new CliError(exitCodes.refused, formatProblems(problems));
  const repeated = findRepeated(objects);
  if (repeated.length > 0) throw new CliError(exitCodes.usage, formatProblems(repeated));
  return kinds.flatMap(kind => objects.filter(object => object.kind === kind));
}

function findRepeated(objects: readonly IntentObject[]): readonly FileProblem[] {
  const places = new Map<string, string>();
  return objects.flatMap(({ kind, document, place, problemAt }) => {
    const key = `${kind}/${document.name}`;
    const earlier = places.get(key);
    if (earlier !== undefined) return [problemAt('', `is at ${earlier} already`)];
    places.set(key, place);
    return [];
  });
}

/** One a line, no more than a reader has use for. */
export function formatProblems(problems: readonly FileProblem[]): string {
  const told = problems.slice(0, maxProblems).map(formatProblem);
  if (problems.length > maxProblems) told.push(`and ${problems.length - maxProblems} more`);
  return told.join('\n');
}

interface Read {
  readonly objects: readonly IntentObject[];
  readonly problems: readonly FileProblem[];
}

async function readFile(file: string, shape: FileShape, note: (data: unknown) => void): Promise<Read> {
  const text = await readText(file);
  const name = shownName(file);
  const parts = splitYaml(text);
  const tooMany = tooManyParts(parts, name);
  if (tooMany) throw new CliError(exitCodes.usage, formatProblem(tooMany));
  // What is known of places takes many times the memory of the text, and few are ever asked for: a part is read again.
  const again = lastOf((part: YamlPart) => readYamlPart(part, name));
  const objects: IntentObject[] = [];
  const problems: FileProblem[] = [];
  const broken: FileProblem[] = [];
  let isEmpty = true;
  for (const part of parts) {
    const source = readYamlPart(part, name);
    broken.push(...source.problems);
    // One of several may be empty, as behind a last "---".
    if (broken.length > 0 || isNothing(source.data)) continue;
    isEmpty = false;
    const why = typeof source.data === 'object' && source.data ? shape.refuse(source.data) : undefined;
    if (why !== undefined) throw new CliError(exitCodes.usage, `${name}: ${why}`);
    const read = parsePart(source, shape, () => again(part), note);
    objects.push(...read.objects);
    problems.push(...read.problems);
  }
  if (broken.length > 0) throw new CliError(exitCodes.usage, formatProblems(sortProblems(broken)));
  if (isEmpty)
    throw new CliError(
      exitCodes.usage,
      `${name}: holds no objects, expected them grouped by kind: ${kinds.join(', ')}`,
    );
  return { objects, problems: sortProblems(problems) };
}

function isNothing(data: unknown): boolean {
  return data === null || (typeof data === 'object' && Object.keys(data).length === 0);
}

function parsePart(
  source: YamlSource,
  { schema }: FileShape,
  again: () => YamlSource,
  note: (data: unknown) => void,
): Read {
  const parsed = schema.safeParse(withoutStatus(source.data));
  if (!parsed.success) {
    const problems = parsed.error.issues.flatMap(issue => explainIssue(source, schema, issue));
    return { objects: [], problems: problems.map(problem => withSubject(problem, source.data)) };
  }
  const groups = parsed.data as { readonly [K in Kind]?: readonly Documents[K][] | null };
  note(groups);
  const objects = kinds.flatMap(kind =>
    (groups[kind] ?? []).map((document, index): IntentObject => {
      const place = formatPlace(source.problemAt([kind, index], ''));
      return {
        kind,
        document,
        place,
        problemAt: (pointer, message) => locate(again(), [kind, index], pointer, message),
      };
    }),
  );
  return { objects, problems: [] };
}

/** Answers of the API carry a status, whatever their kind; a file made of them can be applied as it is. */
function withoutStatus(data: unknown): unknown {
  if (typeof data !== 'object' || data === null || Array.isArray(data)) return data;
  const groups = Object.entries(data).map(([kind, objects]) => [
    kind,
    Array.isArray(objects) ? objects.map(withoutOwnStatus) : objects,
  ]);
  return Object.fromEntries(groups);
}

function withoutOwnStatus(object: unknown): unknown {
  if (typeof object !== 'object' || object === null || !('status' in object)) return object;
  const { status: _, ...document } = object;
  return document;
}

function locate(source: YamlSource, path: DocumentPath, pointer: string, message: string): FileProblem {
  return withSubject(source.problemAt([...path, ...stepsOf(pointer)], message), source.data);
}

/** RFC 6901 section 3. */
function stepsOf(pointer: string): DocumentPath {
  const steps = pointer.split('/').slice(1);
  return steps.map(step => (/^\d+$/.test(step) ? Number(step) : step.replaceAll('~1', '/').replaceAll('~0', '~')));
}

/** Names the object that the problem is in: `interfaces/web` says more than `interfaces[3]`. */
function withSubject(problem: FileProblem, data: unknown): FileProblem {
  const [kind, index, ...path] = problem.path;
  if (typeof kind !== 'string' || typeof index !== 'number') return problem;
  const objects: unknown = Reflect.get(data as object, kind);
  const name: unknown = Array.isArray(objects) ? objects[index]?.name : undefined;
  return typeof name === 'string' && path[0] !== 'name' ? { ...problem, subject: `${kind}/${name}`, path } : problem;
}

/** Keeps what was made last. */
function lastOf<Key, T>(make: (key: Key) => T): (key: Key) => T {
  let last: { readonly key: Key; readonly made: T } | undefined;
  return key => {
    if (last?.key !== key) last = { key, made: make(key) };
    return last.made;
  };
}
