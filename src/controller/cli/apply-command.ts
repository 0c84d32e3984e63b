// `pointsman apply`: makes the node's intent hold the objects of the files. What the files do not name stays.

import { isDeepStrictEqual } from 'node:util';
import { canonicalDocument } from '../../policy/documents.ts';
import type { ProblemDetail } from '../rest/problem.ts';
import { formatProblem } from '../yaml/problem.ts';
import { type ApiClient, apiPath } from './api-client.ts';
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

type Outcome = 'created' | 'updated' | 'unchanged';

export async function apply(client: ApiClient, options: ApplyOptions, output: CliOutput): Promise<void> {
  const objects = await readIntentFiles(options.file);
  const counts: Record<Outcome, number> = { created: 0, updated: 0, unchanged: 0 };
  const summary = () => `${counts.created} created, ${counts.updated} updated, ${counts.unchanged} unchanged`;
  const refusal = refusalIn(objects);
  for (const object of objects) {
    const label = labelOf(object);
    try {
      const outcome = options.dryRun ? await compare(client, object, refusal) : await put(client, object, refusal);
      counts[outcome]++;
      output.out(`${label} ${outcome}${options.dryRun ? ' (dry run)' : ''}`);
    } catch (error) {
      const left = objects.length - counts.created - counts.updated - counts.unchanged;
      if (counts.created + counts.updated > 0 && !options.dryRun) output.err(`${summary()}, ${left} left undone`);
      throw error;
    }
  }
  const last = objects.at(-1);
  if (options.wait && !options.dryRun && last) await waitInstalled(client, last, options.timeout, refusal);
  output.out(options.dryRun ? `${summary()} (dry run)` : summary());
}

function labelOf({ kind, document }: IntentObject): string {
  // tenants/red reads as tenant/red: one object.
  return `${kind.replace(/s$/, '')}/${document.name}`;
}

async function put(client: ApiClient, object: IntentObject, refusal: Refusal): Promise<Outcome> {
  const { kind, document } = object;
  const response = await client.request('PUT', apiPath(kind, document.name), document);
  if (response.status >= 400) throw refusal(object, response.status, response.body);
  const outcome = response.headers['pointsman-outcome'];
  if (outcome === 'created' || outcome === 'updated' || outcome === 'unchanged') return outcome;
  throw new CliError(exitCodes.unreachable, 'the answer does not say what became of the object; is that a pointsman?');
}

async function compare(client: ApiClient, object: IntentObject, refusal: Refusal): Promise<Outcome> {
  const { kind, document } = object;
  const response = await client.request('GET', apiPath(kind, document.name));
  if (response.status === 404) return 'created';
  if (response.status >= 400) throw refusal(object, response.status, response.body);
  const { status: _, ...stored } = { status: undefined, ...(response.body as object) };
  return isDeepStrictEqual(stored, canonicalDocument(kind, document)) ? 'unchanged' : 'updated';
}

/** Writes the last object again, which changes nothing, and waits for the generation it is in: that of all of them. */
async function waitInstalled(
  client: ApiClient,
  object: IntentObject,
  timeout: number,
  refusal: Refusal,
): Promise<void> {
  const path = `${apiPath(object.kind, object.document.name)}?wait=installed&timeout=${timeout}`;
  const response = await client.request('PUT', path, object.document, timeout * 1000);
  if (response.status >= 400) throw refusal(object, response.status, response.body);
}

/** Makes the error of an object that the server refuses. */
type Refusal = (object: IntentObject, status: number, body: unknown) => CliError;

/** With the places in the files, where the problem is in one of their objects. */
function refusalIn(objects: readonly IntentObject[]): Refusal {
  return (object, status, body) => {
    const describe = ({ pointer, detail, object: other }: ProblemDetail): string | undefined => {
      if (!other) return formatProblem(object.problemAt(pointer, detail));
      const known = objects.find(({ kind, document }) => kind === other.kind && document.name === other.name);
      // The server keeps lists in an order of its own: only up to them its pointer says where.
      return known && formatProblem(known.problemAt(pointer.replace(/\/\d+(\/.*)?$/, ''), detail));
    };
    const text = formatProblemDocument(status, body, describe);
    return new CliError(exitCodes.refused, `${labelOf(object)} refused: ${text}`);
  };
}
