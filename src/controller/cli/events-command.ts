// `pointsman events`: what happened at the node, a line each.

import { z } from 'zod';
import { type Event, eventSchema } from '../events/event.ts';
import { type ApiClient, apiPath } from './api-client.ts';
import { CliError, type CliOutput, exitCodes } from './cli-error.ts';
import { formatValue } from './get-command.ts';

const answerSchema = z.object({ items: z.array(eventSchema) });

export async function events(
  client: ApiClient,
  { since, format }: { readonly since: string | undefined; readonly format: 'text' | 'json' },
  output: CliOutput,
): Promise<void> {
  const query = since === undefined ? '' : `?since=${encodeURIComponent(since)}`;
  const { body } = await client.expectOk('GET', `${apiPath('events')}${query}`);
  const parsed = answerSchema.safeParse(body);
  if (!parsed.success) throw new CliError(exitCodes.unreachable, 'the answer has no events; is that a pointsman?');
  if (format === 'json') output.out(formatValue(parsed.data.items, 'json'));
  else for (const event of parsed.data.items) output.out(formatEvent(event));
}

function formatEvent({ time, since, count, severity, reason, object, message }: Event): string {
  const often = count === 1 ? '' : ` (${count} times since ${since})`;
  return `${time}  ${severity.padEnd(7)}  ${object.kind}/${object.name}  ${reason}: ${message}${often}`;
}
