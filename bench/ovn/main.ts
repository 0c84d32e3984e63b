// `npm run bench:ovn -- --root DIR [--tenants 1000] [--samples 50]`: what one change costs, from the request until the switch has it,
// with pointsman and with OVN, by turns in one run. DIR holds a Debian with OVN: docs/performance.md says how to make one.

import { parseArgs } from 'node:util';
import { median } from '../measure.ts';
import { Writer } from '../scale/client.ts';
import { route, sharedPuts, tenantPuts } from '../scale/intent.ts';
import { BenchNode } from '../scale/node.ts';
import { OvnChassis } from './chassis.ts';
import { buildTopology } from './topology.ts';

const { values } = parseArgs({
  options: {
    root: { type: 'string' },
    tenants: { type: 'string', default: '1000' },
    samples: { type: 'string', default: '50' },
  },
});
if (values.root === undefined) throw new Error('--root DIR is missing: a directory with a Debian that has OVN');
const tenants = Number(values.tenants);
const samples = Number(values.samples);
const note = (text: string) => process.stderr.write(`${text}\n`);

async function load(writer: Writer): Promise<void> {
  for (const put of sharedPuts(tenants)) await writer.put(put);
  for (let tenant = 1; tenant <= tenants; tenant++) for (const put of tenantPuts(tenant)) await writer.put(put);
  await writer.put({ kind: 'tenants', document: { name: 't1', description: 'loaded' } }, '?wait=installed&timeout=300');
}

function print(what: string, ...numbers: readonly string[]): void {
  process.stdout.write(`${what.padEnd(30)}${numbers.map(number => number.padStart(14)).join('')}\n`);
}

async function took(act: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await act();
  return performance.now() - began;
}

const node = await BenchNode.open();
const ovn = await OvnChassis.open(values.root).catch(async (error: unknown) => {
  await node.close();
  throw error;
});
try {
  note(`pointsman: ${tenants} tenants`);
  await node.start();
  const writer = new Writer(node.pointsman.socket);
  await load(writer);
  note('OVN: 200 switches of 10 ports, 2,400 ACLs, 200 NATs');
  await buildTopology(ovn);
  const ovnFlows = (await ovn.ofctl('dump-aggregate', 'br-int')).match(/flow_count=(\d+)/)?.[1];

  const acts: Readonly<Record<string, (i: number) => Promise<unknown>>> = {
    'pointsman: a route': i => writer.put(route('t1', `0.0.0.0/${i % 2}`), '?wait=installed'),
    'pointsman: a NAT rule': i =>
      writer.put(
        {
          kind: 'nat-rules',
          document: { name: 't1-out', tenant: 't1', source: `10.0.0.0/${8 + (i % 2)}`, pool: 'internet' },
        },
        '?wait=installed',
      ),
    'OVN: nothing': () => ovn.nbctl('--wait=hv', 'sync'),
    'OVN: an ACL': i => ovn.nbctl('--wait=hv', '--', 'acl-add', 's0', 'from-lport', String(2000 + i), 'tcp', 'drop'),
    'OVN: a NAT': i =>
      ovn.nbctl(
        '--wait=hv',
        '--',
        'lr-nat-add',
        'r0',
        'snat',
        `203.0.${113 + (i >> 8)}.${i & 255}`,
        `10.250.0.${i}/32`,
      ),
  };
  note('changes, by turns');
  const times = new Map(Object.keys(acts).map(name => [name, [] as number[]]));
  for (let i = 0; i < samples; i++)
    for (const [name, act] of Object.entries(acts)) times.get(name)?.push(await took(() => act(i)));
  writer.close();

  const ours = median(times.get('pointsman: a route') ?? []);
  print(await ovn.version(), `${ovnFlows} flows`);
  print('pointsman', `${await node.flowCount()} flows`);
  print('until the switch has it', 'p50, ms', 'to a route');
  for (const [name, all] of times) print(name, median(all).toFixed(1), `${(median(all) / ours).toFixed(1)}x`);
} finally {
  await ovn.close();
  await node.close();
}
