// `npm run build; node --import=tsx bench/scale/whole.ts [--tenants 100,1000]`: what looks at the whole, or might: for each the processor time
// of pointsman a request, ms, by the number of tenants.

import { parseArgs } from 'node:util';
import { batchLimits } from '../../src/controller/rest/batch-limits.ts';
import { type Put, sharedPuts, tenantPuts } from './intent.ts';
import { BenchNode } from './node.ts';

const { values } = parseArgs({
  options: { tenants: { type: 'string', default: '100,1000' }, times: { type: 'string', default: '50' } },
});
const times = Number(values.times);

async function measure(tenants: number, node: BenchNode): Promise<Map<string, number>> {
  const measured = new Map<string, number>();
  const api = async (method: string, path: string, body?: unknown) => {
    const answer = await node.pointsman.api(method, path, body as never);
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer;
  };
  const puts = [...sharedPuts(tenants), ...Array.from({ length: tenants }, (_, i) => tenantPuts(i + 1)).flat()];
  for (let at = 0; at < puts.length; at += batchLimits.items)
    await api('POST', '/v1/batch', {
      items: puts.slice(at, at + batchLimits.items).map(put => ({ op: 'put', ...put })),
    });
  const settle = async () => {
    while ((await node.pointsman.api('GET', '/readyz')).status !== 200)
      await new Promise(resolve => setTimeout(resolve, 50));
  };
  await settle();
  const each = async (what: string, work: (i: number) => Promise<unknown>) => {
    await new Promise(resolve => setTimeout(resolve, 1_000));
    await node.profile();
    const before = await node.cpu;
    for (let i = 0; i < times; i++) await work(i);
    await settle();
    measured.set(what, (((await node.cpu) - before) * 1000) / times);
    await node.profile();
  };
  const [outside, pool] = sharedPuts(tenants) as [Put, Put];
  const { addresses } = pool.document as unknown as { readonly addresses: readonly string[] };
  await each('GET /v1/tenants/t1', () => api('GET', '/v1/tenants/t1'));
  await each('GET /readyz', () => api('GET', '/readyz'));
  await each('GET /v1/status', () => api('GET', '/v1/status'));
  await each('a NAT rule more', i =>
    api('PUT', `/v1/nat-rules/more-${i}?wait=installed`, { tenant: 't1', source: `10.1.0.${i}/32`, pool: 'internet' }),
  );
  await each('a NAT rule of a new tenant', async i => {
    await api('PUT', `/v1/tenants/new-${i}`, {});
    await api('PUT', `/v1/nat-rules/new-${i}?wait=installed`, {
      tenant: `new-${i}`,
      source: `10.1.0.0/24`,
      pool: 'internet',
    });
  });
  await each('a NAT rule less', i => api('DELETE', `/v1/nat-rules/new-${i}?wait=installed`));
  await each('an address of the pool, more or less', i => {
    const { name: _, ...document } = pool.document;
    return api('PUT', '/v1/nat-pools/internet?wait=installed', {
      ...document,
      addresses: i % 2 ? addresses : [...addresses, '203.0.113.254'],
    });
  });
  await each('an interface of a tenant', i =>
    api('PUT', `/v1/interfaces/lan-${i}?wait=installed`, {
      ...{ role: 'inner', tenant: 't1', attachment: { type: 'vlan', port: 'p0', vlan: 100 + i } },
      ...{ mac: '02:70:6d:00:21:01', addresses: [`10.200.${i}.1/24`] },
    }),
  );
  await each('an outer interface', i =>
    api('PUT', `/v1/interfaces/wan-${i}?wait=installed`, {
      ...{ role: 'outer', attachment: { type: 'vlan', port: 'p0', vlan: 1000 + i } },
      ...{ mac: '02:70:6d:00:30:01', addresses: [`172.16.${i}.1/24`] },
    }),
  );
  await each('a host of the outer interface', i => {
    const { name: _, ...document } = outside.document;
    const hosts = document.hosts as readonly object[];
    const more = { mac: '02:00:00:00:30:77', addresses: ['198.51.100.77'] };
    return api('PUT', '/v1/interfaces/outside?wait=installed', {
      ...document,
      hosts: i % 2 ? hosts : [...hosts, more],
    });
  });
  return measured;
}

const columns: Map<string, number>[] = [];
const sizes = values.tenants.split(',').map(Number);
for (const tenants of sizes) {
  const node = await BenchNode.open();
  try {
    await node.start();
    columns.push(await measure(tenants, node));
    await node.pointsman.stop();
  } finally {
    await node.close();
  }
}
const print = (what: string, ...cells: readonly string[]) =>
  process.stdout.write(`${what.padEnd(46)}${cells.map(cell => cell.padStart(10)).join('')}\n`);
print('tenants', ...sizes.map(String));
for (const what of columns[0]?.keys() ?? [])
  print(what, ...columns.map(column => (column.get(what) ?? Number.NaN).toFixed(1)));
