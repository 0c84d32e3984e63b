// `pointsman apply`: makes the node's intent hold the objects of the files. What the files do not name stays.

import { isDeepStrictEqual } from 'node:util';
import { canonicalDocument } from '../../policy/documents.ts';
import { type ApiClient, apiPath } from './api-client.ts';
import { labelOf, sendObjects } from './batch-client.ts';
import { CliError, type CliOutput, exitCodes } from './cli-error.ts';
import { formatProblemDocument } from './format-problem.ts';
import { type IntentObject, readIntentFiles } from './intent-files.ts';

export interface ApplyOptions {
  readonly file: readonly string[];
  readonly dryRun: boolean;
  readonly wait: boolean;
  /** Of --wait, seconds. */
  readonly timeout: number;
}

const told = ['created', 'updated', 'unchanged'] as const;

export async function apply(client: ApiClient, options: ApplyOptions, output: CliOutput): Promise<void> {
  const objects = await readIntentFiles(options.file);
  if (!options.dryRun) return sendObjects(client, objects, { ...options, op: 'put' }, told, output);
  const counts = { created: 0, updated: 0, unchanged: 0 };
  for (const object of objects) {
    const outcome = await compare(client, object);
    counts[outcome]++;
    output.out(`${labelOf(object)} ${outcome} (dry run)`);
  }
  output.out(`${told.map(outcome => `${counts[outcome]} ${outcome}`).join(', ')} (dry run)`);
}

async function compare(client: ApiClient, { kind, document }: IntentObject): Promise<(typeof told)[number]> {
  const response = await client.request('GET', apiPath(kind, document.name));
  if (response.status === 404) return 'created';
  if (response.status >= 400)
    throw new CliError(exitCodes.refused, formatProblemDocument(response.status, response.body));
  const { status: _, ...stored } = { status: undefined, ...(response.body as object) };
  return isDeepStrictEqual(stored, canonicalDocument(kind, document)) ? 'unchanged' : 'updated';
}

/** `pointsman delete -f`: what the files name is to be there no more, whatever else they say of it. */
export async function removeFiles(
  client: ApiClient,
  options: Omit<ApplyOptions, 'dryRun'>,
  output: CliOutput,
): Promise<void> {
  const objects = await readIntentFiles(options.file);
  await sendObjects(client, objects.toReversed(), { ...options, op: 'delete' }, ['deleted', 'absent'], output);
}
