// `pointsman apply`: makes the node's intent hold the objects of the files. What the files do not name stays.

import type { ApiClient } from './api-client.ts';
import { sendObjects } from './batch-client.ts';
import type { CliOutput } from './cli-error.ts';
import { readIntentFiles } from './intent-files.ts';

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
  await sendObjects(client, objects, { ...options, op: 'put' }, told, output);
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
