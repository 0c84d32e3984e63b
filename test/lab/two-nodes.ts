// Two nodes on one cluster, under one top-of-rack switch. Nothing is configured on the nodes; the machines are a
// tenant's, all in VNI 5001, and may move: each hangs off a device of one node, and can be hung off the other.
//
//            far (a VTEP of its own)      outside             vlan
//            VNI 5001, 10.2.0.30          VLAN 30             VLAN 11, 10.1.0.10
//            192.0.2.11                   198.51.100.254
//                │ 100                      │ 30                │ 11
//    ┌───────────┴──────────────────────────┴───────────────────┴──┐
//    │ tor                                                         │
//    └───────────┬────────────────────────────────────┬────────────┘
//    ┌───────────┴────────┐                  ┌────────┴────────────┐
//    │ n1    p0           │                  │ n2     p0           │
//    │ evpn 192.0.2.1     │                  │ evpn 192.0.2.2      │
//    │ vf0                │                  │ vf0                 │
//    └──┬─────────────────┘                  └──┬──────────────────┘
//       vm-a 10.2.0.11                          vm-b 10.2.0.12

import { HOST_DEVICE, ipBatch, type LabHost, representorHost, VXLAN_MTU, vlanHost, vxlanHost } from './hosts.ts';
import { checksumOffloadOff, type Lab } from './lab.ts';
import { type LabOvs, startOvs } from './ovs.ts';
import { LabPointsman } from './pointsman.ts';
import { NET } from './topology.ts';
import { startTor, type Tor } from './tor.ts';

export const NODES = ['n1', 'n2'] as const;
export type NodeName = (typeof NODES)[number];

const numbers: Readonly<Record<NodeName, number>> = { n1: 1, n2: 2 };

export interface LabNode {
  readonly name: NodeName;
  readonly ovs: LabOvs;
  readonly pointsman: LabPointsman;
}

export interface TwoNodes {
  readonly lab: Lab;
  readonly tor: Tor;
  readonly nodes: Readonly<Record<NodeName, LabNode>>;
  readonly vmA: LabHost;
  readonly vmB: LabHost;
  readonly far: LabHost;
  readonly vlan: LabHost;
  readonly outside: LabHost;
}

/**
 * @param remotes of the cluster, as the configuration has them
 * @param state more of the configuration's `state`, a line each
 */
export async function buildTwoNodes(
  lab: Lab,
  remotes: readonly string[],
  lease: number,
  state: readonly string[] = [],
): Promise<TwoNodes> {
  const tor = await startTor(lab);
  const node = async (name: NodeName): Promise<LabNode> => {
    const number = numbers[name];
    const netns = await lab.namespace(name);
    const ovs = await startOvs(lab, { netns, name: `ovs-${name}` });
    await tor.trunk(netns, NET.uplink, `02:00:00:00:01:0${number}`, { nativeVlan: NET.nativeVlan });
    const pointsman = await LabPointsman.prepare(lab, ovs, {
      name,
      vteps: { evpn: `192.0.2.${number}/24`, aci: `192.0.3.${number}/24` },
      representors: ['vf[0-3]'],
      state: [`remotes: [${remotes.map(remote => `"${remote}"`).join(', ')}]`, `lease: ${lease}`, ...state]
        .map(line => `  ${line}`)
        .join('\n'),
    });
    return { name, ovs, pointsman };
  };
  const nodes = { n1: await node('n1'), n2: await node('n2') };
  const machine = async (name: string, at: NodeName, last: number) =>
    shrink(
      lab,
      await representorHost(lab, nodes[at].ovs.netns, {
        kind: 'representor',
        name,
        representor: 'vf0',
        mac: `02:00:00:00:a0:${last}`,
        address: `10.2.0.${last}/24`,
        address6: `fd00:2::${last}/64`,
        gateway: '10.2.0.1',
        gateway6: 'fd00:2::1',
      }),
    );
  const vmA = await machine('vm-a', 'n1', 11);
  const vmB = await machine('vm-b', 'n2', 12);
  const far = await vxlanHost(lab, tor, {
    kind: 'vxlan',
    name: 'far',
    vni: NET.redEvpnVni,
    mac: '02:00:00:00:a0:30',
    address: '10.2.0.30/24',
    gateway: '10.2.0.1',
    underlayAddress: '192.0.2.11/24',
    underlayMac: '02:00:00:00:f2:11',
    underlayVlan: NET.nativeVlan,
    remoteVtep: '192.0.2.1',
  });
  // Like an EVPN leaf it asks every VTEP of the segment, and learns from the answer.
  await lab.run('bridge', ['fdb', 'append', '00:00:00:00:00:00', 'dev', HOST_DEVICE, 'dst', '192.0.2.2'], {
    netns: far.netns,
  });
  const vlan = await vlanHost(lab, tor, {
    kind: 'vlan',
    name: 'vlan',
    vlan: NET.redVlan,
    mac: '02:00:00:00:11:10',
    address: '10.1.0.10/24',
    gateway: '10.1.0.1',
    mtu: VXLAN_MTU,
  });
  const outside = await vlanHost(lab, tor, {
    kind: 'vlan',
    name: 'outside',
    vlan: NET.outerVlan,
    mac: '02:00:00:00:30:fe',
    address: `${NET.outerRouter}/24`,
    routes: { [NET.natPool]: NET.outerAddress },
    mtu: VXLAN_MTU,
  });
  return { lab, tor, nodes, vmA, vmB, far, vlan, outside };
}

/** What it sends must fit into a tunnel. */
async function shrink(lab: Lab, host: LabHost): Promise<LabHost> {
  await lab.run('ip', ['link', 'set', HOST_DEVICE, 'mtu', String(VXLAN_MTU)], { netns: host.netns });
  return host;
}

/** Says whose the device is, as libvirt or Nova would: or takes that back. */
export async function setIfaceId(node: LabNode, device: string, name: string | undefined): Promise<void> {
  if (name === undefined) await node.ovs.vsctl('--no-wait', 'remove', 'Interface', device, 'external_ids', 'iface-id');
  else await node.ovs.vsctl('--no-wait', 'set', 'Interface', device, `external_ids:iface-id=${name}`);
}

/** A second device for a machine, at another node, ready to be switched to: what a live migration prepares. */
export async function prepareMove(
  { lab }: TwoNodes,
  host: LabHost,
  to: LabNode,
  device: string,
): Promise<() => Promise<void>> {
  await lab.veth(host.netns, 'next0', to.ovs.netns, device, { macA: '02:00:00:00:a0:ff', mtu: VXLAN_MTU });
  await checksumOffloadOff(host.netns, 'next0');
  const { spec } = host;
  return () =>
    ipBatch(lab, host.netns, [
      `link del ${HOST_DEVICE}`,
      'link set next0 down',
      `link set next0 address ${host.mac}`,
      `link set next0 name ${HOST_DEVICE}`,
      `link set ${HOST_DEVICE} up`,
      `addr add ${spec.address} dev ${HOST_DEVICE}`,
      ...(spec.address6 ? [`addr add ${spec.address6} dev ${HOST_DEVICE} nodad`] : []),
      ...(spec.gateway ? [`route replace default via ${spec.gateway} dev ${HOST_DEVICE}`] : []),
      ...(spec.gateway6 ? [`route replace default via ${spec.gateway6} dev ${HOST_DEVICE}`] : []),
    ]);
}
