// `pointsman apply`: makes the node's intent hold the objects of the files. What the files do not name stays.

import { isOfLabelled, parseSelector, type Selector, selects } from '../../policy/kinds/labels.ts';
import type { ApiClient } from './api-client.ts';
import { sendObjects } from './batch-client.ts';
import { CliError, type CliOutput, exitCodes } from './cli-error.ts';
import { formatProblems, type IntentObject, readIntentFiles } from './intent-files.ts';

export interface ApplyOptions {
  readonly file: readonly string[];
  readonly dryRun: boolean;
  /** Whether what the selector chooses and the files do not name goes. */
  readonly prune: boolean;
  readonly selector: string | undefined;
  readonly wait: boolean;
  /** Of --wait, seconds. */
  readonly timeout: number;
}

const told = ['created', 'updated', 'unchanged'] as const;

export async function apply(client: ApiClient, options: ApplyOptions, output: CliOutput): Promise<void> {
  const { file, dryRun, wait, timeout } = options;
  const prune = scopeOf(options);
  const objects = await readIntentFiles(file);
  if (prune) checkScope(objects, prune.selector);
  await sendObjects(client, objects, { op: 'put', dryRun, prune: prune?.text, wait, timeout }, told, output);
}

/** What may be pruned. @throws CliError */
function scopeOf({
  prune,
  selector: text,
}: ApplyOptions): { readonly text: string; readonly selector: Selector } | undefined {
  if (!prune && text === undefined) return undefined;
  if (!prune) throw new CliError(exitCodes.usage, '--selector says what to prune: it goes with --prune');
  if (text === undefined)
    throw new CliError(
      exitCodes.usage,
      '--prune needs a selector (-l KEY=VALUE): without one it would delete all that the files do not name',
    );
  const selector = parseSelector(text);
  if (typeof selector === 'string') throw new CliError(exitCodes.usage, selector);
  if (!isOfLabelled(selector))
    throw new CliError(
      exitCodes.usage,
      `--prune -l "${text}" would delete what carries no label: say KEY=VALUE, or KEY`,
    );
  return { text, selector };
}

/** Objects outside the scope would never be pruned again, and may be somebody else's. @throws CliError */
function checkScope(objects: readonly IntentObject[], selector: Selector): void {
  const outside = objects.filter(({ document }) => !selects(selector, document));
  if (outside.length === 0) return;
  const message = 'the selector does not choose it: everything in files that are pruned by has its labels';
  throw new CliError(exitCodes.refused, formatProblems(outside.map(object => object.problemAt('/labels', message))));
}

/** `pointsman delete -f`: what the files name is to be there no more, whatever else they say of it. */
export async function removeFiles(
  client: ApiClient,
  { file, wait, timeout }: Pick<ApplyOptions, 'file' | 'wait' | 'timeout'>,
  output: CliOutput,
): Promise<void> {
  const objects = await readIntentFiles(file);
  await sendObjects(client, objects.toReversed(), { op: 'delete', wait, timeout }, ['deleted', 'absent'], output);
}
