// `pointsman connections`: what the datapath remembers of the tenants' connections, a line each; and their end.

import { z } from 'zod';
import { type ConnectionReport, connectionReportSchema } from '../rest/runtime.ts';
import { type ApiClient, apiPath } from './api-client.ts';
import { CliError, type CliOutput, exitCodes } from './cli-error.ts';
import { formatValue } from './get-command.ts';
import { formatTable } from './ovsdb-format.ts';

/** As REST names them. */
export const connectionFilters = ['tenant', 'rule', 'interface', 'protocol', 'inside', 'outside', 'remote'] as const;

export type ConnectionFilters = Readonly<Partial<Record<(typeof connectionFilters)[number], string>>>;

export interface ConnectionOptions {
  readonly filters: ConnectionFilters;
  readonly limit: number;
  readonly format: 'text' | 'json';
}

const pageSize = 1000;
/** Both take as long as the datapath does to go through its connections, ms. */
const patience = 60_000;

const pageSchema = z.object({ items: z.array(connectionReportSchema), next: z.string().optional() });
const endedSchema = z.object({ ended: z.int(), left: z.int() });

export async function connections(
  client: ApiClient,
  { filters, limit, format }: ConnectionOptions,
  output: CliOutput,
): Promise<void> {
  const found: ConnectionReport[] = [];
  let after: string | undefined;
  do {
    const most = String(Math.min(pageSize, limit - found.length));
    const query = new URLSearchParams({ ...filters, limit: most, ...(after === undefined ? {} : { after }) });
    const { body } = await client.expectOk('GET', `${apiPath('connections')}?${query}`, undefined, patience);
    const { items, next } = parsed(pageSchema, body);
    found.push(...items);
    after = next;
  } while (after !== undefined && found.length < limit);
  if (format === 'json') return output.out(formatValue(found, 'json'));
  const names = ['TENANT', 'CAUSE', 'PROTOCOL', 'INSIDE', 'OUTSIDE', 'REMOTE', 'STATE', 'TIMEOUT'];
  for (const line of formatTable(names, found.map(cellsOf))) output.out(line);
  if (after !== undefined) output.err(`there are more than ${limit}: --limit shows them`);
}

export async function endConnections(client: ApiClient, filters: ConnectionFilters, output: CliOutput): Promise<void> {
  const path = `${apiPath('connections')}?${new URLSearchParams({ ...filters })}`;
  const { body } = await client.expectOk('DELETE', path, undefined, patience);
  const { ended, left } = parsed(endedSchema, body);
  output.out(`${ended} connections ended${left === 0 ? '' : `; ${left} have neither ports nor identifiers, and stay`}`);
}

function parsed<T>(schema: z.ZodType<T>, body: unknown): T {
  const { success, data } = schema.safeParse(body);
  if (!success) throw new CliError(exitCodes.unreachable, 'the answer has no connections; is that a pointsman?');
  return data;
}

function cellsOf({ tenant, rule, forward, protocol, state, timeout, ...ends }: ConnectionReport): readonly string[] {
  return [
    ...[tenant, rule ?? forward ?? '-', protocol],
    ...[placeOf(ends.inside), placeOf(ends.outside), placeOf(ends.remote)],
    ...[state ?? '-', timeout === undefined ? '-' : `${timeout} s`],
  ];
}

/** As the filters take it. */
function placeOf({ address, port }: ConnectionReport['inside']): string {
  if (port === undefined) return address;
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}
