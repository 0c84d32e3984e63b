// `npm run bench:engine [-- TENANTS…]`: what the policy's program costs, by the number of tenants: processor time of the whole
// and of single changes, memory. A tenant has five interfaces of four hosts on VNIs, a default route and a NAT rule; all share one
// outer interface and one pool. Each size is measured in a process of its own. Nothing is asserted: machines are noisy.

import { execFileSync } from 'node:child_process';
import { formatIp, parseMac, parsePrefix } from '../src/lib/address.ts';
import type { Documents } from '../src/policy/documents.ts';
import type { FactWriter } from '../src/policy/engine/program.ts';
import type { Table } from '../src/policy/engine/table.ts';
import {
  allocatedChunks,
  bindings,
  documentTables,
  numbers,
  type ObjectNumbers,
  ofports,
  self,
} from '../src/policy/facts/base.ts';
import { flows } from '../src/policy/facts/outcome.ts';
import { problems } from '../src/policy/facts/problems.ts';
import type { HostDocument, InterfaceDocument } from '../src/policy/kinds/interfaces.ts';
import type { Kind } from '../src/policy/kinds/names.ts';
import type { NatRuleDocument } from '../src/policy/kinds/nat-rules.ts';
import type { RouteDocument } from '../src/policy/kinds/routes.ts';
import type { NodeConfig } from '../src/policy/node.ts';
import { vxlanPort } from '../src/policy/node.ts';
import { policyProgram } from '../src/policy/program.ts';

const interfacesOfTenant = 5;
const hostsOfInterface = 4;
const changes = 1000;
const warmUp = 300;

const farVtep = '192.0.2.11';
const node: NodeConfig = {
  ...{ name: 'bench', datapathType: 'netdev', datapathFallback: undefined, fence: undefined, otherConfig: new Map() },
  ...{ physicalBridge: 'br-phy', physicalMac: parseMac('02:70:6d:00:00:01') },
  ...{ integrationBridge: 'br-int', integrationMac: parseMac('02:70:6d:00:00:02') },
  physicalPorts: [{ name: 'p1', type: 'auto', options: new Map(), mtuRequest: undefined, rxQueues: undefined }],
  representors: [],
  vteps: [{ name: 'evpn', address: parsePrefix('192.0.2.1/24'), port: 'p1', infraVlan: undefined, device: 'br-phy' }],
};

type Put = FactWriter['put'];

/** A document, and its numbers. */
function putObject<K extends Kind>(put: Put, kind: K, document: Documents[K], of: Partial<ObjectNumbers>): void {
  put(documentTables[kind] as Table<Documents[K]>, document);
  put(numbers, { kind, name: document.name, id: 0, index: undefined, zone: undefined, ...of });
  if (kind === 'interfaces') put(bindings, { kind: 'interfaces', name: document.name, node: node.name });
}

function putShared({ put }: FactWriter): void {
  put(self, node);
  put(ofports, { bridge: 'integration', device: vxlanPort, ofport: 1 });
  const outside: InterfaceDocument = {
    ...{ name: 'outside', role: 'outer', mac: '02:00:00:00:30:01', addresses: ['198.51.100.1/24'] },
    ...{ remoteVteps: [], arpRate: 100, hosts: [{ mac: '02:00:00:00:30:02', addresses: ['198.51.100.254'] }] },
    attachment: { type: 'vlan', port: 'p1', vlan: 100 },
  };
  putObject(put, 'interfaces', outside, { id: 1, index: 1 });
}

function putPool({ put }: FactWriter, tenants: number): void {
  const addresses = Array.from({ length: Math.ceil(tenants / 15) }, (_, i) => addressOf(i * 15));
  const pool = { name: 'pool', interface: 'outside', addresses, ports: { min: 1024, max: 65535 }, chunkSize: 4096 };
  putObject(put, 'nat-pools', pool, { id: 2 });
}

function addressOf(i: number): string {
  return formatIp({ family: 4, value: 0xcb00_7100 + Math.floor(i / 15) });
}

function interfaceOf(i: number, j: number, extra: readonly HostDocument[] = []): InterfaceDocument {
  const name = `t${i}-${j}`;
  const hosts = Array.from({ length: hostsOfInterface }, (_, h) => ({
    ...{ mac: `02:00:00:00:01:1${h}`, addresses: [`10.${j}.0.${10 + h}`] },
    vtep: farVtep,
  }));
  return {
    ...{ name, role: 'inner', tenant: `t${i}`, attachment: { type: 'vni', vni: name }, mac: '02:00:00:00:00:01' },
    ...{ addresses: [`10.${j}.0.1/24`], hosts: [...hosts, ...extra], remoteVteps: [], arpRate: 100 },
  };
}

function putTenant({ put }: FactWriter, i: number): void {
  const tenant = `t${i}`;
  putObject(put, 'tenants', { name: tenant }, { id: 10 + i, zone: 1 + i });
  for (let j = 0; j < interfacesOfTenant; j++) {
    const n = i * interfacesOfTenant + j;
    const vni = { name: `${tenant}-${j}`, tenant, vni: 1000 + n, vtep: 'evpn' };
    putObject(put, 'vnis', vni, { id: 400_000 + n });
    putObject(put, 'interfaces', interfaceOf(i, j), { id: 100_000 + n, index: 2 + n });
  }
  putObject(put, 'routes', routeOf(i, '198.51.100.254'), { id: 200_000 + i });
  putObject(put, 'nat-rules', ruleOf(i, '10.0.0.0/8'), { id: 300_000 + i });
  const range = { address: addressOf(i), port: 4096 * (1 + (i % 15)), size: 4096, icmp: i % 15 === 0 };
  put(allocatedChunks, { tenant, pool: 'pool', node: node.name, ...range });
}

function routeOf(i: number, nextHop: string): RouteDocument {
  return { name: `r${i}`, tenant: `t${i}`, interface: 'outside', destination: '0.0.0.0/0', nextHop };
}

function ruleOf(i: number, source: string): NatRuleDocument {
  return { name: `n${i}`, tenant: `t${i}`, source, pool: 'pool' };
}

const memory = () => {
  globalThis.gc?.();
  return process.memoryUsage();
};

function measure(tenants: number): readonly string[] {
  const before = memory().heapUsed;
  const program = policyProgram();
  const start = process.cpuUsage();
  program.change(writer => {
    putShared(writer);
    putPool(writer, tenants);
    for (let i = 0; i < tenants; i++) putTenant(writer, i);
  });
  const { user, system } = process.cpuUsage(start);
  const seconds = (user + system) / 1e6;
  const count = program.size(flows.integration) + program.size(flows.physical);
  if (program.faults.length + program.collisions.length > 0) throw new Error('the program has faults or collisions');
  for (const { detail } of program.rows(problems)) throw new Error(detail);
  const peak = process.resourceUsage().maxRSS * 1024;
  const { heapUsed, rss } = memory();
  const mega = (bytes: number) => `${(bytes / 2 ** 20).toFixed(0)} MB`;
  const single = (act: (facts: FactWriter, i: number, round: number) => void): string => {
    const times = Array.from({ length: warmUp + changes }, (_, round) => {
      const begin = process.cpuUsage();
      program.change(writer => act(writer, (round * 7) % tenants, round));
      const { user, system } = process.cpuUsage(begin);
      return user + system;
    })
      .slice(warmUp)
      .sort((a, b) => a - b);
    const at = (share: number) => (times[Math.floor(share * times.length)] ?? 0).toFixed(0);
    return `${at(0.5)}/${at(0.99)}`;
  };
  return [
    ...[String(tenants), String(count), String(program.instanceCount), seconds.toFixed(2)],
    single(({ put }, i, round) => put(documentTables.routes, routeOf(i, `198.51.100.${1 + (round % 250)}`))),
    single(({ put }, i, round) => {
      const host = { mac: '02:00:00:00:02:01', addresses: [`10.0.0.${100 + (round % 100)}`], vtep: farVtep };
      put(documentTables.interfaces, interfaceOf(i, 0, [host]));
    }),
    single(({ put }, i, round) => put(documentTables['nat-rules'], ruleOf(i, `10.${round % 250}.0.0/16`))),
    ...[mega(heapUsed - before), mega(rss), mega(peak)],
  ];
}

const row = (cells: readonly string[]) => console.log(cells.map(cell => cell.padStart(12)).join(''));

const [of, size] = process.argv.slice(2);
if (of === 'one') {
  const result = measure(Number(size));
  console.log(JSON.stringify(result));
} else {
  row(['tenants', 'flows', 'instances', 'whole, s', 'route, µs', 'host, µs', 'rule, µs', 'heap', 'RSS', 'peak']);
  const sizes = process.argv.length > 2 ? process.argv.slice(2) : ['10', '100', '1000'];
  for (const tenants of sizes) {
    const args = [...process.execArgv, process.argv[1] ?? '', 'one', tenants];
    row(JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' })) as string[]);
  }
  console.log('Of single changes: processor time, median/99th percentile.');
}
