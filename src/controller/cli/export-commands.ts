// `pointsman export` and `pointsman import`: the whole intent as a file that `apply` takes, and with the numbers that were
// given out, as one that a new state takes.

import { z } from 'zod';
import { kinds } from '../../policy/kinds/names.ts';
import type { ProblemDetail } from '../rest/problem.ts';
import { formatProblem } from '../yaml/problem.ts';
import { type ApiClient, apiPath } from './api-client.ts';
import { CliError, type CliOutput, exitCodes } from './cli-error.ts';
import { formatProblemDocument } from './format-problem.ts';
import type { Format } from './get-command.ts';
import { readExportFiles } from './intent-files.ts';
import { type Part, partsOf, printYaml } from './print-objects.ts';

export interface ExportOptions {
  readonly selector: string | undefined;
  readonly withAllocations: boolean;
  readonly format: Format;
}

const object = z.looseObject({ name: z.string() });
const exportSchema = z.object({
  numbers: z.unknown().optional(),
  objects: z.partialRecord(z.enum(kinds), z.array(object)),
});

/** How long a server may take for all there is, ms. */
const exportTime = 120_000;
const importTime = 300_000;

export async function exportAll(client: ApiClient, options: ExportOptions, output: CliOutput): Promise<void> {
  const { selector, withAllocations, format } = options;
  const query = new URLSearchParams({
    ...(selector === undefined ? {} : { selector }),
    ...(withAllocations ? { allocations: 'true' } : {}),
  });
  const { body } = await client.expectOk('GET', `${apiPath('export')}?${query}`, undefined, exportTime);
  const parsed = exportSchema.safeParse(body);
  if (!parsed.success) throw new CliError(exitCodes.unreachable, 'the answer is no export; is that a pointsman?');
  const { numbers, objects } = parsed.data;
  const parts = kinds.flatMap(kind => partsOf(kind, objects[kind] ?? []));
  const all = numbers === undefined ? parts : [{ key: 'numbers', value: numbers }, ...parts];
  if (format === 'yaml') printYaml(all, output);
  else printJson(all, output);
}

/** One object a line. */
function printJson(parts: readonly Part[], output: CliOutput): void {
  const groups = new Map<string, unknown[]>();
  const lines: string[] = [];
  for (const { key, value } of parts)
    if (Array.isArray(value)) groups.set(key, [...(groups.get(key) ?? []), ...value]);
    else lines.push(`${JSON.stringify(key)}: ${JSON.stringify(value)}`);
  for (const [key, group] of groups)
    lines.push(`${JSON.stringify(key)}: [\n${group.map(one => JSON.stringify(one)).join(',\n')}\n]`);
  output.out(lines.length === 0 ? '{}' : `{\n${lines.join(',\n')}\n}`);
}

export interface ImportOptions {
  readonly file: readonly string[];
  /** Names of nodes in the files, and what they are here. */
  readonly nodes: ReadonlyMap<string, string>;
}

const importedSchema = z.object({ objects: z.int(), generation: z.int() });

export async function importAll(client: ApiClient, { file, nodes }: ImportOptions, output: CliOutput): Promise<void> {
  const { objects, numbers } = await readExportFiles(file);
  if (!numbers)
    throw new CliError(
      exitCodes.usage,
      'the files have no numbers: they are no export --with-allocations; apply takes others',
    );
  const groups = Object.fromEntries(
    kinds.map(kind => [
      kind,
      objects.filter(object => object.kind === kind).map(({ document }) => mapNodes(document, nodes)),
    ]),
  );
  const response = await client.request('POST', apiPath('import'), { numbers, objects: groups }, importTime);
  if (response.status >= 400) {
    const places = new Map(objects.map(each => [`${each.kind}/${each.document.name}`, each]));
    const describe = ({ pointer, detail, object: named }: ProblemDetail): string | undefined => {
      const own = named && places.get(`${named.kind}/${named.name}`);
      return own && formatProblem(own.problemAt(pointer, detail));
    };
    throw new CliError(
      exitCodes.refused,
      `refused: ${formatProblemDocument(response.status, response.body, describe)}`,
    );
  }
  const done = importedSchema.safeParse(response.body);
  if (!done.success)
    throw new CliError(exitCodes.unreachable, 'the answer does not say what became of it; is that a pointsman?');
  output.out(`${done.data.objects} objects imported, at generation ${done.data.generation}`);
}

/** What stands on nodes of other names here. A pin of an attachment is part of the intent, and goes with its node. */
function mapNodes(document: unknown, nodes: ReadonlyMap<string, string>): unknown {
  if (nodes.size === 0) return document;
  const { allocation, attachment, ...rest } = document as {
    allocation: { node?: string; chunks?: { node: string }[] };
    attachment?: { node?: string };
  };
  const mapped = <T extends { node?: string }>(value: T): T =>
    value.node === undefined ? value : { ...value, node: nodes.get(value.node) ?? value.node };
  return {
    ...rest,
    ...(attachment ? { attachment: mapped(attachment) } : {}),
    allocation: {
      ...mapped(allocation),
      ...(allocation.chunks ? { chunks: allocation.chunks.map(mapped) } : {}),
    },
  };
}
