// A database of Open_vSwitch that claims whatever vswitchd a test needs, and ovs-vsctl as the judge of what is in it.

import { execFileSync } from 'node:child_process';
import type { Test } from 'tap';
import { switchMonitor } from '../../../src/controller/bridges/switch-source.ts';
import { parseConfig } from '../../../src/controller/config/config.ts';
import type { ActiveEndpoint } from '../../../src/lib/endpoint.ts';
import { type OpenVSwitchTables, openVSwitchSchema } from '../../../src/ovsdb/generated/open-vswitch.ts';
import { OvsdbClient } from '../../../src/ovsdb/index.ts';
import type { FlowTableNames } from '../../../src/policy/bridges.ts';
import type { NodeConfig } from '../../../src/policy/node.ts';
import { createPrivateServer } from '../ovsdb/server.ts';

export interface SwitchDatabaseFixture {
  readonly client: OvsdbClient<OpenVSwitchTables>;
  /** ovs-vsctl, not waiting for a vswitchd. */
  readonly vsctl: (...args: string[]) => string;
  /** A table's rows as `value value …` lines, in the order of the alphabet. */
  readonly list: (table: string, ...columns: string[]) => readonly string[];
  /** Every row of the tables that pointsman writes, for before and after. */
  readonly dump: () => string;
}

export interface Claims {
  readonly datapathTypes?: readonly string[];
  readonly ifaceTypes?: readonly string[];
  readonly schemaFile?: string;
}

export const tables: FlowTableNames = {
  physical: new Map([[0, 'uplink']]),
  integration: new Map([
    [0, 'ingress'],
    [1, 'interface'],
  ]),
};

export async function openDatabase(test: Test, claims: Claims = {}): Promise<SwitchDatabaseFixture> {
  const server = await createPrivateServer(claims.schemaFile);
  test.teardown(() => server.remove());
  await server.start();
  const database = `--db=unix:${server.directory}/db.sock`;
  const vsctl = (...args: string[]) =>
    execFileSync('ovs-vsctl', [database, '--no-wait', '--timeout=10', ...args], { encoding: 'utf8' });
  vsctl('init');
  if (claims.datapathTypes) vsctl('set', 'Open_vSwitch', '.', `datapath_types=[${claims.datapathTypes.join(',')}]`);
  if (claims.ifaceTypes) vsctl('set', 'Open_vSwitch', '.', `iface_types=[${claims.ifaceTypes.join(',')}]`);
  return {
    client: await openClient(test, server.unix),
    vsctl,
    list: (table, ...columns) => listRows(vsctl, table, columns),
    dump: () => server.ovsdbClient('dump', 'Open_vSwitch'),
  };
}

export async function openClient(test: Test, endpoint: ActiveEndpoint): Promise<OvsdbClient<OpenVSwitchTables>> {
  const client = new OvsdbClient<OpenVSwitchTables>({
    remotes: [endpoint],
    schema: openVSwitchSchema,
    monitor: switchMonitor,
  });
  test.teardown(() => client.close());
  client.start();
  await client.synced(AbortSignal.timeout(10_000));
  return client;
}

function listRows(vsctl: (...args: string[]) => string, table: string, columns: readonly string[]): readonly string[] {
  const csv = vsctl('--format=table', '--no-headings', `--columns=${columns.join(',')}`, 'list', table);
  return csv
    .split('\n')
    .map(line => line.trim().replaceAll(/ {2,}/g, ' '))
    .filter(line => line !== '')
    .sort();
}

/** Waits until the replica has caught up with what ovs-vsctl did. */
export async function catchUp({ client }: Pick<SwitchDatabaseFixture, 'client'>): Promise<void> {
  // The server answers in order: what was committed before this has been sent before its reply.
  await client.echo([]);
}

/** The node of a configuration text. */
export function nodeOf(text: string): NodeConfig {
  return parseConfig(text, 'test.yaml', { hostname: 'node1' }).node;
}
