// `pointsman get` and `pointsman delete`: objects as the server has them.

import { stringify } from 'yaml';
import { z } from 'zod';
import type { Kind } from '../../policy/kinds/names.ts';
import { type ApiClient, apiPath } from './api-client.ts';
import type { CliOutput } from './cli-error.ts';
import { partsOf, printYaml } from './print-objects.ts';

export type Format = 'yaml' | 'json';

const pageSchema = z.object({ items: z.array(z.unknown()), next: z.string().optional() });
const pageSize = 1000;

export interface GetOptions {
  readonly name: string | undefined;
  readonly selector: string | undefined;
  readonly format: Format;
}

export async function get(client: ApiClient, kind: Kind, options: GetOptions, output: CliOutput): Promise<void> {
  const { name, selector, format } = options;
  const items =
    name === undefined
      ? await listAll(client, kind, selector)
      : [(await client.expectOk('GET', apiPath(kind, name))).body];
  // A file that `apply` takes.
  if (format === 'yaml' && items.length > 0) printYaml(partsOf(kind, items), output);
  else output.out(formatValue({ [kind]: items }, format));
}

/** YAML or JSON, without the last line break. */
export function formatValue(value: unknown, format: Format): string {
  return format === 'json' ? JSON.stringify(value, null, 2) : stringify(value).trimEnd();
}

async function listAll(client: ApiClient, kind: Kind, selector: string | undefined): Promise<readonly unknown[]> {
  const items: unknown[] = [];
  let after: string | undefined;
  do {
    const query = new URLSearchParams({
      limit: String(pageSize),
      ...(after === undefined ? {} : { after }),
      ...(selector === undefined ? {} : { selector }),
    });
    const page = pageSchema.parse((await client.expectOk('GET', `${apiPath(kind)}?${query}`)).body);
    items.push(...page.items);
    after = page.next;
  } while (after !== undefined);
  return items;
}

export async function remove(
  client: ApiClient,
  kind: Kind,
  name: string,
  wait: { readonly wait: boolean; readonly timeout: number },
  output: CliOutput,
): Promise<void> {
  const query = wait.wait ? `?wait=installed&timeout=${wait.timeout}` : '';
  await client.expectOk('DELETE', `${apiPath(kind, name)}${query}`, undefined, wait.wait ? wait.timeout * 1000 : 0);
  output.out(`${kind.replace(/s$/, '')}/${name} deleted`);
}
