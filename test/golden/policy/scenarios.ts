// Thirteen small intents, each about one thing, and what each table has to do with it: a line a table, for a person who reads the
// flows beneath it.

import { parse } from 'yaml';
import { parseIp } from '../../../src/lib/address.ts';
import type { Membership } from '../../../src/policy/membership.ts';
import type { IntegrationTable, PhysicalTable } from '../../../src/policy/pipeline.ts';
import type { Objects } from '../../fixtures/demo-intent.ts';

export interface Scenario {
  readonly name: string;
  readonly what: string;
  /** YAML, as `pointsman apply` takes it. */
  readonly intent: string;
  /** Absent: the node works alone. */
  readonly membership?: Membership;
  /** Machines' ports that are on the switch, by name: their OpenFlow port. */
  readonly attached?: Readonly<Record<string, number>>;
  /** Of each table that has flows beyond those of the empty intent; of the empty intent all. */
  readonly why: Readonly<Partial<Record<IntegrationTable | PhysicalTable, string>>>;
}

export function objectsOf({ intent }: Scenario): Objects {
  return (parse(intent) ?? {}) as Objects;
}

const red = 'tenants: [{ name: red }]';
const vlan11 =
  '{ name: web, role: inner, tenant: red, attachment: { type: vlan, port: p0, vlan: 11 }, mac: 02:70:6d:00:11:01, addresses: [10.1.0.1/24], hosts: [{ mac: 02:00:00:00:11:10, addresses: [10.1.0.10] }] }';
const outside =
  '{ name: outside, role: outer, attachment: { type: vlan, port: p0, vlan: 30 }, mac: 02:70:6d:00:30:01, addresses: [198.51.100.1/24], hosts: [{ mac: 02:00:00:00:30:fe, addresses: [198.51.100.254] }] }';

const peer: Membership = {
  peers: [
    {
      name: 'peer',
      vteps: new Map([['evpn', parseIp('192.0.2.2')]]),
      physicalPorts: new Set(['p0']),
      representors: new Set(),
    },
  ],
  bindings: {
    interfaces: new Map([
      ['web', 'lab'],
      ['db', 'peer'],
    ]),
    ports: new Map(),
  },
};

const entry = 'Frames of the wire become frames of the interface: index, tenant and zone go into registers.';
const answers = {
  rate: 'ARP and neighbour discovery pay at the meter first.',
  arp_nd: 'Who asks for the gateway is answered.',
  answer: 'The question is turned round: into an ARP reply, or an echo reply.',
} as const;
const leg = {
  ...answers,
  interface: entry,
  source: 'Only the subnet may send, and not from the gateway’s, the network’s or the broadcast address.',
  l2_lookup: 'What is addressed to the gateway’s MAC address is routed.',
  gateway: 'A ping of the gateway is answered; nothing else may be addressed to it.',
  route: 'The subnet is a route of the tenant; its network and broadcast addresses are none.',
  inner_nat: 'Towards inside nothing is translated.',
  inner_new: 'What begins a connection is counted by the interface it came by.',
  neighbour: 'A host has a MAC address; the TTL goes down.',
  retag: 'The tag of the egress goes on.',
  egress: 'Out by the port of the egress.',
} as const;

export const scenarios: readonly Scenario[] = [
  {
    name: 'empty',
    what: 'no intent at all: what every node has',
    intent: '',
    why: {
      turn: 'What goes to an outside address of ours, from a host that has one, is turned back; there is none.',
      turn_source: 'From whom it comes says by which interface it comes in again.',
      dnat_state: 'Nor is anything let in whose translation was not to be had.',
      outer_source: 'Martians, and ICMP that no router forwards, of what no connection tracking looks at.',
      stateless_in: 'ICMP that may quote an address, and pieces, are not translated right without connection tracking.',
      stateless_out: 'The same on the way out.',
      ingress: 'What is for the next switch alone ends here, and what has a group of machines for its sender.',
      interface: 'What came by no interface is dropped.',
      rate: 'By now the tag is off: what has one still had two.',
      arp_nd: 'ARP that nobody answers or can have sent, broadcasts and multicasts end here; IP goes on.',
      source:
        'From inside nobody sends from what is no machine’s address; nor does anybody, as long as no interface says who may.',
      l2_lookup: 'What is addressed to nobody here is dropped.',
      gateway:
        'From outside to translation, from inside to the routes, unless the source means something on its link alone.',
      answer: 'A ping of the gateway from outside is not answered when no machine can have sent it.',
      outer_nat: 'What no chunk takes is dropped: as from or to what is no machine’s address, or as unknown.',
      outer_state: 'What is known comes in, and errors about it; what is new is looked at further.',
      outer_new: 'What is new is counted, and goes on.',
      dnat: 'It does not come in: no rule lets it.',
      route: 'What nobody is routed to, what has no TTL left, and what has no route.',
      inner_nat: 'Towards outside nothing goes without a rule.',
      inner_state: 'What is known is translated already; what is new, and begins something, gets a translation.',
      inner_new: 'What is new is counted, and goes on.',
      snat: 'No rule, no translation.',
      snat_state: 'Only what got a translation goes on.',
      translated: 'Nothing leaves by an address and port that is nobody’s chunk.',
      neighbour: 'Who is no neighbour is not reached.',
      retag: 'No interface, no way out.',
      egress: 'The same.',
      uplink: 'The underlay of each VTEP to its device and back, and what br-int sends, out.',
      tag_type: 'Only ports that check the type of tags come here: not 802.1Q’s, dropped.',
      vlan: 'Only their frames come here: no VLAN of ours, dropped.',
    },
  },
  {
    name: 'vlan-gateway',
    what: 'a gateway on a VLAN with one host',
    intent: `${red}\ninterfaces: [${vlan11}]`,
    why: { ...leg, uplink: 'The VLAN goes to the patch port, tag on.' },
  },
  {
    name: 'dual-stack',
    what: 'the same with IPv6 beside',
    intent: `${red}\ninterfaces: [{ name: web, role: inner, tenant: red, attachment: { type: vlan, port: p0, vlan: 11 }, mac: 02:70:6d:00:11:01, addresses: [10.1.0.1/24, fd00:1::1/64], hosts: [{ mac: 02:00:00:00:11:10, addresses: [10.1.0.10, fd00:1::10] }] }]`,
    why: {
      ...leg,
      arp_nd: 'Who asks by ARP for the gateway is answered; a neighbour solicitation goes to pointsman.',
      uplink: 'The VLAN goes to the patch port, tag on.',
    },
  },
  {
    name: 'evpn-segment',
    what: 'a gateway on a VNI, with one VTEP that may send',
    intent: `${red}
vnis: [{ name: v1, tenant: red, vni: 5001, vtep: evpn }]
interfaces: [{ name: web, role: inner, tenant: red, attachment: { type: vni, vni: v1 }, mac: 02:70:6d:00:21:01, addresses: [10.2.0.1/24], remoteVteps: [192.0.2.11], hosts: [{ mac: 02:00:00:00:21:10, addresses: [10.2.0.10], vtep: 192.0.2.11 }] }]`,
    why: {
      ...leg,
      interface:
        'VNI, own VTEP and remote VTEP together are the interface; another VTEP in the VNI is dropped and counted.',
      answer: 'As on a VLAN, and the tunnel is turned round too: back to the VTEP that asked.',
      neighbour: 'A host has a MAC address and a VTEP.',
      retag: 'The VNI and the source VTEP go on.',
      egress: 'Out by the one tunnel port.',
    },
  },
  {
    name: 'representor',
    what: 'a gateway on a representor',
    intent: `${red}\ninterfaces: [{ name: vm, role: inner, tenant: red, attachment: { type: representor, port: pf0vf0 }, mac: 02:70:6d:00:41:01, addresses: [10.4.0.1/24], hosts: [{ mac: 02:00:00:00:41:10, addresses: [10.4.0.10] }] }]`,
    why: { ...leg, retag: 'There is no tag.' },
  },
  {
    name: 'machines',
    what: 'two machines (ports) on the segment of a VNI, one of them here',
    intent: `${red}
vnis: [{ name: v1, tenant: red, vni: 5001, vtep: evpn }]
interfaces: [{ name: web, role: inner, tenant: red, attachment: { type: vni, vni: v1 }, mac: 02:70:6d:00:21:01, addresses: [10.2.0.1/24], hosts: [] }]
ports: [{ name: vm-a, interface: web, mac: 02:00:00:00:a0:11, addresses: [10.2.0.11] }, { name: vm-b, interface: web, mac: 02:00:00:00:a0:12, addresses: [10.2.0.12] }]`,
    attached: { 'vm-a': 2001 },
    why: {
      ...leg,
      interface:
        'A machine is known by its device, and sends with its own MAC address alone; the VNI is taken from any VTEP.',
      rate: 'ARP and neighbour discovery pay first: a machine’s at its own meter, the wire’s at the interface’s.',
      arp_nd: 'Who asks for the gateway or a machine is answered; one that asks for its own address is not.',
      source: 'A machine sends from its own addresses alone.',
      l2_lookup: 'A machine’s MAC address is its port; the gateway’s is routed.',
      neighbour: 'A machine has its port for a way; the TTL goes down.',
      retag: 'To a machine there is no tag; to the wire the VNI and the source VTEP go on.',
      egress: 'Out by the machine’s device, or by the tunnel.',
    },
  },
  {
    name: 'source-nat',
    what: 'a tenant that leaves by an outer interface under an address of a pool',
    intent: `${red}
interfaces: [${vlan11}, ${outside}]
routes: [{ name: out, tenant: red, destination: 0.0.0.0/0, interface: outside, nextHop: 198.51.100.254 }]
nat-pools: [{ name: pool, interface: outside, addresses: [203.0.113.10] }]
nat-rules: [{ name: nat, tenant: red, source: 10.0.0.0/8, pool: pool }]`,
    why: {
      outer_source: 'Nobody outside sends from the tenant’s own subnet, from our outside addresses or the gateway’s.',
      ...leg,
      outer_new: 'The same of what comes from outside.',
      arp_nd: 'The pool’s address is asked for as the gateway’s is.',
      answer: 'The question is turned round; from outside nobody asks from an address of ours.',
      source: 'From outside anybody may send; martians are told apart later.',
      outer_nat:
        'Address and chunk of ports are the tenant’s: back through its zone. What else comes from an address of ours is a martian.',
      outer_state:
        'What is not established must not come from a pool address or the gateway’s, nor from what the tenant has inside.',
      route:
        'The subnets are routes of the tenant; their network and broadcast addresses are none; all else goes to the router outside.',
      inner_nat: 'Towards outside the rule sends TCP, UDP and ICMP through the tenant’s zone.',
      snat: 'A first packet commits its translation into the chunk.',
      snat_state: 'What found no port is dropped, and counted for the rule.',
      translated: 'A packet leaves only with an address and port of the chunk.',
      uplink: 'Both VLANs go to the patch port.',
    },
  },
  {
    name: 'static-nat',
    what: 'a host with an outside address, beside a rule of source NAT',
    intent: `${red}
interfaces: [${vlan11}, ${outside}]
routes: [{ name: out, tenant: red, destination: 0.0.0.0/0, interface: outside, nextHop: 198.51.100.254 }]
static-nats: [{ name: web, tenant: red, interface: outside, inside: 10.1.0.10, outside: 203.0.113.20 }]`,
    why: {
      ...leg,
      outer_new: 'The same of what comes from outside.',
      interface: 'The shared interface has no tenant: whose a packet is says its destination.',
      arp_nd: 'Who asks for the outside address is answered, as by the gateway.',
      answer: 'With the gateway’s MAC address; not to who asks from it.',
      source: 'From inside only the subnet; from outside it is looked at later.',
      turn: 'To the outside address, perhaps from a host that has one on this interface.',
      turn_source: 'From that host: as the outside knows it, and in again by the interface.',
      outer_nat: 'From outside the host is found, and its tenant.',
      outer_source: 'Nobody sends from the outside address, the gateway’s, or what the tenant has inside.',
      outer_state: 'Nor would anybody whom connection tracking looked at.',
      route: 'The subnets, and the way out.',
      inner_nat: 'From the host it leaves with the outside address, whatever the rules say.',
      uplink: 'Two VLANs.',
    },
  },
  {
    name: 'port-forward',
    what: 'ports of an outside address for a host, one of them another inside',
    intent: `${red}
interfaces: [${vlan11}, ${outside}]
routes: [{ name: out, tenant: red, destination: 0.0.0.0/0, interface: outside, nextHop: 198.51.100.254 }]
port-forwards: [{ name: web, tenant: red, interface: outside, outside: 203.0.113.30, protocol: tcp, ports: { min: 80, max: 81 }, inside: 10.1.0.10 }, { name: dns, tenant: red, interface: outside, outside: 203.0.113.30, protocol: udp, ports: { min: 53, max: 53 }, inside: 10.1.0.10, insidePort: 5353 }]`,
    why: {
      ...leg,
      interface: 'The shared interface has no tenant: whose a packet is says its destination.',
      arp_nd: 'Who asks for the outside address is answered, as by the gateway.',
      answer: 'With the gateway’s MAC address; not to who asks from it.',
      source: 'From inside only the subnet; from outside it is looked at later.',
      outer_nat: 'From outside the tenant is found by address and port, and what is known by its zone.',
      outer_state: 'Nobody sends from what the tenant has inside; what is new is looked at.',
      outer_source: 'Nor what connection tracking does not look at.',
      outer_new: 'What is new is counted.',
      dnat: 'What is new to a forwarded port: its translation is committed.',
      dnat_state: 'Where it was to be had.',
      route: 'The subnets, and the way out.',
      inner_nat: 'What the host answers goes through the zone, though no rule covers it.',
      translated: 'And leaves by the forward’s address and ports.',
      uplink: 'Two VLANs.',
    },
  },
  {
    name: 'shared-address',
    what: 'two tenants with the same inside addresses share one outside address: one has its ICMP',
    intent: `tenants: [{ name: red }, { name: blue }]
interfaces: [${vlan11}, ${vlan11.replace('name: web', 'name: shop').replace('tenant: red', 'tenant: blue').replace('vlan: 11', 'vlan: 12').replaceAll(':11:', ':12:')}, ${outside}]
routes: [{ name: out-r, tenant: red, destination: 0.0.0.0/0, interface: outside, nextHop: 198.51.100.254 }, { name: out-b, tenant: blue, destination: 0.0.0.0/0, interface: outside, nextHop: 198.51.100.254 }]
nat-pools: [{ name: pool, interface: outside, addresses: [203.0.113.10] }]
nat-rules: [{ name: nat-r, tenant: red, source: 10.0.0.0/8, pool: pool }, { name: nat-b, tenant: blue, source: 10.0.0.0/8, pool: pool }]`,
    why: {
      outer_source: 'Nor what connection tracking does not look at.',
      ...leg,
      outer_new: 'The same of what comes from outside.',
      arp_nd: 'One flow for the shared address, whosesoever it is.',
      answer: 'The question is turned round; from outside nobody asks from an address of ours.',
      source: 'Each tenant’s own.',
      outer_nat: 'The chunk of ports tells the tenants apart; ICMP is the first one’s.',
      outer_state: 'What is not established must not come from a pool address or the gateway’s.',
      route: 'The same prefixes twice, told apart by the tenant.',
      inner_nat: 'Each through its own zone.',
      snat: 'Each into its own chunk; the second tenant’s ICMP is dropped and counted, for no identifier can be matched.',
      snat_state: 'Counted by rule.',
      translated: 'Each with its own chunk alone.',
      uplink: 'Three VLANs.',
    },
  },
  {
    name: 'selecting-rules',
    what: 'source NAT of some of what a source sends: to a network but for a part of it, and to some ports',
    intent: `${red}
interfaces: [${vlan11}, ${outside}]
routes: [{ name: out, tenant: red, destination: 0.0.0.0/0, interface: outside, nextHop: 198.51.100.254 }]
nat-pools: [{ name: pool, interface: outside, addresses: [203.0.113.10] }]
nat-rules: [{ name: near, tenant: red, source: 10.0.0.0/8, pool: pool, destinations: [198.51.100.0/24], except: [198.51.100.128/25] }, { name: web, tenant: red, source: 10.0.0.0/8, pool: pool, protocol: tcp, ports: { min: 80, max: 83 } }]`,
    why: {
      outer_source: 'Nor what connection tracking does not look at.',
      ...leg,
      outer_new: 'The same of what comes from outside.',
      arp_nd: 'Who asks for the pool’s address is answered, too.',
      source: 'Inside the subnet, outside nobody in our names.',
      outer_nat: 'What comes for the chunk is translated back.',
      outer_state: 'What is not established must not come from a pool address or the gateway’s.',
      route: 'The subnets, and the way out.',
      inner_nat: 'What comes from the source of the rules, whatever it is: what is known is translated.',
      snat: 'The first packet finds the rule that takes it: a longer destination before ports. Pieces show no port.',
      snat_state: 'Counted by rule.',
      translated: 'With the chunk alone.',
      uplink: 'Two VLANs.',
    },
  },
  {
    name: 'new-connections',
    what: 'a tenant whose new connections are dropped, but for one interface, which has a rate',
    intent: `tenants: [{ name: red, newConnections: drop }]
interfaces: [${vlan11}, ${vlan11.replace('name: web', 'name: db, newConnections: datapath, newConnectionRate: 50').replace('vlan: 11', 'vlan: 12').replaceAll(':11:', ':12:').replaceAll('10.1.0', '10.2.0')}, ${outside}]
routes: [{ name: out, tenant: red, destination: 0.0.0.0/0, interface: outside, nextHop: 198.51.100.254 }]
nat-pools: [{ name: pool, interface: outside, addresses: [203.0.113.10] }]
nat-rules: [{ name: nat, tenant: red, source: 10.0.0.0/8, pool: pool }]`,
    why: {
      outer_source: 'Nor what connection tracking does not look at.',
      ...leg,
      outer_new: 'The same of what comes from outside.',
      inner_new: 'By `web` none begins: dropped, and counted for it. By `db` they pass a meter first.',
      arp_nd: 'Who asks for the pool’s address is answered, too.',
      source: 'Inside the subnet, outside nobody in our names.',
      outer_nat: 'What comes for the chunk is translated back.',
      outer_state: 'What is not established must not come from a pool address or the gateway’s.',
      route: 'The subnets, and the way out.',
      inner_nat: 'What is known goes on, whatever becomes of what is new.',
      snat: 'What begins by `db` gets its translation.',
      snat_state: 'Counted by rule.',
      translated: 'With the chunk alone.',
      uplink: 'Three VLANs.',
    },
  },
  {
    name: 'inner-route',
    what: 'a network behind a router inside',
    intent: `${red}
interfaces: [${vlan11}]
routes: [{ name: lab, tenant: red, destination: 10.20.0.0/16, interface: web, nextHop: 10.1.0.10 }]`,
    why: {
      ...leg,
      source: 'What is routed there may come from there.',
      route: 'The shorter prefix stands lower; the next hop goes into a register.',
      uplink: 'The VLAN goes to the patch port, tag on.',
    },
  },
  {
    name: 'two-nodes',
    what: 'the gateway of one VLAN is here, that of another at a peer',
    intent: `${red}
interfaces: [${vlan11}, ${vlan11.replace('name: web', 'name: db').replace('vlan: 11', 'vlan: 12').replaceAll(':11:', ':12:').replaceAll('10.1.0', '10.2.0')}]`,
    membership: peer,
    why: {
      ...leg,
      ingress: 'What comes from the peer’s VTEP is marked, and goes to no third node.',
      interface: 'The peer hands over what is to leave by our VLAN, in a VNI that says by which interface.',
      neighbour: 'Both hosts have a MAC address, here or there; the TTL goes down.',
      retag: 'Our VLAN’s tag goes on; towards the peer’s it goes over the overlay, in the VNI of that interface.',
      egress: 'The overlay’s port stands for what is at the peer.',
      uplink: 'Only our VLAN.',
    },
  },
];
