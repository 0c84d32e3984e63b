// The standard lab: one node under test, the top-of-rack switch it hangs off, and hosts of two tenants that use the SAME
// inner addresses. Nothing is configured on the node: its vswitchd runs with an empty database, and p0 is a bare device.
//
//    red-vlan  blue-vlan  red-evpn   blue-evpn     red-aci          outside
//    VLAN 11   VLAN 12    VNI 5001   VNI 5002      VNI 6001         VLAN 30, 198.51.100.254
//       │         │       192.0.2.11 192.0.2.12    192.0.3.11       routes 203.0.113.0/24
//       │         │          │          │             │             to 198.51.100.1
//       │ 11      │ 12       │ 100      │ 100         │ 2              │ 30
//    ┌──┴─────────┴──────────┴──────────┴─────────────┴────────────────┴──┐
//    │ tor    br-tor, learning, access ports (tag = VLAN)                 │
//    └────────────────────────────────┬───────────────────────────────────┘
//                                     │ trunk; VLAN 100 travels untagged (the EVPN underlay)
//    ┌────────────────────────────────┴───────────────────────────────────┐
//    │ node                           p0                                  │
//    │   VTEPs for pointsman to put up: 192.0.2.1 untagged (EVPN),        │
//    │                                  192.0.3.1 behind VLAN 2 (ACI)     │
//    │                     pf0vf0                                         │
//    └────────────────────────┬───────────────────────────────────────────┘
//                          red-rep
//
// Inner subnets, the same for both tenants: VLAN 10.1.0.0/24, EVPN 10.2.0.0/24, ACI 10.3.0.0/24, representor 10.4.0.0/24
// (IPv6: fd00:1::/64 and so on). Hosts are .10, gateways .1.

import { addHost, type HostSpec, type LabHost } from './hosts.ts';
import type { Lab } from './lab.ts';
import { type LabOvs, startOvs } from './ovs.ts';
import { startTor, type Tor } from './tor.ts';

/** Addresses and VLANs of the standard topology, for configurations and expectations. */
export const NET = {
  uplink: 'p0',
  uplinkMac: '02:00:00:00:01:00',
  nativeVlan: 100,
  infraVlan: 2,
  evpnVtep: '192.0.2.1',
  evpnVtepPrefix: '192.0.2.1/24',
  aciVtep: '192.0.3.1',
  aciVtepPrefix: '192.0.3.1/24',
  outerVlan: 30,
  outerSubnet: '198.51.100.0/24',
  /** The node's own address on the outer VLAN. */
  outerAddress: '198.51.100.1',
  outerRouter: '198.51.100.254',
  natPool: '203.0.113.0/24',
  redVlan: 11,
  blueVlan: 12,
  redEvpnVni: 5001,
  blueEvpnVni: 5002,
  redAciVni: 6001,
  representor: 'pf0vf0',
} as const;

/** Host and gateway addresses of an inner subnet: 1 VLAN, 2 EVPN, 3 ACI, 4 representor. */
function inner(subnet: number) {
  return {
    address: `10.${subnet}.0.10/24`,
    gateway: `10.${subnet}.0.1`,
    address6: `fd00:${subnet}::10/64`,
    gateway6: `fd00:${subnet}::1`,
  };
}

export const STANDARD_HOSTS: readonly HostSpec[] = [
  { kind: 'vlan', name: 'red-vlan', vlan: NET.redVlan, mac: '02:00:00:00:11:10', ...inner(1) },
  { kind: 'vlan', name: 'blue-vlan', vlan: NET.blueVlan, mac: '02:00:00:00:12:10', ...inner(1) },
  {
    kind: 'vxlan',
    name: 'red-evpn',
    vni: NET.redEvpnVni,
    mac: '02:00:00:00:21:10',
    underlayAddress: '192.0.2.11/24',
    underlayMac: '02:00:00:00:f2:11',
    underlayVlan: NET.nativeVlan,
    remoteVtep: NET.evpnVtep,
    ...inner(2),
  },
  {
    kind: 'vxlan',
    name: 'blue-evpn',
    vni: NET.blueEvpnVni,
    mac: '02:00:00:00:22:10',
    underlayAddress: '192.0.2.12/24',
    underlayMac: '02:00:00:00:f2:12',
    underlayVlan: NET.nativeVlan,
    remoteVtep: NET.evpnVtep,
    ...inner(2),
  },
  {
    kind: 'vxlan',
    name: 'red-aci',
    vni: NET.redAciVni,
    mac: '02:00:00:00:31:10',
    underlayAddress: '192.0.3.11/24',
    underlayMac: '02:00:00:00:f3:11',
    underlayVlan: NET.infraVlan,
    remoteVtep: NET.aciVtep,
    ...inner(3),
  },
  { kind: 'representor', name: 'red-rep', representor: NET.representor, mac: '02:00:00:00:41:10', ...inner(4) },
  {
    kind: 'vlan',
    name: 'outside',
    vlan: NET.outerVlan,
    mac: '02:00:00:00:30:fe',
    address: `${NET.outerRouter}/24`,
    address6: 'fd00:30::fe/64',
    routes: { [NET.natPool]: NET.outerAddress },
  },
];

export interface TopologySpec {
  readonly hosts: readonly HostSpec[];
  /** MTU of the node's uplink. */
  readonly uplinkMtu?: number;
}

export class Topology {
  readonly lab: Lab;
  readonly tor: Tor;
  /** The node's switch: no bridge yet. `node.netns` is where pointsman runs too. */
  readonly node: LabOvs;
  /** The switch's end of p0, for pulling the cable. */
  readonly uplinkPort: string;
  private readonly hosts = new Map<string, LabHost>();

  constructor(lab: Lab, tor: Tor, node: LabOvs, uplinkPort: string) {
    this.lab = lab;
    this.tor = tor;
    this.node = node;
    this.uplinkPort = uplinkPort;
  }

  get allHosts(): LabHost[] {
    return [...this.hosts.values()];
  }

  host(name: string): LabHost {
    const host = this.hosts.get(name);
    if (!host) throw new Error(`no host ${name} in this topology`);
    return host;
  }

  async addHost(spec: HostSpec): Promise<LabHost> {
    if (this.hosts.has(spec.name)) throw new Error(`host ${spec.name} is there already`);
    const host = await addHost(this.lab, { tor: this.tor, nodeNetns: this.node.netns }, spec);
    this.hosts.set(spec.name, host);
    return host;
  }
}

export async function buildTopology(lab: Lab, spec: TopologySpec = { hosts: STANDARD_HOSTS }): Promise<Topology> {
  const tor = await startTor(lab);
  const nodeNetns = await lab.namespace('node');
  const node = await startOvs(lab, { netns: nodeNetns, name: 'ovs-node' });
  const uplinkPort = await tor.trunk(nodeNetns, NET.uplink, NET.uplinkMac, {
    nativeVlan: NET.nativeVlan,
    ...(spec.uplinkMtu === undefined ? {} : { mtu: spec.uplinkMtu }),
  });
  const topology = new Topology(lab, tor, node, uplinkPort);
  for (const host of spec.hosts) await topology.addHost(host);
  await tor.ovs.requireNoErrors();
  return topology;
}
