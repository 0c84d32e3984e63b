// An address has one owner, and is one that a machine can have.

import t from 'tap';
import type { Problem } from '../../../src/policy/facts/problems.ts';
import { shownProblems } from '../../../src/policy/shown-problems.ts';
import type { Objects } from '../../fixtures/demo-intent.ts';
import { programOfObjects } from '../../fixtures/state-program.ts';
import { outside as bare, inside, lineOf } from '../../fixtures/two-legs.ts';

function problemsOf(objects: Objects): readonly Problem[] {
  return shownProblems(programOfObjects(objects));
}

function lines(problems: readonly Problem[]): string {
  return problems.map(lineOf).join('\n');
}

const router = { mac: '02:00:00:00:30:fe', addresses: ['198.51.100.254'] };
const outside = { ...bare, hosts: [router] };
const onVni = { ...inside, name: 'on-vni', attachment: { type: 'vni', vni: 'web' }, addresses: ['10.2.0.1/24'] };
const second = {
  ...outside,
  name: 'second',
  attachment: { type: 'vlan', port: 'p0', vlan: 31 },
  addresses: ['192.0.2.65/26'],
  hosts: [],
};
const host = { mac: '02:00:00:00:11:10', addresses: ['10.1.0.10'] };
const port = { name: 'vm', interface: 'on-vni', mac: '02:00:00:00:00:20', addresses: ['10.2.0.20'] };
const pool = { name: 'pool', interface: 'outside', addresses: ['203.0.113.10'] };
const route = { name: 'r', tenant: 'red', destination: '0.0.0.0/0', interface: 'outside', nextHop: '198.51.100.254' };
const rule = { name: 'rule', tenant: 'red', source: '10.0.0.0/8', pool: 'pool' };
const base = {
  tenants: [{ name: 'red' }, { name: 'blue' }],
  vnis: [{ name: 'web', tenant: 'red', vni: 5001, vtep: 'evpn' }],
  interfaces: [outside, inside, onVni],
  ports: [port],
  routes: [route],
  'nat-pools': [pool],
};

t.test('none of what is allowed is a problem', async t => {
  const allowed: readonly (readonly [string, Objects])[] = [
    ['the base', base],
    [
      "the outer interface's own address in a pool",
      { ...base, 'nat-pools': [{ ...pool, addresses: ['198.51.100.1'] }] },
    ],
    ["a pool address in the interface's subnet", { ...base, 'nat-pools': [{ ...pool, addresses: ['198.51.100.7'] }] }],
    [
      'a pool address inside a tenant who does not use its interface',
      {
        ...base,
        routes: [{ ...route, tenant: 'blue' }],
        'nat-pools': [{ ...pool, addresses: ['10.1.0.77'] }],
        'nat-rules': [{ ...rule, tenant: 'blue' }],
      },
    ],
    [
      'a pool address in what a tenant routes inside who does not use its interface',
      {
        ...base,
        routes: [{ ...route, tenant: 'blue' }, inward('203.0.113.0/24')],
        'nat-rules': [{ ...rule, tenant: 'blue' }],
      },
    ],
    [
      "a pool address in the interface's subnet, of which something wider is routed inside",
      {
        ...pooled('198.51.100.7'),
        routes: [route, inward('198.51.0.0/16')],
      },
    ],
    ['a default route that leads inside', { ...base, routes: [inward('0.0.0.0/0')], 'nat-rules': [rule] }],
    ['a next hop that no host has', { ...base, routes: [{ ...route, nextHop: '198.51.100.253' }] }],
    [
      'a next hop that is a machine',
      {
        ...base,
        routes: [route, { ...route, name: 'q', destination: '10.9.0.0/16', interface: 'on-vni', nextHop: '10.2.0.20' }],
      },
    ],
    ['one next hop of two tenants', { ...base, routes: [route, { ...route, name: 'q', tenant: 'blue' }] }],
    [
      'two tenants with the same inner addresses',
      {
        ...base,
        interfaces: [
          ...base.interfaces,
          {
            ...inside,
            name: 'blue',
            tenant: 'blue',
            attachment: { type: 'vlan', port: 'p0', vlan: 12 },
            hosts: [host],
          },
        ],
      },
    ],
    [
      'a subnet of two addresses (RFC 3021)',
      { ...base, interfaces: [outside, { ...inside, addresses: ['10.1.0.0/31'] }], ports: [] },
    ],
    [
      'a subnet of one address',
      { ...base, interfaces: [outside, { ...inside, addresses: ['10.1.0.1/32', 'fd00::/128'] }], ports: [] },
    ],
    [
      'an IPv6 link of two addresses (RFC 6164)',
      { ...base, interfaces: [outside, { ...inside, addresses: ['fd00::/127'] }], ports: [] },
    ],
    [
      'the same link-local gateway on every link',
      {
        ...base,
        interfaces: [
          { ...outside, addresses: ['198.51.100.1/24', 'fe80::1/64', '2001:db8:30::1/64'] },
          { ...inside, addresses: ['10.1.0.1/24', 'fe80::1/64'] },
          { ...onVni, addresses: ['10.2.0.1/24', 'fe80::1/64'] },
        ],
        routes: [route, { ...route, name: 'six', destination: '::/0', nextHop: 'fe80::fe' }],
      },
    ],
    [
      'several hosts of one machine',
      {
        ...base,
        interfaces: [outside, { ...inside, hosts: [host, { ...host, addresses: ['10.1.0.11'] }] }],
        ports: [],
      },
    ],
  ];
  for (const [what, objects] of allowed) t.equal(lines(problemsOf(objects)), '', what);
});

t.test('no gateway, host, port, pool or next hop has an address that no machine can have', async t => {
  const never = ['0.0.0.0', '0.1.2.3', '127.0.0.1', '224.0.0.1', '239.255.255.255', '240.0.0.1', '255.255.255.255'];
  const never6 = ['::', '::1', 'ff02::1', '::ffff:10.0.0.1'];
  for (const address of [...never, ...never6]) {
    const length = address.includes(':') ? 64 : 24;
    const gateway = { ...base, interfaces: [outside, { ...inside, addresses: [`${address}/${length}`] }, onVni] };
    t.match(lines(problemsOf(gateway)), /^interfaces\/inside \/addresses\/0 invalid/m, `gateway ${address}`);
    const hosts = { ...base, interfaces: [outside, { ...inside, hosts: [{ ...host, addresses: [address] }] }, onVni] };
    t.match(lines(problemsOf(hosts)), /^interfaces\/inside \/hosts\/0\/addresses\/0 invalid/m, `host ${address}`);
    const ports = { ...base, ports: [{ ...port, addresses: [address] }] };
    t.match(lines(problemsOf(ports)), /^ports\/vm \/addresses\/0 invalid/m, `port ${address}`);
    const pools = { ...base, 'nat-pools': [{ ...pool, addresses: [address] }] };
    t.match(lines(problemsOf(pools)), /^nat-pools\/pool \/addresses\/0 invalid/m, `pool ${address}`);
    const routes = { ...base, routes: [{ ...route, nextHop: address }] };
    t.match(lines(problemsOf(routes)), /^routes\/r \/nextHop invalid/m, `next hop ${address}`);
    const vtep = { ...host, addresses: ['10.2.0.10'], vtep: address };
    const behind = { ...base, interfaces: [outside, inside, { ...onVni, hosts: [vtep] }] };
    t.match(lines(problemsOf(behind)), /^interfaces\/on-vni \/hosts\/0\/vtep invalid/m, `VTEP ${address}`);
    const remotes = { ...base, interfaces: [outside, inside, { ...onVni, remoteVteps: [address] }] };
    t.match(lines(problemsOf(remotes)), /^interfaces\/on-vni \/remoteVteps\/0 invalid/m, `remote VTEP ${address}`);
  }
});

t.test('no pool has an address that routers do not know', async t => {
  for (const address of ['169.254.0.0', '169.254.7.7', 'fe80::1', 'febf::1']) {
    const pools = { ...base, 'nat-pools': [{ ...pool, addresses: [address] }] };
    t.match(lines(problemsOf(pools)), /^nat-pools\/pool \/addresses\/0 invalid/m, address);
  }
});

const invalid: readonly (readonly [title: string, objects: Objects, expected: RegExp])[] = [
  ...['10.4.0.0/24', '10.4.0.255/24', '127.0.0.1/8', '224.0.0.1/24', '10.0.0.1/0', 'fd00::/64'].map(
    address =>
      [
        `the gateway ${address}`,
        {
          ...base,
          interfaces: [outside, { ...inside, addresses: [address] }, { ...onVni, addresses: ['172.16.0.1/24'] }],
          ports: [],
        },
        /^interfaces\/inside \/addresses\/0 invalid/m,
      ] as const,
  ),
  ...['127.0.0.0/8', '224.0.0.0/4', '239.1.0.0/16', '255.255.255.255/32', '0.0.0.0/8', '169.254.169.254/32'].map(
    destination =>
      [
        `a route to ${destination}`,
        { ...base, routes: [{ ...route, destination }] },
        /^routes\/r \/destination invalid/m,
      ] as const,
  ),
  [
    'a route to every multicast group',
    {
      ...base,
      interfaces: [{ ...outside, addresses: ['fd00:30::1/64'], hosts: [] }],
      ports: [],
      routes: [{ ...route, destination: 'ff00::/8', nextHop: 'fd00:30::fe' }],
    },
    /^routes\/r \/destination invalid/m,
  ],
  ...['10.1.0.0', '10.1.0.255'].map(
    address =>
      [
        `a host ${address}`,
        { ...base, interfaces: [outside, { ...inside, hosts: [{ ...host, addresses: [address] }] }, onVni] },
        /^interfaces\/inside \/hosts\/0\/addresses\/0 invalid: .* the (network|broadcast) address of this interface/m,
      ] as const,
  ),
  [
    'a host with the MAC address of the gateway',
    { ...base, interfaces: [outside, { ...inside, hosts: [{ ...host, mac: inside.mac }] }, onVni] },
    /^interfaces\/inside \/hosts\/0\/mac invalid/m,
  ],
  [
    'a MAC address behind two VTEPs',
    {
      ...base,
      interfaces: [
        outside,
        inside,
        {
          ...onVni,
          hosts: [
            { ...host, addresses: ['10.2.0.10'], vtep: '192.0.2.11' },
            { ...host, addresses: ['10.2.0.11'], vtep: '192.0.2.12' },
          ],
        },
      ],
    },
    /^interfaces\/on-vni \/hosts\/1\/mac invalid/m,
  ],
];

for (const [title, objects, expected] of invalid)
  t.test(`wrong by itself: ${title}`, async t => {
    t.match(lines(problemsOf(objects)), expected);
  });

/** What two objects cannot both have: who is refused when both are stored, who has it, and what each is told. */
const conflicts: readonly (readonly [
  title: string,
  objects: Objects,
  loser: string,
  holder: string,
  detail: RegExp,
])[] = [
  ['a pool address that is a host', pooled('198.51.100.254'), 'nat-pools/pool', 'interfaces/outside', /a host of/],
  [
    'a pool address that is a next hop',
    { ...pooled('198.51.100.253'), routes: [{ ...route, nextHop: '198.51.100.253' }] },
    'nat-pools/pool',
    'routes/r',
    /the next hop of route "r"/,
  ],
  [
    "a pool address that is the subnet's broadcast address",
    pooled('198.51.100.255'),
    'nat-pools/pool',
    'interfaces/outside',
    /broadcast/,
  ],
  [
    "a pool address that is the subnet's own",
    pooled('198.51.100.0'),
    'nat-pools/pool',
    'interfaces/outside',
    /network/,
  ],
  [
    "a pool address that is another interface's gateway",
    { ...pooled('192.0.2.65'), interfaces: [...base.interfaces, second] },
    'nat-pools/pool',
    'interfaces/second',
    /the gateway address of interface "second"/,
  ],
  [
    "a pool address that is another pool's",
    { ...base, 'nat-pools': [pool, { ...pool, name: 'twin' }] },
    'nat-pools/twin',
    'nat-pools/pool',
    /an address of NAT pool "pool"/,
  ],
  [
    'a pool address that is a host of a tenant who routes by its interface',
    { ...pooled('10.1.0.10'), interfaces: [outside, { ...inside, hosts: [host] }, onVni] },
    'nat-pools/pool',
    'interfaces/inside',
    /^10\.1\.0\.10 is in 10\.1\.0\.0\/24 of interface "inside", whose tenant "red" reaches .* "outside"$/,
  ],
  [
    'a pool address that is the gateway of a tenant who is translated to it',
    { ...pooled('10.2.0.1'), routes: [], 'nat-rules': [rule] },
    'nat-pools/pool',
    'interfaces/on-vni',
    /^10\.2\.0\.1 is in 10\.2\.0\.0\/24/,
  ],
  [
    'a pool address in what a tenant routes inside who routes by its interface',
    { ...base, routes: [route, inward('203.0.113.8/29')] },
    'nat-pools/pool',
    'routes/in',
    /^203\.0\.113\.10 is in 203\.0\.113\.8\/29 of route "in", which leads inside, and whose tenant "red" reaches .* "outside"$/,
  ],
  [
    'a pool address in what a tenant routes inside who is translated to it',
    { ...base, routes: [inward('203.0.113.10/32')], 'nat-rules': [rule] },
    'nat-pools/pool',
    'routes/in',
    /^203\.0\.113\.10 is in 203\.0\.113\.10\/32/,
  ],
  ['a next hop that is the gateway', hop('198.51.100.1'), 'routes/r', 'interfaces/outside', /the gateway address of/],
  ['a next hop that is the broadcast address', hop('198.51.100.255'), 'routes/r', 'interfaces/outside', /broadcast/],
  [
    'a port that is a host',
    {
      ...base,
      interfaces: [outside, inside, { ...onVni, hosts: [{ ...host, addresses: ['10.2.0.20'], vtep: '192.0.2.11' }] }],
    },
    'ports/vm',
    'interfaces/on-vni',
    /a host of interface "on-vni"/,
  ],
  [
    'a port that is the gateway',
    { ...base, ports: [{ ...port, addresses: ['10.2.0.1'] }] },
    'ports/vm',
    'interfaces/on-vni',
    /gateway/,
  ],
  [
    'a port that is the broadcast address',
    { ...base, ports: [{ ...port, addresses: ['10.2.0.255'] }] },
    'ports/vm',
    'interfaces/on-vni',
    /broadcast/,
  ],
  [
    'a port with the MAC address of a host',
    {
      ...base,
      interfaces: [
        outside,
        inside,
        { ...onVni, hosts: [{ mac: port.mac, addresses: ['10.2.0.10'], vtep: '192.0.2.11' }] },
      ],
    },
    'ports/vm',
    'interfaces/on-vni',
    /a host of interface "on-vni"/,
  ],
  [
    'a subnet of the tenant that a shared interface it uses has too',
    { ...base, interfaces: [outside, { ...inside, addresses: ['198.51.100.129/25'] }, onVni] },
    'routes/r',
    'interfaces/inside',
    /overlaps/,
  ],
  [
    'subnets of two shared outer interfaces',
    { ...base, interfaces: [...base.interfaces, { ...second, addresses: ['198.51.100.129/25'] }] },
    'interfaces/second',
    'interfaces/outside',
    /overlaps/,
  ],
];

function pooled(address: string): Objects {
  return { ...base, 'nat-pools': [{ ...pool, addresses: [address] }] };
}

function inward(destination: string) {
  return { name: 'in', tenant: 'red', destination, interface: 'inside', nextHop: '10.1.0.9' };
}

function hop(nextHop: string): Objects {
  return { ...base, routes: [{ ...route, nextHop }] };
}

for (const [title, objects, loser, holder, detail] of conflicts)
  t.test(`two want the same: ${title}`, async t => {
    const problems = problemsOf(objects);
    t.equal(problems.length, 1, lines(problems));
    const [problem] = problems;
    t.equal(`${problem?.kind}/${problem?.name}`, loser);
    t.match(problem, { why: 'conflict', detail });
    t.equal(`${problem?.holder?.kind}/${problem?.holder?.name}`, holder, 'the other object is named');
    t.match(problem?.holder?.detail, new RegExp(`"${loser.split('/')[1]}"`), 'and would be told who it is');
  });

t.test("a shared interface that the tenant does not use may have the tenant's subnets", async t => {
  const objects = {
    ...base,
    interfaces: [outside, { ...inside, addresses: ['198.51.100.129/25'] }, onVni],
    routes: [],
  };
  t.equal(lines(problemsOf(objects)), '');
});
