// Requests through zod, with every complaint as a JSON pointer.

import type { FastifySchemaCompiler } from 'fastify';
import type { z } from 'zod';
import { type ProblemDetail, RequestRefused } from './problem.ts';

/** The compiler fastify asks: a document that breaks its schema is unprocessable, anything else a bad request. */
export const validatorCompiler: FastifySchemaCompiler<z.ZodType> = validatorWith(detailsOf);

/** One that tells of the faults of a body in another way. */
export function validatorWith(
  details: (issue: z.core.$ZodIssue) => readonly ProblemDetail[],
): FastifySchemaCompiler<z.ZodType> {
  return ({ schema, httpPart }) =>
    (data: unknown) => {
      const result = schema.safeParse(data ?? undefined);
      if (result.success) return { value: result.data };
      const isBody = httpPart === 'body';
      const errors = result.error.issues.flatMap(isBody ? details : detailsOf);
      const detail = errors.map(error => `${whereOf(error)}: ${error.detail}`).join('; ');
      return isBody
        ? { error: new RequestRefused('invalid-document', detail, { errors }) }
        : { error: new RequestRefused('bad-parameter', `${httpPart ?? 'request'}: ${detail}`) };
    };
}

function whereOf({ item, pointer }: ProblemDetail): string {
  if (item === undefined) return pointer || 'the whole';
  return `item ${item} ${pointer}`.trimEnd();
}

/** What zod found, one entry for each place. */
export function detailsOf(issue: z.core.$ZodIssue): readonly ProblemDetail[] {
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map(key => ({ pointer: jsonPointer([...issue.path, key]), detail: 'there is no such field' }));
  return [{ pointer: jsonPointer(issue.path), detail: issue.message }];
}

/** RFC 6901 section 3. */
export function jsonPointer(path: readonly PropertyKey[]): string {
  return path.map(part => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}
