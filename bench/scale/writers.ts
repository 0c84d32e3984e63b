// `npm run bench:writers -- [--tenants 100] [--writers 16]`: three nodes on one cluster, each a pointsman with an ovs-vswitchd of
// its own. First the writers of one node load the tenants, then those of all three as many again; then they change routes, each
// its own tenants', with one write in the middle that waits for its switch. Prints how fast that is, and how often a write was
// planned anew because that of another node came in between.

import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Lab } from '../../test/lab/lab.ts';
import { startOvs } from '../../test/lab/ovs.ts';
import { LabPointsman } from '../../test/lab/pointsman.ts';
import { NET } from '../../test/lab/topology.ts';
import { Cluster } from '../../test/ovs/ovsdb/cluster.ts';
import { Writer } from './client.ts';
import { type Put, route, sharedPuts, tenantPuts } from './intent.ts';

const { values } = parseArgs({
  options: { tenants: { type: 'string', default: '100' }, writers: { type: 'string', default: '16' } },
});
const tenants = Number(values.tenants);
const writerCount = Number(values.writers);
const names = ['n1', 'n2', 'n3'];
const schema = fileURLToPath(new URL('../../schemas/pointsman.ovsschema', import.meta.url));

const cluster = await Cluster.start(schema, 'Pointsman');
const lab = await Lab.open();

async function startNode(name: string, number: number): Promise<LabPointsman> {
  const netns = await lab.namespace(name);
  const peer = await lab.namespace(`${name}-peer`);
  await lab.veth(netns, NET.uplink, peer, 'eth0');
  await lab.veth(netns, NET.representor, peer, 'eth1');
  const ovs = await startOvs(lab, { netns, name: `ovs-${name}` });
  const remotes = cluster.endpoints.map(endpoint => `"unix:${endpoint.kind === 'unix' ? endpoint.path : ''}"`);
  const node = await LabPointsman.prepare(lab, ovs, {
    name,
    vteps: { evpn: `192.0.2.${number}/24`, aci: `192.0.3.${number}/24` },
    state: `  remotes: [${remotes.join(', ')}]\n  lease: 60`,
    program: [fileURLToPath(new URL('../../dist/controller/main.js', import.meta.url))],
  });
  await node.start();
  return node;
}

/** @returns writes a second, and how many were planned anew */
async function measure(nodes: readonly LabPointsman[], puts: (node: number) => Iterator<readonly Put[]>) {
  const retriesOf = async () => {
    const all = await Promise.all(nodes.map(node => node.api('GET', '/v1/status')));
    return all.reduce((sum, { body }) => sum + (body as { state: { retries: number } }).state.retries, 0);
  };
  const before = await retriesOf();
  const began = performance.now();
  let count = 0;
  await Promise.all(
    nodes.flatMap(({ socket }, node) => {
      const left = puts(node);
      return Array.from({ length: writerCount }, async () => {
        const writer = new Writer(socket);
        for (let next = left.next(); !next.done; next = left.next())
          for (const put of next.value) {
            await writer.put(put);
            count++;
          }
        writer.close();
      });
    }),
  );
  const seconds = (performance.now() - began) / 1000;
  return { count, rate: count / seconds, retries: (await retriesOf()) - before };
}

function print(what: string, { count, rate, retries }: Awaited<ReturnType<typeof measure>>): void {
  process.stdout.write(
    `${what.padEnd(44)}${String(count).padStart(8)}${rate.toFixed(1).padStart(10)}${String(retries).padStart(10)}\n`,
  );
}

try {
  const nodes: LabPointsman[] = [];
  for (const [i, name] of names.entries()) nodes.push(await startNode(name, i + 1));
  const [first] = nodes as [LabPointsman];
  const lone = new Writer(first.socket);
  for (const put of sharedPuts(2 * tenants)) await lone.put(put);
  process.stdout.write(`${''.padEnd(44)}${'writes'.padStart(8)}${'a second'.padStart(10)}${'again'.padStart(10)}\n`);
  const numbers = Array.from({ length: 2 * tenants }, (_, i) => i + 1);
  const loadOf = (own: readonly number[]) => own.map(tenantPuts).values();
  print('load by one node', await measure([first], () => loadOf(numbers.slice(0, tenants))));
  const rest = numbers.slice(tenants);
  print('load by three', await measure(nodes, node => loadOf(rest.filter(i => i % 3 === node))));
  const routesOf = (own: readonly number[]) =>
    Array.from({ length: 5 }, (_, round) => own.map(i => [route(`t${i}`, `${round + 1}.0.0.0/8`)]))
      .flat()
      .values();
  print('routes of 16 writers at one node', await measure([first], () => routesOf(numbers.slice(1))));
  const routes = measure(nodes, node => routesOf(numbers.slice(1).filter(i => i % 3 === node)));
  await new Promise(resolve => setTimeout(resolve, 500));
  const { took } = await lone.put(route('t1', '9.0.0.0/8'), '?wait=installed&timeout=60');
  print('routes of 16 writers at each of three', await routes);
  process.stdout.write(`a lone write among them, installed, ms ${took.toFixed(1)}\n`);
  lone.close();
  for (const node of nodes) await node.stop();
} finally {
  await lab.close();
  cluster.remove();
}
