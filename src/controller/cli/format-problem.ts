// Problem documents as text for a terminal.

import { type ProblemDetail, problemSchema } from '../rest/problem.ts';

/**
 * A heading, and one line for each field at fault.
 * @param describe what is known better of a field
 */
export function formatProblemDocument(
  status: number,
  body: unknown,
  describe: (detail: ProblemDetail) => string | undefined = () => undefined,
): string {
  const parsed = problemSchema.safeParse(body);
  if (!parsed.success) return `HTTP ${status}`;
  const { title, detail, errors } = parsed.data;
  if (!errors) return `${title}: ${detail}`;
  return [title, ...errors.map(error => `  ${describe(error) ?? formatDetail(error)}`)].join('\n');
}

function formatDetail({ pointer, detail, object }: ProblemDetail): string {
  const where = object ? `${object.kind}/${object.name} ${pointer}` : pointer || '(the whole)';
  return `${where}: ${detail}`;
}
