// Objects of files, written or deleted through /v1/batch: as one batch where they fit, and in as few as they need else.

import { z } from 'zod';
import { batchLimits } from '../rest/batch-limits.ts';
import type { ProblemDetail } from '../rest/problem.ts';
import { formatProblem } from '../yaml/problem.ts';
import { type ApiClient, apiPath } from './api-client.ts';
import { CliError, type CliOutput, exitCodes } from './cli-error.ts';
import { formatProblemDocument } from './format-problem.ts';
import type { IntentObject } from './intent-files.ts';
import { planSchema, printPlan } from './print-plan.ts';

const outcomes = ['created', 'updated', 'unchanged', 'deleted', 'absent'] as const;
export type Outcome = (typeof outcomes)[number];

const resultSchema = z.object({
  items: z.array(z.object({ outcome: z.enum(outcomes) })),
  pruned: z.array(z.object({ kind: z.string(), name: z.string() })).default([]),
  plan: planSchema.optional(),
});

export interface BatchOptions {
  readonly op: 'put' | 'delete';
  /** Tells what would be, and does nothing. */
  readonly dryRun?: boolean | undefined;
  /** A selector: what it chooses and the files do not name goes. */
  readonly prune?: string | undefined;
  readonly wait: boolean;
  /** Of the wait, seconds. */
  readonly timeout: number;
}

interface Item {
  readonly object: IntentObject;
  readonly body: object;
  readonly bytes: number;
}

/** What a server may need for an item, ms. */
const itemTime = 20;
/** Of what is around the items. */
const frameBytes = 100;

/**
 * Prints what becomes of each object, and a summary of the outcomes `told`.
 * @param objects in an order in which a part of them can be done before the rest
 * @throws CliError when the server refuses: then nothing of that batch is done
 */
export async function sendObjects(
  client: ApiClient,
  objects: readonly IntentObject[],
  { op, dryRun = false, prune, wait, timeout }: BatchOptions,
  told: readonly Outcome[],
  output: CliOutput,
): Promise<void> {
  const parts = partsOf(objects.map(object => itemOf(op, object)));
  if (parts.length > 1 && dryRun)
    throw new CliError(
      exitCodes.usage,
      `${objects.length} objects are more than a plan may look at: it is of one batch`,
    );
  if (parts.length > 1 && prune !== undefined)
    throw new CliError(
      exitCodes.usage,
      `${objects.length} objects are more than a batch may hold, and what is pruned goes with all that stays: prune in parts, by selectors that choose less`,
    );
  if (parts.length > 1)
    output.err(
      `${objects.length} objects are more than a batch may hold: they go in ${parts.length}, each of which is all or nothing`,
    );
  const counts = new Map(told.map(outcome => [outcome, 0]));
  let pruned = 0;
  const summary = () =>
    [
      ...told.map(outcome => `${counts.get(outcome)} ${outcome}`),
      ...(prune === undefined ? [] : [`${pruned} pruned`]),
    ].join(', ');
  let done = 0;
  for (const [index, items] of parts.entries()) {
    const isLast = index === parts.length - 1;
    const isHeld = wait && isLast && !dryRun;
    const query = dryRun ? '?dryRun=true' : isHeld ? `?wait=installed&timeout=${timeout}` : '';
    const most = items.length + (prune === undefined ? 0 : batchLimits.pruned);
    const extra = most * itemTime + (isHeld ? timeout * 1000 : 0);
    const body = {
      items: items.map(item => item.body),
      ...(prune === undefined ? {} : { prune: { selector: prune } }),
    };
    const response = await client.request('POST', `${apiPath('batch')}${query}`, body, extra);
    if (response.status >= 400) {
      if (done > 0) output.err(`${summary()}, ${objects.length - done} left undone`);
      throw refusalOf(items, response.status, response.body);
    }
    const result = resultSchema.safeParse(response.body);
    if (!result.success || result.data.items.length !== items.length)
      throw new CliError(
        exitCodes.unreachable,
        'the answer does not say what became of the objects; is that a pointsman?',
      );
    for (const [place, { outcome }] of result.data.items.entries()) {
      counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
      const item = items[place];
      if (item)
        output.out(`${shortName(item.object.kind, item.object.document.name)} ${outcome}${dryRun ? ' (dry run)' : ''}`);
    }
    pruned += result.data.pruned.length;
    for (const { kind, name } of result.data.pruned)
      output.out(`${shortName(kind, name)} pruned${dryRun ? ' (dry run)' : ''}`);
    if (result.data.plan) printPlan(result.data.plan, output);
    done += items.length;
  }
  output.out(dryRun ? `${summary()} (dry run)` : summary());
}

function itemOf(op: 'put' | 'delete', object: IntentObject): Item {
  const { kind, document } = object;
  const body = op === 'put' ? { op, kind, document } : { op, kind, name: document.name };
  return { object, body, bytes: Buffer.byteLength(JSON.stringify(body)) + ','.length };
}

function partsOf(items: readonly Item[]): readonly (readonly Item[])[] {
  const parts: Item[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const item of items) {
    const part = parts.at(-1);
    if (part && part.length < batchLimits.items && bytes + item.bytes <= batchLimits.bytes) {
      part.push(item);
      bytes += item.bytes;
    } else {
      parts.push([item]);
      bytes = frameBytes + item.bytes;
    }
  }
  return parts;
}

function shortName(kind: string, name: string): string {
  // tenants/red reads as tenant/red: one object.
  return `${kind.replace(/s$/, '')}/${name}`;
}

/** With the places in the files, where the problem is in one of their objects. */
function refusalOf(items: readonly Item[], status: number, body: unknown): CliError {
  const describe = ({ item: place, pointer, detail, object: other }: ProblemDetail): string | undefined => {
    const own = place === undefined ? undefined : items[place]?.object;
    if (own && !other) return formatProblem(own.problemAt(pointer, detail));
    const named =
      other && items.find(({ object }) => object.kind === other.kind && object.document.name === other.name);
    // The server keeps lists in an order of its own: only up to them its pointer says where.
    if (named) return formatProblem(named.object.problemAt(pointer.replace(/\/\d+(\/.*)?$/, ''), detail));
    return own && other
      ? formatProblem(own.problemAt('', `${other.kind}/${other.name} ${pointer}: ${detail}`))
      : undefined;
  };
  return new CliError(exitCodes.refused, `refused: ${formatProblemDocument(status, body, describe)}`);
}
