// What a change of NAT or of a route costs: what hangs on it, whatever the number of tenants.

import t from 'tap';
import { parseIp, parsePrefix } from '../../../../src/lib/address.ts';
import type { FactWriter, Program } from '../../../../src/policy/engine/program.ts';
import { self } from '../../../../src/policy/facts/base.ts';
import * as facts from '../../../../src/policy/facts/objects.ts';
import { everywhere } from '../../../../src/policy/nat/selection.ts';
import { policyProgram } from '../../../../src/policy/program.ts';
import { node } from '../../../fixtures/demo-intent.ts';
import { featureProgram } from '../../../fixtures/feature-program.ts';

const site = { kind: 'here' } as const;

function outer({ put }: FactWriter, name: string, index: number): void {
  put(facts.legs, { name, id: index, index, role: 'outer', tenant: undefined });
  put(facts.gateways, { interface: name, mac: 0x020000000001n, arpRate: 100, isPinned: false });
  put(facts.interfaceSites, { interface: name, site, answers: true });
  put(facts.subnets, { interface: name, prefix: parsePrefix(`198.51.${index}.1/24`) });
  put(facts.natPools, { name: `pool-${name}`, id: 10 + index, interface: name });
}

function ruleOf(i: number, source: string, out = 'a'): facts.NatRule {
  const selections = [{ destination: everywhere, except: [], protocol: undefined, ports: undefined }];
  const names = { name: `n${i}-${out}`, tenant: `t${i}`, pool: `pool-${out}` };
  return { ...names, id: 1000 + i, source: parsePrefix(source), selections };
}

function routeOf(i: number, destination: string): facts.Route {
  const names = { name: `r${i}`, tenant: `t${i}`, interface: 'a' };
  return { ...names, id: 2000 + i, destination: parsePrefix(destination), nextHop: parseIp('198.51.1.2') };
}

function chunkOf(i: number, size: number): facts.NatChunk {
  const of = { tenant: `t${i}`, pool: 'pool-a', node: 'lab', icmp: false, site };
  return { ...of, address: 0xcb007101 + i, port: 1024 * 8, size };
}

/** Each tenant has a rule, a chunk and a route towards `a`; tenant 1 has a rule towards `b` too. */
function programOf(tenants: number): Program {
  const program = featureProgram(policyProgram());
  program.change(writer => {
    const { put } = writer;
    put(self, node);
    outer(writer, 'a', 1);
    outer(writer, 'b', 2);
    for (let i = 0; i < tenants; i++) {
      put(facts.tenants, { name: `t${i}`, id: 100 + i, zone: 1 + i });
      put(facts.natRules, ruleOf(i, '10.0.0.0/8'));
      put(facts.natChunks, chunkOf(i, 1024));
      put(facts.routes, routeOf(i, '0.0.0.0/0'));
    }
    put(facts.natRules, ruleOf(1, '10.0.0.0/8', 'b'));
  });
  return program;
}

const changes: readonly (readonly [string, (facts: FactWriter) => void, number])[] = [
  ["a chunk's size", ({ put }) => put(facts.natChunks, chunkOf(5, 2048)), 5],
  ["a rule's source", ({ put }) => put(facts.natRules, ruleOf(5, '10.1.0.0/16')), 6],
  ["a tenant's route", ({ put }) => put(facts.routes, routeOf(5, '192.0.0.0/8')), 6],
  ['a route of a tenant with two ways out', ({ put }) => put(facts.routes, routeOf(1, '192.0.0.0/8')), 7],
  [
    'the MAC address of an outer interface',
    ({ put }) => put(facts.gateways, { interface: 'a', mac: 0x020000000099n, arpRate: 100, isPinned: false }),
    20,
  ],
];

t.test('what changes in NAT costs the same whoever else is there', async t => {
  const [few, many] = [programOf(50), programOf(200)];
  const runs = changes.map(([what, change, most]) => {
    const [among50, among200] = [few.change(change).runs, many.change(change).runs];
    t.equal(among50, among200, what);
    t.ok(among50 > 0 && among50 <= most, `${what}: ${among50} instances`);
    return among50;
  });
  t.equal((runs[3] ?? 0) - (runs[2] ?? 0), 1, 'its translations ask for the routes, and those of nobody else');
  t.strictSame([few.faults, few.collisions], [[], []]);
});
