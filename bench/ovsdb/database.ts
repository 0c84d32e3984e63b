// The database that is synchronised: like OVN's Port_Binding, the largest table that most OVSDB clients meet.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type DatabaseSchema, OvsdbClient, parseSchema, type UntypedTables, type Uuid } from 'pointsman/ovsdb-client';

export const schemaFile = fileURLToPath(new URL('bindings.ovsschema', import.meta.url));

export function readSchema(): DatabaseSchema {
  return parseSchema(JSON.parse(readFileSync(schemaFile, 'utf8')));
}

const networks = 200;
const perTransaction = 5_000;

export async function fill(path: string, rows: number): Promise<void> {
  const client = new OvsdbClient<UntypedTables>({ remotes: [{ kind: 'unix', path }], schema: readSchema() });
  client.start();
  const made = await client.transact([
    { op: 'insert', table: 'Counter', row: { n: 0 } },
    ...Array.from({ length: networks }, (_, i) => ({
      op: 'insert' as const,
      table: 'Network',
      row: { name: `network-${i}` },
    })),
  ]);
  if (made.kind !== 'committed') throw new Error(made.kind);
  const uuids = made.results.flatMap(each => (each.kind === 'insert' ? [each.uuid] : [])).slice(1);
  for (let base = 0; base < rows; base += perTransaction) {
    const count = Math.min(perTransaction, rows - base);
    const operations = Array.from({ length: count }, (_, i) => ({
      op: 'insert' as const,
      table: 'Binding',
      row: binding(base + i, uuids[(base + i) % networks] as Uuid),
    }));
    const result = await client.transact(operations);
    if (result.kind !== 'committed') throw new Error(result.kind);
  }
  await client.close();
}

function binding(n: number, network: Uuid) {
  const octets = `${n >> 16}.${(n >> 8) & 255}.${n & 255}`;
  const hex = n.toString(16).padStart(6, '0').match(/../g)?.join(':');
  return {
    logical_port: `port-${n}`,
    network,
    tunnel_key: (n % 32_767) + 1,
    mac: [`0a:00:00:${hex} 10.${octets}`],
    up: true,
    options: new Map([['requested-chassis', `host-${n % 100}`]]),
    external_ids: new Map([
      ['neutron:port_name', `vm-${n}`],
      ['neutron:revision_number', '5'],
    ]),
  };
}
