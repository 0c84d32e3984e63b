// The hosts of a lab, each a network namespace with one inner address: on a VLAN of the top-of-rack switch, behind a VXLAN
// tunnel, or behind a representor of the node.

import { checksumOffloadOff, type Lab } from './lab.ts';
import type { Tor } from './tor.ts';

/** The device that carries the inner address is called this in every host, whatever its kind. */
export const HOST_DEVICE = 'eth0';
/** The underlay device of a VXLAN host. */
export const UNDERLAY_DEVICE = 'under0';

/** Inside a VXLAN on a 1500-byte underlay, with room for a VLAN tag outside. */
export const VXLAN_MTU = 1400;

interface HostCommon {
  readonly name: string;
  /** With its prefix length, such as `10.1.0.10/24`. */
  readonly address: string;
  readonly address6?: string;
  readonly mac: string;
  readonly gateway?: string;
  readonly gateway6?: string;
  /** Further routes: destination prefix to next hop. */
  readonly routes?: Readonly<Record<string, string>>;
  /** Permanent neighbour entries: address to MAC. */
  readonly neighbours?: Readonly<Record<string, string>>;
}

export interface VlanHostSpec extends HostCommon {
  readonly kind: 'vlan';
  readonly vlan: number;
  readonly mtu?: number;
}

export interface VxlanHostSpec extends HostCommon {
  readonly kind: 'vxlan';
  readonly vni: number;
  /** The host's own VTEP, with its prefix length. */
  readonly underlayAddress: string;
  readonly underlayMac: string;
  /** The VLAN of the top-of-rack switch its underlay is on: the native one, or the infra VLAN. */
  readonly underlayVlan: number;
  /** Where it sends all VXLAN packets. */
  readonly remoteVtep: string;
}

export interface RepresentorHostSpec extends HostCommon {
  readonly kind: 'representor';
  /** The device in the node's namespace, such as `pf0vf0`. */
  readonly representor: string;
}

export type HostSpec = VlanHostSpec | VxlanHostSpec | RepresentorHostSpec;

export interface LabHost {
  readonly name: string;
  /** Full name of its namespace. */
  readonly netns: string;
  /** Inner address without prefix length. */
  readonly ip: string;
  readonly ip6: string | undefined;
  readonly mac: string;
  readonly device: string;
  readonly spec: HostSpec;
}

export interface HostPlaces {
  readonly tor: Tor;
  /** Namespace of the node: representors appear there. */
  readonly nodeNetns: string;
}

export async function addHost(lab: Lab, places: HostPlaces, spec: HostSpec): Promise<LabHost> {
  switch (spec.kind) {
    case 'vlan':
      return await vlanHost(lab, places.tor, spec);
    case 'vxlan':
      return await vxlanHost(lab, places.tor, spec);
    case 'representor':
      return await representorHost(lab, places.nodeNetns, spec);
  }
}

export async function vlanHost(lab: Lab, tor: Tor, spec: VlanHostSpec): Promise<LabHost> {
  const netns = await lab.namespace(spec.name);
  await tor.access(netns, HOST_DEVICE, spec.vlan, spec.mac, spec.mtu);
  return await finish(lab, netns, spec);
}

export async function vxlanHost(lab: Lab, tor: Tor, spec: VxlanHostSpec): Promise<LabHost> {
  const netns = await lab.namespace(spec.name);
  await tor.access(netns, UNDERLAY_DEVICE, spec.underlayVlan, spec.underlayMac);
  const local = withoutPrefix(spec.underlayAddress);
  await ipBatch(lab, netns, [
    `addr add ${spec.underlayAddress} dev ${UNDERLAY_DEVICE}`,
    `link add ${HOST_DEVICE} address ${spec.mac} mtu ${VXLAN_MTU} type vxlan id ${spec.vni} local ${local} remote ${spec.remoteVtep} dev ${UNDERLAY_DEVICE} dstport 4789`,
  ]);
  await checksumOffloadOff(netns, HOST_DEVICE);
  return await finish(lab, netns, spec);
}

export async function representorHost(lab: Lab, nodeNetns: string, spec: RepresentorHostSpec): Promise<LabHost> {
  const netns = await lab.namespace(spec.name);
  await lab.veth(netns, HOST_DEVICE, nodeNetns, spec.representor, { macA: spec.mac });
  return await finish(lab, netns, spec);
}

async function finish(lab: Lab, netns: string, spec: HostSpec): Promise<LabHost> {
  const on = `dev ${HOST_DEVICE}`;
  await ipBatch(lab, netns, [
    `addr add ${spec.address} ${on}`,
    ...(spec.address6 ? [`addr add ${spec.address6} ${on} nodad`] : []),
    `link set ${HOST_DEVICE} up`,
    ...(spec.gateway ? [`route add default via ${spec.gateway} ${on}`] : []),
    ...(spec.gateway6 ? [`route add default via ${spec.gateway6} ${on}`] : []),
    ...Object.entries(spec.routes ?? {}).map(([to, via]) => `route add ${to} via ${via} ${on}`),
    ...Object.entries(spec.neighbours ?? {}).map(
      ([ip, mac]) => `neigh replace ${ip} lladdr ${mac} nud permanent ${on}`,
    ),
  ]);
  return {
    name: spec.name,
    netns,
    ip: withoutPrefix(spec.address),
    ip6: spec.address6 === undefined ? undefined : withoutPrefix(spec.address6),
    mac: spec.mac,
    device: HOST_DEVICE,
    spec,
  };
}

/** Runs `ip` commands in a namespace, all in one process; the first that fails ends it. */
export async function ipBatch(lab: Lab, netns: string, commands: readonly string[]): Promise<void> {
  await lab.run('ip', ['-batch', '-'], { netns, input: `${commands.join('\n')}\n` });
}

export function withoutPrefix(address: string): string {
  return address.split('/')[0] ?? address;
}
