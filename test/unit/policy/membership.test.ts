// Several nodes, as one of them sees them: where things are, and who answers for what.

import t from 'tap';
import { formatIp, parseIp } from '../../../src/lib/address.ts';
import type { Program } from '../../../src/policy/engine/program.ts';
import { interfaceSites, natChunks, peerVteps, poolAddresses, portSites } from '../../../src/policy/facts/objects.ts';
import { canHold, type Membership, type NodeOffer, offerOf, sharedVteps } from '../../../src/policy/membership.ts';
import { shownProblems } from '../../../src/policy/shown-problems.ts';
import { allocationsOf, documentsOf, node, type Objects } from '../../fixtures/demo-intent.ts';
import { stateProgram } from '../../fixtures/state-program.ts';

const peer: NodeOffer = {
  name: 'peer',
  vteps: new Map([
    ['aci', parseIp('192.0.3.2')],
    ['evpn', parseIp('192.0.2.2')],
  ]),
  physicalPorts: new Set(['p0']),
  representors: new Set(['pf9vf0']),
};

const objects: Objects = {
  tenants: [{ name: 'red' }],
  vnis: [{ name: 'web', tenant: 'red', vni: 5001, vtep: 'evpn' }],
  interfaces: [
    {
      name: 'web',
      role: 'inner',
      tenant: 'red',
      attachment: { type: 'vni', vni: 'web' },
      mac: '02:70:6d:00:21:01',
      addresses: ['10.2.0.1/24'],
    },
    {
      name: 'vlan',
      role: 'inner',
      tenant: 'red',
      attachment: { type: 'vlan', port: 'p0', vlan: 11 },
      mac: '02:70:6d:00:11:01',
      addresses: ['10.1.0.1/24'],
    },
    {
      name: 'outside',
      role: 'outer',
      attachment: { type: 'vlan', port: 'p0', vlan: 30 },
      mac: '02:70:6d:00:30:01',
      addresses: ['198.51.100.1/24'],
    },
    {
      name: 'far-rep',
      role: 'inner',
      tenant: 'red',
      attachment: { type: 'representor', port: 'pf9vf0' },
      mac: '02:70:6d:00:41:01',
      addresses: ['10.4.0.1/24'],
    },
  ],
  ports: [
    { name: 'a', interface: 'web', mac: '02:00:00:00:00:0a', addresses: ['10.2.0.10'] },
    { name: 'b', interface: 'web', mac: '02:00:00:00:00:0b', addresses: ['10.2.0.11'] },
    { name: 'c', interface: 'web', mac: '02:00:00:00:00:0c', addresses: ['10.2.0.12'] },
  ],
  'nat-pools': [
    { name: 'pool', interface: 'outside', addresses: ['203.0.113.1', '203.0.113.2'] },
    { name: 'self', interface: 'outside', addresses: ['198.51.100.1'] },
  ],
  'nat-rules': [{ name: 'out', tenant: 'red', source: '10.0.0.0/8', pool: 'pool' }],
};

function resolved(bindings: { interfaces: Record<string, string>; ports: Record<string, string> }, chunkNode: string) {
  const documents = documentsOf(objects);
  const allocations = allocationsOf(documents);
  const membership: Membership = {
    peers: [peer],
    bindings: {
      interfaces: new Map(Object.entries(bindings.interfaces)),
      ports: new Map(Object.entries(bindings.ports)),
    },
  };
  const chunks = allocations.chunks.map(chunk => ({ ...chunk, node: chunkNode }));
  return stateProgram({ documents, allocations: { ...allocations, chunks }, membership });
}

/** The addresses of a pool for which this node answers. */
function answeredOf(program: Program, pool: string): string[] {
  const of = program.by(poolAddresses, 'pool', pool);
  return of.filter(({ answered }) => answered).map(({ ip }) => formatIp(ip));
}

t.test('where things are', async t => {
  const program = resolved(
    {
      interfaces: { web: 'peer', vlan: 'peer', outside: 'peer', 'far-rep': 'peer' },
      ports: { a: node.name, b: 'peer' },
    },
    'peer',
  );
  t.strictSame(shownProblems(program), [], 'what another node has is no problem');
  const transit = { local: parseIp('192.0.2.1'), remote: parseIp('192.0.2.2') };
  t.strictSame(Object.fromEntries([...program.rows(interfaceSites)].map(({ interface: name, ...at }) => [name, at])), {
    web: { site: { kind: 'here' }, answers: false },
    vlan: { site: { kind: 'peer', transit }, answers: false },
    outside: { site: { kind: 'here' }, answers: false },
    'far-rep': { site: { kind: 'peer', transit }, answers: false },
  });
  t.strictSame(Object.fromEntries([...program.rows(portSites)].map(({ port, site }) => [port, site])), {
    a: { kind: 'here' },
    b: { kind: 'peer', transit },
    c: { kind: 'nowhere' },
  });
  t.match([...program.rows(natChunks)], [{ site: { kind: 'peer', transit } }]);
  t.strictSame(answeredOf(program, 'pool'), [], 'the chunk is the other’s, and so is the interface');
  t.strictSame([...program.rows(peerVteps)].map(({ ip }) => formatIp(ip)).sort(), ['192.0.2.2', '192.0.3.2']);
});

t.test('the node whose chunk has the ICMP of an address answers for it, else the one of the interface', async t => {
  const answered = (outside: string, chunk: string) =>
    answeredOf(resolved({ interfaces: { outside }, ports: {} }, chunk), 'pool');
  t.strictSame(answered('peer', node.name), ['203.0.113.1']);
  t.strictSame(answered(node.name, 'peer'), ['203.0.113.2']);
  t.strictSame(answered(node.name, node.name), ['203.0.113.1', '203.0.113.2']);
  t.strictSame(answered(node.name, 'gone'), ['203.0.113.1', '203.0.113.2'], 'a dead node answers for nothing');

  const own = (outside: string) => {
    const documents = documentsOf({
      ...objects,
      'nat-rules': [{ name: 'out', tenant: 'red', source: '10.0.0.0/8', pool: 'self' }],
    });
    const membership = {
      peers: [peer],
      bindings: { interfaces: new Map([['outside', outside]]), ports: new Map() },
    };
    return answeredOf(stateProgram({ documents, allocations: allocationsOf(documents), membership }), 'self');
  };
  t.strictSame(own('peer'), [], 'the address of the interface is where the interface is, whoever has the chunk');
  t.strictSame(own(node.name), ['198.51.100.1']);
});

t.test('what no node has', async t => {
  const documents = documentsOf({
    ...objects,
    interfaces: (objects.interfaces ?? []).map(iface => {
      const { name } = iface as { name: string };
      if (name === 'far-rep')
        return { ...(iface as object), attachment: { type: 'representor', port: 'pf9vf0', node: node.name } };
      return name === 'vlan' ? { ...(iface as object), attachment: { type: 'vlan', port: 'p7', vlan: 11 } } : iface;
    }),
  });
  const membership = { peers: [peer], bindings: { interfaces: new Map(), ports: new Map() } };
  const problems = shownProblems(stateProgram({ documents, allocations: allocationsOf(documents), membership }));
  t.strictSame(
    problems.map(({ name, pointer, detail }) => [name, pointer, detail]),
    [
      [
        'far-rep',
        '/attachment/port',
        `no node has representor "pf9vf0"; there are pf0vf0, pf0vf1, pf9vf0; the attachment is for node "${node.name}" alone`,
      ],
      ['vlan', '/attachment/port', 'no node has physical port "p7"; there are p0, p1'],
    ],
  );
});

t.test('who can have what', async t => {
  const own = offerOf(node);
  t.ok(canHold(own, { type: 'vlan', port: 'p1', vlan: 3 }, undefined));
  t.notOk(canHold(peer, { type: 'vlan', port: 'p1', vlan: 3 }, undefined));
  t.notOk(canHold(own, { type: 'vlan', port: 'p1', vlan: 3, node: 'peer' }, undefined));
  t.ok(canHold(peer, { type: 'vni', vni: 'x' }, 'aci'));
  t.notOk(canHold(peer, { type: 'vni', vni: 'x' }, 'other'));
  t.notOk(canHold(peer, { type: 'vni', vni: 'x' }, undefined));
});

t.test('a copied configuration', async t => {
  const own = offerOf(node);
  t.strictSame(sharedVteps(own, [peer]), []);
  t.strictSame(sharedVteps(own, [{ ...own, name: 'copy' }]), [
    { vtep: 'evpn', peer: 'copy' },
    { vtep: 'aci', peer: 'copy' },
  ]);
});
