// What a change of a document costs does not depend on who else is there: the same changes run the same instances among 50
// tenants and among 200.

import t from 'tap';
import { parseIp } from '../../../../src/lib/address.ts';
import type { Documents } from '../../../../src/policy/documents.ts';
import type { FactWriter, Program } from '../../../../src/policy/engine/program.ts';
import type { Table } from '../../../../src/policy/engine/table.ts';
import { bindings, documentTables, offers } from '../../../../src/policy/facts/base.ts';
import { problems } from '../../../../src/policy/facts/problems.ts';
import type { Kind } from '../../../../src/policy/kinds/names.ts';
import type { Objects } from '../../../fixtures/demo-intent.ts';
import { outside, range, tenantsAndVnis } from '../../../fixtures/many-tenants.ts';
import { programOfObjects } from '../../../fixtures/state-program.ts';

const host = (h: number) => ({
  ...{ mac: `02:00:00:00:${(h >> 8).toString(16).padStart(2, '0')}:${(h & 255).toString(16).padStart(2, '0')}` },
  ...{ addresses: [`10.2.${h >> 8}.${h & 255}`], vtep: '192.0.2.11' },
});

/** All tenants have the same inside, one way out, and NAT on one pool. */
function objectsOf(tenants: number): Objects {
  return {
    ...tenantsAndVnis(tenants),
    interfaces: [
      outside,
      ...range(tenants).map(i => ({
        ...{ name: `i${i}`, role: 'inner', tenant: `t${i}`, attachment: { type: 'vni', vni: `v${i}` } },
        ...{ mac: '02:00:00:01:02:01', addresses: ['10.2.0.1/16', 'fd00:2::1/64'], hosts: [host(300), host(301)] },
      })),
    ],
    ports: range(tenants).map(i => ({
      ...{ name: `p${i}`, interface: `i${i}`, mac: '02:00:00:ff:04:00' },
      addresses: ['10.2.0.20'],
    })),
    routes: range(tenants).map(i => ({
      ...{ name: `out${i}`, tenant: `t${i}`, interface: 'outside' },
      ...{ destination: '0.0.0.0/0', nextHop: '198.51.100.254' },
    })),
    'nat-pools': [
      { name: 'pool', interface: 'outside', addresses: range(8).map(i => `203.0.113.${i}`), chunkSize: 1024 },
    ],
    'nat-rules': range(tenants).map(i => ({ name: `n${i}`, tenant: `t${i}`, source: '10.0.0.0/8', pool: 'pool' })),
  };
}

/** Another value of some fields of a document. */
function changed<K extends Kind>(kind: K, name: string, fields: (document: Documents[K]) => Partial<Documents[K]>) {
  return ({ put }: FactWriter, program: Program): void => {
    const table = documentTables[kind] as Table<Documents[K]>;
    const document = program.get(table, name);
    if (!document) throw new Error(`there is no ${kind}/${name}`);
    put(table, { ...document, ...fields(document) });
  };
}

function made<K extends Kind>(kind: K, from: string, name: string, fields: Partial<Documents[K]> = {}) {
  return ({ put }: FactWriter, program: Program): void => {
    const table = documentTables[kind] as Table<Documents[K]>;
    const document = program.get(table, from);
    if (document) put(table, { ...document, name, ...fields });
  };
}

const joins = {
  ...{ name: 'new', vteps: new Map([['evpn', parseIp('192.0.2.77')]]) },
  ...{ physicalPorts: new Set(['p1']), representors: new Set(['pf0vf0']) },
};

/** What changes, how, and how many instances may run for it at most. */
const changes: readonly (readonly [string, (facts: FactWriter, program: Program) => void, number])[] = [
  ['what is said of a tenant', changed('tenants', 't7', () => ({ description: 'seven' })), 2],
  ['a tenant comes', made('tenants', 't7', 'new'), 4],
  ['the number of a VNI', changed('vnis', 'v7', () => ({ vni: 9000 })), 20],
  ['a VNI that another has', changed('vnis', 'v7', () => ({ vni: 5008 })), 100],
  ['and back', changed('vnis', 'v7', () => ({ vni: 5007 })), 100],
  ['the ARP rate of an interface', changed('interfaces', 'i7', () => ({ arpRate: 77 })), 20],
  ['the ARP rate of what all share', changed('interfaces', 'outside', () => ({ arpRate: 77 })), 20],
  ['a host comes', changed('interfaces', 'i7', ({ hosts }) => ({ hosts: [host(299), ...hosts] })), 15],
  ['a host goes', changed('interfaces', 'i7', ({ hosts }) => ({ hosts: hosts.slice(1) })), 15],
  ['the address of a port', changed('ports', 'p7', () => ({ addresses: ['10.2.0.21'] })), 25],
  ['the destination of a route', changed('routes', 'out7', () => ({ destination: '192.0.0.0/8' })), 20],
  ['a route comes', made('routes', 'out7', 'more', { destination: '203.0.0.0/8' }), 20],
  [
    'a pool has one more address',
    changed('nat-pools', 'pool', of => ({ addresses: [...of.addresses, '203.0.113.9'] })),
    20,
  ],
  ['the source of a rule', changed('nat-rules', 'n7', () => ({ source: '10.2.0.0/16' })), 20],
  ['who has an interface', ({ put }) => put(bindings, { kind: 'interfaces', name: 'i7', node: 'gone' }), 40],
];

t.test('a change of a document costs the same whoever else is there', async t => {
  const [few, many] = [programOfObjects(objectsOf(50)), programOfObjects(objectsOf(200))];
  t.strictSame([...few.rows(problems)], []);
  for (const [what, change, most] of changes) {
    const tried = [few, many].map(program => program.attempt(facts => change(facts, program), problems).runs);
    t.equal(tried[0], tried[1], `${what}, tried`);
    const [runs, runsAmongMany] = [few, many].map(program => program.change(facts => change(facts, program)).runs);
    t.equal(runs, runsAmongMany, what);
    t.ok(runs !== undefined && runs > 0 && runs <= most, `${what}: ${runs} instances, ${tried[0]} to try it`);
  }
  t.strictSame([few.faults, few.collisions], [[], []]);
});

t.test('a node that joins as the third runs nobody but itself', async t => {
  const runs = [50, 200].map(tenants => {
    const program = programOfObjects(objectsOf(tenants));
    program.change(({ put }) =>
      put(offers, { ...joins, name: 'second', vteps: new Map([['evpn', parseIp('192.0.2.76')]]) }),
    );
    return program.attempt(({ put }) => put(offers, joins), problems).runs;
  });
  t.equal(runs[0], runs[1]);
  t.ok((runs[0] ?? 0) <= 4, `${runs[0]} instances`);
});

t.test('one host of 4,096, and one route of a thousand with one next hop', async t => {
  const runs = [16, 1024].map(count => {
    const { interfaces = [], routes = [], ...rest } = objectsOf(8);
    const [outside, ...inner] = interfaces;
    const full = inner.map(each =>
      (each as { name: string }).name === 'i7'
        ? {
            ...(each as object),
            hosts: range(count * 4)
              .slice(30)
              .map(h => host(256 + h)),
          }
        : each,
    );
    const more = range(count).map(i => ({
      ...(routes[7] as object),
      name: `d${i}`,
      destination: `100.${i >> 8}.${i & 255}.0/24`,
    }));
    const program = programOfObjects({ ...rest, interfaces: [outside, ...full], routes: [...routes, ...more] });
    t.strictSame([...program.rows(problems)], []);
    const ofHost = changed('interfaces', 'i7', ({ hosts }) => ({ hosts: [host(257), ...hosts.slice(1)] }));
    return [
      program.change(facts => ofHost(facts, program)).runs,
      program.change(facts => made('routes', 'd3', 'last', { destination: '192.0.0.0/8' })(facts, program)).runs,
    ];
  });
  t.strictSame(runs[0], runs[1]);
  t.ok(Math.max(...(runs[0] ?? [])) < 30, JSON.stringify(runs));
});
