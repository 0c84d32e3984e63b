// zod's issues in the words of who wrote the file: what is wrong, what was found, what may stand there.

import { z } from 'zod';
import type { DocumentPath, FileProblem } from './problem.ts';
import type { YamlSource } from './source.ts';
import { suggest } from './suggest.ts';

type Issue = z.core.$ZodIssue;

const kindNames: Readonly<Record<string, string>> = {
  object: 'a mapping',
  record: 'a mapping',
  array: 'a list',
  string: 'a text',
  int: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
};

export function explainIssue(source: YamlSource, schema: z.ZodType, issue: Issue): readonly FileProblem[] {
  const path = issue.path.map(step => (typeof step === 'symbol' ? String(step) : step));
  if (issue.code === 'unrecognized_keys') {
    const known = keysAt(schema, path, source.data);
    return issue.keys.map(key => source.problemAtKey([...path, key], unknownKey(key, known)));
  }
  return [source.problemAt(path, `${complaint(issue, valueAt(source.data, path))}${foundText(source.data, path)}`)];
}

function complaint(issue: Issue, found: unknown): string {
  switch (issue.code) {
    case 'invalid_type': {
      const expected = `expected ${kindNames[issue.expected] ?? issue.expected}`;
      return found === undefined ? `missing, ${expected}` : expected;
    }
    case 'invalid_value':
      return oneOf(issue.values.map(String), found);
    case 'invalid_union':
      // What tells the alternatives apart is none of theirs.
      return 'options' in issue && issue.options ? oneOf(issue.options.map(String), found) : issue.message;
    case 'too_big':
      return isPlain(issue.message) ? `expected at most ${issue.maximum}${unit(issue.origin)}` : issue.message;
    case 'too_small':
      return isPlain(issue.message) ? `expected at least ${issue.minimum}${unit(issue.origin)}` : issue.message;
    default:
      return issue.message;
  }
}

function oneOf(words: readonly string[], found: unknown): string {
  const near = typeof found === 'string' ? suggest(found, words) : undefined;
  const hint = near ? ` (did you mean ${near}?)` : '';
  return `${found === undefined ? 'missing, ' : ''}expected ${list(words)}${hint}`;
}

/** Whether the message is zod's own, and not one that the schema gave. */
function isPlain(message: string): boolean {
  return /^Too (big|small)/.test(message);
}

function unit(origin: string): string {
  if (origin === 'string') return ' characters';
  return origin === 'array' ? ' entries' : '';
}

function unknownKey(key: string, known: readonly string[]): string {
  const near = suggest(key, known);
  return `unknown key "${key}", expected ${list(known)}${near ? ` (did you mean ${near}?)` : ''}`;
}

function list(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}

/** Tokens are secrets: an error message travels into logs. */
function foundText(data: unknown, path: DocumentPath): string {
  const found = valueAt(data, path);
  if (found === undefined || path[1] === 'tokens') return '';
  const text = JSON.stringify(found);
  return `, found ${text.length > 60 ? `${text.slice(0, 57)}...` : text}`;
}

function valueAt(data: unknown, path: DocumentPath): unknown {
  return path.reduce<unknown>(inside, data);
}

function inside(value: unknown, step: string | number): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, step) : undefined;
}

/** The keys that the schema allows at `path`; of alternatives, those of the one that the data chooses. */
function keysAt(schema: z.core.$ZodType, path: DocumentPath, data: unknown): readonly string[] {
  const bare = chosen(unwrap(schema), data);
  const [step, ...rest] = path;
  if (bare instanceof z.ZodObject) {
    if (step === undefined) return Object.keys(bare.shape);
    const next: z.core.$ZodType | undefined = bare.shape[step];
    return next ? keysAt(next, rest, inside(data, step)) : [];
  }
  return bare instanceof z.ZodArray && step !== undefined ? keysAt(bare.element, rest, inside(data, step)) : [];
}

function chosen(schema: z.core.$ZodType, data: unknown): z.core.$ZodType | undefined {
  if (!(schema instanceof z.ZodDiscriminatedUnion)) return schema;
  const { discriminator } = schema.def;
  const value = inside(data, discriminator);
  return schema.options.find(option => {
    const field = option instanceof z.ZodObject ? option.shape[discriminator] : undefined;
    return field instanceof z.ZodLiteral && field.values.has(value as string);
  });
}

function unwrap(schema: z.core.$ZodType): z.core.$ZodType {
  if (
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodNullable ||
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodPrefault
  ) {
    return unwrap(schema.unwrap());
  }
  return schema;
}
