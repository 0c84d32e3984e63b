// `npm run bench:engine [-- TENANTS…]`: what the policy's program costs, by the number of tenants: processor time of the whole
// and of single changes, memory. A tenant has five interfaces of four hosts on VNIs, a default route and a NAT rule; all share one
// outer interface and one pool. Each size is measured in a process of its own. Nothing is asserted: machines are noisy.

import { execFileSync } from 'node:child_process';
import { parseIp, parseMac, parsePrefix } from '../src/lib/address.ts';
import type { FactWriter } from '../src/policy/engine/program.ts';
import { ofports, self } from '../src/policy/facts/base.ts';
import * as facts from '../src/policy/facts/objects.ts';
import { flows } from '../src/policy/facts/outcome.ts';
import type { NodeConfig } from '../src/policy/node.ts';
import { vxlanPort } from '../src/policy/node.ts';
import { policyProgram } from '../src/policy/program.ts';

const interfacesOfTenant = 5;
const hostsOfInterface = 4;
const changes = 1000;
const warmUp = 300;

const here = { kind: 'here' } as const;
const vtep = parseIp('192.0.2.1');
const farVteps = ['192.0.2.11', '192.0.2.12'].map(parseIp);
const node: NodeConfig = {
  ...{ name: 'bench', datapathType: 'netdev', datapathFallback: undefined, fence: 45, otherConfig: new Map() },
  ...{ physicalBridge: 'br-phy', physicalMac: parseMac('02:70:6d:00:00:01') },
  ...{ integrationBridge: 'br-int', integrationMac: parseMac('02:70:6d:00:00:02') },
  ...{ physicalPorts: [], representors: [], vteps: [] },
};

function putShared({ put }: FactWriter): void {
  put(self, node);
  put(ofports, { bridge: 'integration', device: vxlanPort, ofport: 1 });
  putLeg({ put }, { name: 'outside', id: 1, index: 1, role: 'outer', tenant: undefined }, '198.51.100.1/24');
  put(facts.wires, { interface: 'outside', kind: 'vlan', port: 'p1', vlan: 100 });
  put(facts.hosts, hostOf('outside', 1, '198.51.100.254', undefined));
  put(facts.natPools, { name: 'pool', id: 2, interface: 'outside' });
}

function putLeg({ put }: Pick<FactWriter, 'put'>, leg: facts.Leg, prefix: string): void {
  const { name } = leg;
  put(facts.legs, leg);
  put(facts.gateways, { interface: name, mac: BigInt(0x020000000000 + leg.index), arpRate: 100, isPinned: false });
  put(facts.interfaceSites, { interface: name, site: here, answers: true });
  put(facts.subnets, { interface: name, prefix: parsePrefix(prefix) });
}

function hostOf(name: string, last: number, address: string, behind: facts.Host['vtep']): facts.Host {
  return { interface: name, mac: BigInt(0x020000010000 + last), addresses: [parseIp(address)], vtep: behind };
}

function putTenant({ put }: FactWriter, i: number): void {
  const tenant = `t${i}`;
  put(facts.tenants, { name: tenant, id: 10 + i, zone: 1 + i });
  for (let j = 0; j < interfacesOfTenant; j++) {
    const n = i * interfacesOfTenant + j;
    const name = `${tenant}-${j}`;
    put(facts.segments, { name, tenant, vni: 1000 + n, vtep: 'evpn', local: vtep });
    putLeg({ put }, { name, id: 100_000 + n, index: 2 + n, role: 'inner', tenant }, `10.${j}.0.1/24`);
    put(facts.wires, { interface: name, kind: 'vni', segment: name, remoteVteps: farVteps });
    for (let h = 0; h < hostsOfInterface; h++)
      put(facts.hosts, hostOf(name, h, `10.${j}.0.${10 + h}`, farVteps[h % farVteps.length]));
  }
  put(facts.routes, routeOf(i, '198.51.100.254'));
  put(facts.natRules, ruleOf(i, '10.0.0.0/8'));
  const address = 0xcb00_7100 + Math.floor(i / 15);
  const ip = { family: 4, value: address } as const;
  put(facts.poolAddresses, { pool: 'pool', interface: 'outside', ip, answered: true });
  const range = { address, port: 4096 * (1 + (i % 15)), size: 4096, icmp: i % 15 === 0 };
  put(facts.natChunks, { tenant, pool: 'pool', node: node.name, ...range, site: here });
}

function routeOf(i: number, nextHop: string): facts.Route {
  const names = { name: `r${i}`, tenant: `t${i}`, interface: 'outside' };
  return { ...names, id: 200_000 + i, destination: parsePrefix('0.0.0.0/0'), nextHop: parseIp(nextHop) };
}

function ruleOf(i: number, source: string): facts.NatRule {
  return { name: `n${i}`, id: 300_000 + i, tenant: `t${i}`, source: parsePrefix(source), pool: 'pool' };
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
    for (let i = 0; i < tenants; i++) putTenant(writer, i);
  });
  const { user, system } = process.cpuUsage(start);
  const seconds = (user + system) / 1e6;
  const count = program.size(flows.integration) + program.size(flows.physical);
  if (program.faults.length + program.collisions.length > 0) throw new Error('the program has faults or collisions');
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
    single(({ put }, i, round) => put(facts.routes, routeOf(i, `198.51.100.${1 + (round % 250)}`))),
    single(({ put }, i, round) =>
      put(facts.hosts, hostOf(`t${i}-0`, 100 + round, `10.0.0.${100 + (round % 100)}`, farVteps[0])),
    ),
    single(({ put }, i, round) => put(facts.natRules, ruleOf(i, `10.${round % 250}.0.0/16`))),
    ...[mega(heapUsed - before), mega(rss), mega(memory().rss)],
  ];
}

const row = (cells: readonly string[]) => console.log(cells.map(cell => cell.padStart(12)).join(''));

const [of, size] = process.argv.slice(2);
if (of === 'one') {
  const result = measure(Number(size));
  console.log(JSON.stringify(result));
} else {
  row(['tenants', 'flows', 'instances', 'whole, s', 'route, µs', 'host, µs', 'rule, µs', 'heap', 'RSS', 'RSS after']);
  const sizes = process.argv.length > 2 ? process.argv.slice(2) : ['10', '100', '1000'];
  for (const tenants of sizes) {
    const args = [...process.execArgv, process.argv[1] ?? '', 'one', tenants];
    row(JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' })) as string[]);
  }
  console.log('Of single changes: processor time, median/99th percentile.');
}
