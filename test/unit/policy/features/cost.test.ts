// What a change costs does not depend on who else is there: the same changes run the same instances among 50 tenants and
// among 200, and end where a program ends that is made from nothing.

import t from 'tap';
import { parseIp, parseMac, parsePrefix } from '../../../../src/lib/address.ts';
import type { FactWriter, Program } from '../../../../src/policy/engine/program.ts';
import { attached } from '../../../../src/policy/facts/base.ts';
import {
  gateways,
  hosts,
  interfaceSites,
  newConnections,
  poolAddresses,
  portForwards,
  portSites,
  routes,
  staticNats,
  tenantPolicies,
} from '../../../../src/policy/facts/objects.ts';
import { flows } from '../../../../src/policy/facts/outcome.ts';
import { liveProgramOf, type Objects, observed } from '../../../fixtures/demo-intent.ts';
import { featureProgram } from '../../../fixtures/feature-program.ts';
import { outside, range, tenantsAndVnis } from '../../../fixtures/many-tenants.ts';

/** Each tenant has hosts, ports, a router inside that is one of its ports, a way out, and NAT on the pool of all. */
function objectsOf(tenants: number): Objects {
  return {
    ...tenantsAndVnis(tenants),
    interfaces: [
      outside,
      ...range(tenants).map(i => ({
        name: `i${i}`,
        role: 'inner',
        tenant: `t${i}`,
        attachment: { type: 'vni', vni: `v${i}` },
        mac: '02:00:00:00:02:01',
        addresses: ['10.2.0.1/24', 'fd00:2::1/64'],
        hosts: range(4).map(h => ({ mac: `02:00:00:00:05:0${h}`, addresses: [`10.2.0.5${h}`], vtep: '192.0.2.11' })),
      })),
    ],
    ports: range(tenants).flatMap(i =>
      range(3).map(p => ({
        ...{ name: `p${i}-${p}`, interface: `i${i}`, mac: `02:00:00:00:04:0${p}` },
        addresses: [`10.2.0.2${p}`],
      })),
    ),
    routes: range(tenants).flatMap(i => [
      { ...out, name: `out${i}`, tenant: `t${i}` },
      ...range(4).map(r => ({
        ...{ name: `in${i}-${r}`, tenant: `t${i}`, interface: `i${i}`, nextHop: '10.2.0.20' },
        destination: `10.9.${r}.0/24`,
      })),
    ]),
    'nat-pools': [
      { name: 'pool', interface: 'outside', addresses: range(8).map(i => `203.0.113.${i}`), chunkSize: 1024 },
    ],
    'nat-rules': range(tenants).map(i => ({ name: `n${i}`, tenant: `t${i}`, source: '10.0.0.0/8', pool: 'pool' })),
  };
}

const out = { destination: '0.0.0.0/0', interface: 'outside', nextHop: '198.51.100.254' };

function programOf(objects: Objects): Program {
  const names = (objects.ports ?? []).map(port => (port as { readonly name: string }).name);
  const attached = new Map(names.map((name, i) => [name, 2000 + i]));
  return featureProgram(liveProgramOf(objects, { ...observed, attached }));
}

function flowsOf(program: Program): string[] {
  return Object.values(flows)
    .flatMap(table => [...program.rows(table)].map(({ key, content }) => `${key} ${content}`))
    .sort();
}

const here = { kind: 'here' } as const;
const inHost = { interface: 'i7', addresses: [parseIp('10.2.0.53')], vtep: parseIp('192.0.2.11') };
const router = { name: 'in7-3', id: 0, tenant: 't7', interface: 'i7', nextHop: parseIp('10.2.0.20') };

/** What changes, how, and how many instances may run for it at most. */
const changes: readonly (readonly [string, (facts: FactWriter, program: Program) => void, number])[] = [
  [
    "a host's MAC address",
    facts => {
      facts.delete(hosts, hosts.key({ ...inHost, mac: parseMac('02:00:00:00:05:03') }));
      facts.put(hosts, { ...inHost, mac: parseMac('02:00:00:00:05:99') });
    },
    10,
  ],
  ['the OpenFlow port of a machine', ({ put }) => put(attached, { port: 'p7-1', ofport: 1999 }), 10],
  ['the OpenFlow port of a router', ({ put }) => put(attached, { port: 'p7-0', ofport: 1998 }), 10],
  [
    'the destination of a route inside',
    ({ put }, program) => {
      const before = program.get(routes, router.name);
      if (before) put(routes, { ...before, destination: parsePrefix('10.10.3.0/24') });
    },
    10,
  ],
  [
    'the destination of a route outside',
    ({ put }, program) => {
      const before = program.get(routes, 'out7');
      if (before) put(routes, { ...before, destination: parsePrefix('192.0.0.0/8') });
    },
    10,
  ],
  [
    'one more address of a pool',
    ({ put }) =>
      put(poolAddresses, { pool: 'pool', interface: 'outside', ip: parseIp('203.0.113.99'), answered: true }),
    10,
  ],
  [
    'a host that gets an outside address',
    ({ put }) =>
      put(staticNats, {
        ...{ name: 's7', id: 90_000, tenant: 't7', interface: 'outside' },
        ...{ inside: parseIp('10.2.0.53'), outside: parseIp('203.0.113.98') },
      }),
    // The first of its tenant: with what the tenant has inside.
    30,
  ],
  [
    'a port that is forwarded',
    ({ put }) =>
      put(portForwards, {
        ...{ name: 'f7', id: 90_001, tenant: 't7', interface: 'outside', outside: parseIp('203.0.113.97') },
        ...{ protocol: 'tcp', ports: { min: 80, max: 80 }, inside: parseIp('10.2.0.53'), insidePort: 80, via: 'i7' },
      }),
    30,
  ],
  ["an interface's arpRate", changeGateway('i7'), 20],
  ['the arpRate of the interface that all share', changeGateway('outside'), 10],
  [
    'a tenant that says what becomes of new connections',
    ({ put }) => put(tenantPolicies, { tenant: 't7', policy: 'drop' }),
    5,
  ],
  [
    'an interface that says what becomes of new connections, and how many there may be',
    ({ put }) => put(newConnections, { interface: 'i7', policy: 'drop', rate: 7 }),
    5,
  ],
  [
    'who answers for a segment',
    ({ put }) => put(interfaceSites, { interface: 'i7', site: here, answers: false }),
    // Its hosts are sent to with another MAC address then.
    30,
  ],
  [
    'a machine goes to another node',
    ({ put }) => {
      const transit = { local: parseIp('192.0.2.1'), remote: parseIp('192.0.2.2') };
      put(portSites, { port: 'p7-2', site: { kind: 'peer', transit } });
    },
    20,
  ],
];

function changeGateway(name: string) {
  return ({ put }: FactWriter, program: Program) => {
    const before = program.get(gateways, name);
    if (before) put(gateways, { ...before, arpRate: 77 });
  };
}

t.test('a change costs the same whoever else is there', async t => {
  const [few, many] = [programOf(objectsOf(50)), programOf(objectsOf(200))];
  for (const [what, change, most] of changes) {
    const [runs, runsAmongMany] = [few, many].map(program => program.change(facts => change(facts, program)).runs);
    t.equal(runs, runsAmongMany, what);
    t.ok(runs !== undefined && runs > 0 && runs <= most, `${what}: ${runs} instances`);
  }
  t.strictSame(flowsOf(few), flowsOf(featureProgram(few)), 'and the end is what is made from nothing');
  t.strictSame([few.faults, few.collisions], [[], []]);
});

t.test('nor how many hosts and routes stand beside it', async t => {
  const program = programOf(objectsOf(8));
  const host = (i: number, mac: number) => ({
    ...{ interface: 'i7', mac: BigInt(0x020000100000 + mac), vtep: parseIp('192.0.2.11') },
    addresses: [parseIp(`10.2.${16 + (i >> 8)}.${i & 0xff}`)],
  });
  const route = (i: number, net: number) => ({
    ...{ name: `r${i}`, id: 10_000 + i, tenant: 't7', interface: 'i7', nextHop: parseIp('10.2.0.20') },
    destination: parsePrefix(`10.${net + (i >> 8)}.${i & 0xff}.0/24`),
  });
  const costs = [10, 1000].map(count => {
    program.change(({ put }) => {
      for (const i of range(count)) {
        put(hosts, host(i, i));
        put(routes, route(i, 32));
      }
    });
    const hostRuns = program.change(facts => {
      facts.delete(hosts, hosts.key(host(5, 5)));
      facts.put(hosts, host(5, 0xfffff));
    }).runs;
    const routeRuns = program.change(({ put }) => put(routes, route(5, 64))).runs;
    const bothBack = program.change(facts => {
      facts.delete(hosts, hosts.key(host(5, 0xfffff)));
      facts.put(hosts, host(5, 5));
      facts.put(routes, route(5, 32));
    }).runs;
    return { hostRuns, routeRuns, bothBack };
  });
  t.strictSame(costs[1], costs[0]);
  t.ok((costs[1]?.hostRuns ?? 0) < 10 && (costs[1]?.routeRuns ?? 0) < 12, JSON.stringify(costs));
});
