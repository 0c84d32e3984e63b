// zod's issues in the operator's words: what is wrong, what was found, what may stand there.

import { z } from 'zod';
import type { ConfigPath, ConfigProblem } from './config-error.ts';
import { suggest } from './suggest.ts';
import type { YamlSource } from './yaml-source.ts';

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

export function explainIssue(source: YamlSource, schema: z.ZodType, issue: Issue): readonly ConfigProblem[] {
  const path = issue.path.map(step => (typeof step === 'symbol' ? String(step) : step));
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map(key => source.problemAtKey([...path, key], unknownKey(key, keysAt(schema, path))));
  }
  return [source.problemAt(path, `${complaint(issue, valueAt(source.data, path))}${foundText(source.data, path)}`)];
}

function complaint(issue: Issue, found: unknown): string {
  switch (issue.code) {
    case 'invalid_type': {
      const expected = `expected ${kindNames[issue.expected] ?? issue.expected}`;
      return found === undefined ? `missing, ${expected}` : expected;
    }
    case 'invalid_value': {
      const near = typeof found === 'string' ? suggest(found, issue.values.map(String)) : undefined;
      const hint = near ? ` (did you mean ${near}?)` : '';
      const missing = found === undefined ? 'missing, ' : '';
      return `${missing}expected ${list(issue.values.map(String))}${hint}`;
    }
    case 'too_big':
      return isPlain(issue.message) ? `expected at most ${issue.maximum}${unit(issue.origin)}` : issue.message;
    case 'too_small':
      return isPlain(issue.message) ? `expected at least ${issue.minimum}${unit(issue.origin)}` : issue.message;
    default:
      return issue.message;
  }
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
function foundText(data: unknown, path: ConfigPath): string {
  const found = valueAt(data, path);
  if (found === undefined || path[1] === 'tokens') return '';
  const text = JSON.stringify(found);
  return `, found ${text.length > 60 ? `${text.slice(0, 57)}...` : text}`;
}

function valueAt(data: unknown, path: ConfigPath): unknown {
  return path.reduce<unknown>(
    (value, step) => (typeof value === 'object' && value !== null ? Reflect.get(value, step) : undefined),
    data,
  );
}

/** The keys that the schema allows at `path`. */
function keysAt(schema: z.core.$ZodType, path: ConfigPath): readonly string[] {
  const bare = unwrap(schema);
  const [step, ...rest] = path;
  if (bare instanceof z.ZodObject) {
    if (step === undefined) return Object.keys(bare.shape);
    const next: z.core.$ZodType | undefined = bare.shape[step];
    return next ? keysAt(next, rest) : [];
  }
  return bare instanceof z.ZodArray && step !== undefined ? keysAt(bare.element, rest) : [];
}

function unwrap(schema: z.core.$ZodType): z.core.$ZodType {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault) {
    return unwrap(schema.unwrap());
  }
  return schema;
}
