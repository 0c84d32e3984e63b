// Problem documents as text for a terminal.

import { problemSchema } from '../rest/problem.ts';

/** A heading, and one line for each field at fault. */
export function formatProblem(status: number, body: unknown): string {
  const parsed = problemSchema.safeParse(body);
  if (!parsed.success) return `HTTP ${status}`;
  const { title, detail, errors } = parsed.data;
  if (!errors) return `${title}: ${detail}`;
  const lines = errors.map(({ pointer, detail, object }) => {
    const where = object ? `${object.kind}/${object.name} ${pointer}` : pointer || '(the whole)';
    return `  ${where}: ${detail}`;
  });
  return [title, ...lines].join('\n');
}
