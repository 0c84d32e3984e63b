// Every rule that spans objects: what is wrong, where, and why.

import t from 'tap';
import { legs, ports } from '../../../src/policy/facts/objects.ts';
import { shownProblems } from '../../../src/policy/shown-problems.ts';
import { demoObjects, type Objects } from '../../fixtures/demo-intent.ts';
import { programOfObjects } from '../../fixtures/state-program.ts';
import { inside, lineOf, outside } from '../../fixtures/two-legs.ts';

function problemsOf(objects: Objects): string[] {
  return shownProblems(programOfObjects(objects)).map(lineOf);
}

const red = { name: 'red' };
const blue = { name: 'blue' };
const web = { name: 'web', tenant: 'red', vni: 5001, vtep: 'evpn' };
const onVni = { ...inside, name: 'on-vni', attachment: { type: 'vni', vni: 'web' }, addresses: ['10.2.0.1/24'] };
const port = { name: 'vm', interface: 'on-vni', mac: '02:00:00:00:00:20', addresses: ['10.2.0.20'] };
const host = { mac: '02:00:00:00:11:10', addresses: ['10.1.0.10'] };
const pool = { name: 'pool', interface: 'outside', addresses: ['203.0.113.10'] };
const rule = { name: 'rule', tenant: 'red', source: '10.0.0.0/8', pool: 'pool' };
const route = { name: 'r', tenant: 'red', destination: '0.0.0.0/0', interface: 'outside', nextHop: '198.51.100.254' };
const wan = { ...outside, hosts: [{ mac: '02:00:00:00:30:fe', addresses: ['198.51.100.254'] }] };
const fixed = { name: 'fixed', tenant: 'red', interface: 'outside', inside: '10.1.0.10', outside: '203.0.113.20' };
const forward = {
  ...{ name: 'forward', tenant: 'red', interface: 'outside', outside: '203.0.113.30', protocol: 'tcp' },
  ...{ ports: { min: 80, max: 90 }, inside: '10.1.0.10' },
};
const base = { tenants: [red, blue], vnis: [web], interfaces: [outside, inside, onVni], 'nat-pools': [pool] };

t.test('the demo and the base of these cases have no problem', async t => {
  t.strictSame(problemsOf(demoObjects), []);
  t.strictSame(problemsOf({ ...base, routes: [route], 'nat-rules': [rule], 'static-nats': [fixed] }), []);
  const more = { ...forward, name: 'more', ports: { min: 91, max: 91 }, inside: '10.2.0.10', insidePort: 80 };
  t.strictSame(
    problemsOf({ ...base, 'port-forwards': [forward, more, { ...more, name: 'udp', protocol: 'udp' }] }),
    [],
  );
});

const cases: readonly (readonly [title: string, objects: Objects, expected: RegExp])[] = [
  ['a tenant that is not there', { ...base, tenants: [blue] }, /^interfaces\/inside \/tenant missing: .*tenant "red"/m],
  [
    'a VTEP the node lacks',
    { ...base, vnis: [{ ...web, vtep: 'x' }] },
    /^vnis\/web \/vtep invalid: .*it has evpn, aci/m,
  ],
  [
    'one VNI twice on a VTEP',
    { ...base, vnis: [web, { ...web, name: 'web2' }] },
    /^vnis\/web2 \/vni conflict: VNI 5001 on VTEP evpn is already taken by VNI "web"/m,
  ],
  [
    'one VLAN twice on a port',
    { ...base, interfaces: [...base.interfaces, { ...inside, name: 'z', addresses: ['10.9.0.1/24'] }] },
    /^interfaces\/z \/attachment\/vlan conflict: VLAN 11 on port p0 is already taken by interface "inside"/m,
  ],
  [
    'the infra VLAN',
    { ...base, interfaces: [{ ...inside, attachment: { type: 'vlan', port: 'p0', vlan: 2 } }] },
    /^interfaces\/inside \/attachment\/vlan conflict: .*infra VLAN of VTEP aci/m,
  ],
  [
    'a port the node lacks',
    { ...base, interfaces: [{ ...inside, attachment: { type: 'vlan', port: 'p7', vlan: 11 } }] },
    /^interfaces\/inside \/attachment\/port invalid: .*"p7"; it has p0, p1/m,
  ],
  [
    'a representor the node lacks',
    { ...base, interfaces: [{ ...inside, attachment: { type: 'representor', port: 'x' } }] },
    /^interfaces\/inside \/attachment\/port invalid: .*it has pf0vf0, pf0vf1/m,
  ],
  [
    "another tenant's VNI",
    { ...base, interfaces: [{ ...onVni, tenant: 'blue' }] },
    /^interfaces\/on-vni \/attachment\/vni invalid: VNI web belongs to tenant red/m,
  ],
  ['an inner interface of nobody', { ...base, interfaces: [{ ...inside, tenant: undefined }] }, /\/tenant invalid/],
  [
    'what becomes of new connections, on an outer interface',
    { ...base, interfaces: [{ ...outside, newConnections: 'drop' }] },
    /\/newConnections invalid/,
  ],
  ['a multicast MAC', { ...base, interfaces: [{ ...inside, mac: '01:00:5e:00:00:01' }] }, /\/mac invalid: .*unicast/],
  [
    'subnets of one interface that overlap',
    { ...base, interfaces: [{ ...inside, addresses: ['10.1.0.1/24', '10.1.0.2/25'] }] },
    /\/addresses\/1 invalid: 10\.1\.0\.2\/25 overlaps 10\.1\.0\.1\/24/,
  ],
  [
    'subnets of one tenant that overlap',
    { ...base, interfaces: [inside, { ...onVni, addresses: ['10.1.0.129/25'] }] },
    /^interfaces\/on-vni \/addresses\/0 conflict: 10\.1\.0\.129\/25 overlaps 10\.1\.0\.0\/24 of interface "inside"/m,
  ],
  [
    'a host outside the subnets',
    { ...base, interfaces: [{ ...inside, hosts: [{ ...host, addresses: ['10.8.0.10'] }] }] },
    /\/hosts\/0\/addresses\/0 invalid: 10\.8\.0\.10 is outside/,
  ],
  [
    "a host with the gateway's address",
    { ...base, interfaces: [{ ...inside, hosts: [{ ...host, addresses: ['10.1.0.1'] }] }] },
    /\/hosts\/0\/addresses\/0 invalid: 10\.1\.0\.1 is the gateway address of this interface/,
  ],
  [
    'two hosts with one address',
    { ...base, interfaces: [{ ...inside, hosts: [host, host] }] },
    /\/hosts\/1\/addresses\/0 invalid: .*\/hosts\/0\/addresses\/0/,
  ],
  [
    'a VTEP of a host that is on no VNI',
    { ...base, interfaces: [{ ...inside, hosts: [{ ...host, vtep: '192.0.2.9' }] }] },
    /\/hosts\/0\/vtep invalid: only a host on a VNI/,
  ],
  [
    'a host on a VNI without VTEP',
    { ...base, interfaces: [{ ...onVni, hosts: [{ ...host, addresses: ['10.2.0.10'] }] }] },
    /\/hosts\/0\/vtep invalid: a host on a VNI needs/,
  ],
  [
    'a VTEP that is not among the remote ones',
    {
      ...base,
      interfaces: [
        {
          ...onVni,
          remoteVteps: ['192.0.2.8'],
          hosts: [{ ...host, addresses: ['10.2.0.10'], vtep: '192.0.2.9' }],
        },
      ],
    },
    /\/hosts\/0\/vtep invalid: .*remoteVteps/,
  ],
  ["the node's own VTEP as a remote", vtepCase('192.0.2.1'), /\/hosts\/0\/vtep invalid: that is the VTEP of a node/],
  ['a VTEP of another family', vtepCase('2001:db8::9'), /\/hosts\/0\/vtep invalid: .*address family/],
  [
    'remote VTEPs without VNI',
    { ...base, interfaces: [{ ...inside, remoteVteps: ['192.0.2.8'] }] },
    /\/remoteVteps invalid/,
  ],
  [
    'a port on a VLAN',
    { ...base, ports: [{ ...port, interface: 'inside' }] },
    /^ports\/vm \/interface invalid: .*not an inner one on a VNI/m,
  ],
  [
    'a port with the MAC of the gateway',
    { ...base, ports: [{ ...port, mac: onVni.mac }] },
    /^ports\/vm \/mac conflict: .*the MAC address of the gateway of interface "on-vni"/m,
  ],
  [
    'a port with a MAC for many',
    { ...base, ports: [{ ...port, mac: '01:00:5e:00:00:01' }] },
    /^ports\/vm \/mac invalid: .*unicast/m,
  ],
  [
    'two ports with one MAC',
    { ...base, ports: [port, { ...port, name: 'vm2', addresses: ['10.2.0.21'] }] },
    /^ports\/vm2 \/mac conflict: .*the MAC address of port "vm"/m,
  ],
  [
    'two ports with one address',
    { ...base, ports: [port, { ...port, name: 'vm2', mac: '02:00:00:00:00:21' }] },
    /^ports\/vm2 \/addresses\/0 conflict: 10\.2\.0\.20 is the address of port "vm"/m,
  ],
  [
    'a port outside the subnets',
    { ...base, ports: [{ ...port, addresses: ['10.9.0.20'] }] },
    /^ports\/vm \/addresses\/0 invalid: 10\.9\.0\.20 is outside the subnets of interface on-vni/m,
  ],
  [
    'a port with the address of the gateway',
    { ...base, ports: [{ ...port, addresses: ['10.2.0.1'] }] },
    /^ports\/vm \/addresses\/0 conflict: 10\.2\.0\.1 is the gateway address of interface "on-vni"/m,
  ],
  ['a next hop outside', { ...base, routes: [{ ...route, nextHop: '198.51.101.1' }] }, /^routes\/r \/nextHop invalid/m],
  ['a next hop of another family', { ...base, routes: [{ ...route, nextHop: 'fd00::1' }] }, /\/nextHop invalid/],
  [
    'a route out of another tenant',
    { ...base, routes: [{ ...route, tenant: 'blue', interface: 'inside', nextHop: '10.1.0.9' }] },
    /\/interface invalid/,
  ],
  [
    'one destination twice',
    { ...base, routes: [route, { ...route, name: 's' }] },
    /^routes\/s \/destination conflict/m,
  ],
  [
    'a pool on an inner interface',
    { ...base, 'nat-pools': [{ ...pool, interface: 'inside' }] },
    /^nat-pools\/pool \/interface invalid/m,
  ],
  ['an IPv6 pool', { ...base, 'nat-pools': [{ ...pool, addresses: ['fd00::1'] }] }, /\/addresses\/0 invalid/],
  [
    'a pool with no room for a chunk',
    { ...base, 'nat-pools': [{ ...pool, ports: { min: 1025, max: 5000 } }] },
    /\/ports invalid/,
  ],
  ['an IPv6 source', { ...base, 'nat-rules': [{ ...rule, source: 'fd00::/8' }] }, /^nat-rules\/rule \/source invalid/m],
  [
    'ports of no protocol',
    { ...base, 'nat-rules': [{ ...rule, ports: { min: 1, max: 2 } }] },
    /^nat-rules\/rule \/ports invalid/m,
  ],
  [
    'ports the wrong way round',
    { ...base, 'nat-rules': [{ ...rule, protocol: 'tcp', ports: { min: 3, max: 2 } }] },
    /^nat-rules\/rule \/ports invalid/m,
  ],
  [
    'an IPv6 destination',
    { ...base, 'nat-rules': [{ ...rule, destinations: ['fd00::/8'] }] },
    /^nat-rules\/rule \/destinations\/0 invalid/m,
  ],
  [
    'exceptions of all that a rule covers',
    { ...base, 'nat-rules': [{ ...rule, destinations: ['8.8.8.0/24'], except: ['8.0.0.0/8'] }] },
    /^nat-rules\/rule \/except invalid/m,
  ],
  [
    'what takes too many flows to tell',
    {
      ...base,
      'nat-rules': [
        {
          ...{ ...rule, protocol: 'udp', ports: { min: 1, max: 65534 } },
          except: ['8.8.8.8/32', '24.8.8.8/32', '99.8.8.8/32'],
        },
      ],
    },
    /^nat-rules\/rule \/except invalid/m,
  ],
  [
    'ports that overlap',
    {
      ...base,
      'nat-rules': [
        { ...rule, protocol: 'tcp', ports: { min: 80, max: 90 } },
        { ...rule, name: 's', protocol: 'tcp', ports: { min: 90, max: 99 } },
      ],
    },
    /^nat-rules\/s \/source conflict/m,
  ],
  ['one source twice', { ...base, 'nat-rules': [rule, { ...rule, name: 's' }] }, /^nat-rules\/s \/source conflict/m],
  [
    'a forward of an address that a pool has',
    { ...base, 'port-forwards': [{ ...forward, outside: '203.0.113.10' }] },
    /^port-forwards\/forward \/outside conflict: 203\.0\.113\.10 is an address of NAT pool "pool"/m,
  ],
  [
    'a forward of an address that a static NAT has',
    {
      ...base,
      'static-nats': [{ ...fixed, inside: '10.2.0.10' }],
      'port-forwards': [{ ...forward, outside: '203.0.113.20' }],
    },
    /^port-forwards\/forward \/outside conflict: 203\.0\.113\.20 is the outside address of static NAT "fixed"/m,
  ],
  [
    'a forward to a host that has an outside address',
    { ...base, 'static-nats': [fixed], 'port-forwards': [forward] },
    /^port-forwards\/forward \/inside conflict: 10\.1\.0\.10 of tenant red, on interface outside, is already taken by static NAT "fixed"/m,
  ],
  [
    'forwards of one address for two tenants',
    {
      ...base,
      interfaces: [
        ...base.interfaces,
        { ...inside, name: 'shop', tenant: 'blue', attachment: { type: 'vlan', port: 'p0', vlan: 12 } },
      ],
      'port-forwards': [forward, { ...forward, name: 'other', tenant: 'blue', ports: { min: 443, max: 443 } }],
    },
    /^port-forwards\/other \/outside conflict: 203\.0\.113\.30 is the outside address of port forward "forward"/m,
  ],
  [
    'forwards of ports that overlap',
    { ...base, 'port-forwards': [forward, { ...forward, name: 'other', ports: { min: 90, max: 99 } }] },
    /^port-forwards\/other \/ports conflict: tcp port 90-99 of 203\.0\.113\.30 is already taken by port forward "forward"/m,
  ],
  [
    'a forward to what is nowhere inside, and another by no outer interface',
    {
      ...base,
      'port-forwards': [
        { ...forward, inside: '10.9.0.10' },
        { ...forward, name: 'other', interface: 'inside' },
      ],
    },
    /^port-forwards\/forward \/inside invalid: tenant "red" has 10\.9\.0\.10 nowhere inside[\s\S]*^port-forwards\/other \/interface invalid: interface inside is not an outer one/m,
  ],
  [
    'a forward of IPv6',
    { ...base, 'port-forwards': [{ ...forward, inside: 'fd00:1::10', outside: 'fd00:9::1' }] },
    /^port-forwards\/forward \/inside invalid: port forwards are for IPv4/m,
  ],
  [
    'forwards of ports that are none inside, are in no order, or are too many to move',
    {
      ...base,
      'port-forwards': [
        { ...forward, insidePort: 65530 },
        { ...forward, name: 'g', outside: '203.0.113.31', ports: { min: 90, max: 80 } },
        { ...forward, name: 'h', outside: '203.0.113.32', ports: { min: 1, max: 1025 }, insidePort: 2 },
      ],
    },
    /^port-forwards\/forward \/insidePort invalid: .*above 65535[\s\S]*^port-forwards\/g \/ports\/max invalid: [\s\S]*^port-forwards\/h \/ports invalid: .*1024 at the most/m,
  ],
  [
    'an outside address that a pool has',
    { ...base, 'static-nats': [{ ...fixed, outside: '203.0.113.10' }] },
    /^static-nats\/fixed \/outside conflict: 203\.0\.113\.10 is an address of NAT pool "pool"/m,
  ],
  [
    'an outside address that is the gateway’s',
    { ...base, 'static-nats': [{ ...fixed, outside: '198.51.100.1' }] },
    /^static-nats\/fixed \/outside conflict: 198\.51\.100\.1 is the gateway address of interface "outside"/m,
  ],
  [
    'an outside address that is a host’s',
    { ...base, interfaces: [wan, inside, onVni], 'static-nats': [{ ...fixed, outside: '198.51.100.254' }] },
    /^static-nats\/fixed \/outside conflict: 198\.51\.100\.254 is the address of a host of interface "outside"/m,
  ],
  [
    'one outside address twice',
    { ...base, 'static-nats': [fixed, { ...fixed, name: 'other', inside: '10.2.0.10' }] },
    /^static-nats\/other \/outside conflict: 203\.0\.113\.20 is the outside address of static NAT "fixed"/m,
  ],
  [
    'one inside address twice on an interface',
    { ...base, 'static-nats': [fixed, { ...fixed, name: 'other', outside: '203.0.113.21' }] },
    /^static-nats\/other \/inside conflict: 10\.1\.0\.10 of tenant red, on interface outside, is already taken by static NAT "fixed"/m,
  ],
  [
    'an outside address on the wire of another interface',
    {
      ...base,
      interfaces: [
        ...base.interfaces,
        {
          ...outside,
          ...{ name: 'second', mac: '02:70:6d:00:31:01', addresses: ['192.0.10.1/24'], hosts: [] },
          attachment: { type: 'vlan', port: 'p0', vlan: 31 },
        },
      ],
      'static-nats': [{ ...fixed, outside: '192.0.10.20' }],
    },
    /^static-nats\/fixed \/outside conflict: 192\.0\.10\.20\/32 overlaps 192\.0\.10\.0\/24 of interface "second"/m,
  ],
  [
    'an outside address that the tenant has inside',
    { ...base, 'static-nats': [{ ...fixed, outside: '10.2.0.20' }] },
    /^static-nats\/fixed \/outside conflict: 10\.2\.0\.20 is in 10\.2\.0\.0\/24 of interface "on-vni"/m,
  ],
  [
    'the same of IPv6',
    {
      ...base,
      interfaces: [outside, { ...inside, addresses: ['10.1.0.1/24', 'fd00:1::1/60'] }, onVni],
      'static-nats': [{ ...fixed, inside: 'fd00:1::10', outside: 'fd00:1:0:7::20' }],
    },
    /^static-nats\/fixed \/outside conflict: fd00:1:0:7::20 is in fd00:1::\/60 of interface "inside"/m,
  ],
  [
    'an inside address that is not the tenant’s',
    {
      ...base,
      'static-nats': [
        { ...fixed, inside: '10.9.0.10' },
        { ...fixed, name: 'blue', tenant: 'blue', outside: '203.0.113.21' },
      ],
    },
    /^static-nats\/blue \/inside invalid: tenant "blue" has 10\.1\.0\.10 nowhere inside.*\n?.*^static-nats\/fixed \/inside invalid: tenant "red" has 10\.9\.0\.10 nowhere inside/ms,
  ],
  [
    'two families',
    { ...base, 'static-nats': [{ ...fixed, outside: 'fd00:9::1' }] },
    /^static-nats\/fixed \/outside invalid: the two addresses are of different families/m,
  ],
  [
    'a static NAT on an inner interface',
    { ...base, 'static-nats': [{ ...fixed, interface: 'inside' }] },
    /^static-nats\/fixed \/interface invalid: interface inside is not an outer one/m,
  ],
  [
    'a static NAT on the interface of another tenant',
    {
      ...base,
      interfaces: [{ ...outside, tenant: 'blue' }, inside, onVni],
      'static-nats': [fixed],
    },
    /^static-nats\/fixed \/interface invalid: interface outside belongs to another tenant/m,
  ],
];

function vtepCase(vtep: string): Objects {
  return { ...base, interfaces: [{ ...onVni, hosts: [{ ...host, addresses: ['10.2.0.10'], vtep }] }] };
}

for (const [title, objects, expected] of cases)
  t.test(title, async t => {
    t.match(problemsOf(objects).join('\n'), expected);
  });

t.test('the default routes of both families are two routes', async t => {
  const dual = { ...outside, addresses: ['198.51.100.1/24', 'fd00:30::1/64'] };
  const six = { ...route, name: 'six', destination: '::/0', nextHop: 'fd00:30::fe' };
  t.strictSame(problemsOf({ ...base, interfaces: [dual, inside, onVni], routes: [route, six] }), []);
});

t.test('a remote VTEP that is listed twice', async t => {
  const twice = { ...onVni, remoteVteps: ['192.0.2.8', '192.0.2.8'] };
  t.match(problemsOf({ ...base, interfaces: [outside, twice] }).join(), /\/remoteVteps\/1 invalid/);
});

t.test('the own VTEP is no remote one', async t => {
  const own = { ...onVni, remoteVteps: ['192.0.2.8', '192.0.2.1'] };
  t.match(problemsOf({ ...base, interfaces: [outside, own] }).join(), /\/remoteVteps\/1 invalid: that is the VTEP of/);
});

t.test('a VNI that is not there is the only thing wrong', async t => {
  const hosts = [{ ...host, addresses: ['10.2.0.10'], vtep: '192.0.2.9' }];
  const problems = problemsOf({ ...base, vnis: [], interfaces: [outside, { ...onVni, hosts }] });
  t.match(problems, [/attachment\/vni missing/]);
});

t.test('what depends on an object with a problem is not blamed, and not compiled', async t => {
  const program = programOfObjects({ ...base, vnis: [{ ...web, vtep: 'x' }], ports: [port] });
  t.strictSame(
    shownProblems(program).map(({ name }) => name),
    ['web'],
  );
  t.strictSame([...program.rows(legs)].map(({ name }) => name).sort(), ['inside', 'outside']);
  t.strictSame([...program.rows(ports)], []);
});
