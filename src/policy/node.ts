// What the configuration says of the node itself, already validated. Tenants come and go; this changes with a restart.

import type { Prefix } from '../lib/address.ts';

export type DatapathType = 'doca' | 'netdev' | 'system';

/** A port that is attached to a bridge as it stands: an uplink, a bond, or a representor. */
export interface PortConfig {
  readonly name: string;
  /** Interface type; `auto` takes `doca` or `dpdk` where the datapath wants one, else a system device. */
  readonly type: 'auto' | 'system' | 'dpdk' | 'doca';
  readonly options: ReadonlyMap<string, string>;
  /** Bytes of payload, 68 to 9978; undefined: the device's own. */
  readonly mtuRequest: number | undefined;
  /** Receive queues, 1 to 64; `dpdk` and `doca` ports only. */
  readonly rxQueues: number | undefined;
  /** Physical ports only: whether frames are taken for their VLAN's only when the tag is an 802.1Q one; see features/uplink/tag-type.ts. */
  readonly checksTagType?: boolean;
}

/** A tunnel endpoint address of this node. */
export interface VtepConfig {
  readonly name: string;
  readonly address: Prefix;
  /** The physical port behind which the underlay is. */
  readonly port: string;
  /** Cisco ACI style: the underlay is this VLAN, and the address lives on an internal port with this tag. */
  readonly infraVlan: number | undefined;
  /** The kernel device that carries the address: the bridge itself (LOCAL), or an internal port. */
  readonly device: string;
}

export interface NodeConfig {
  readonly name: string;
  readonly datapathType: DatapathType;
  /** What may stand in where the switch cannot do `datapathType`: the same packets, without hardware. */
  readonly datapathFallback: DatapathType | undefined;
  readonly physicalBridge: string;
  readonly integrationBridge: string;
  /** MAC of the physical bridge, so that it does not move when ports come and go; also of VTEP devices. */
  readonly physicalMac: bigint;
  readonly integrationMac: bigint;
  readonly physicalPorts: readonly PortConfig[];
  readonly representors: readonly PortConfig[];
  readonly vteps: readonly VtepConfig[];
  /** After how long without a confirmed heartbeat the datapath stops what others may take over, s; undefined: it goes on. */
  readonly fence: number | undefined;
  /** `Open_vSwitch.other_config` keys to hold. */
  readonly otherConfig: ReadonlyMap<string, string>;
}

/** The VXLAN port of the integration bridge: one for all VNIs and remotes (`key=flow`). */
export const vxlanPort = 'vxlan-int';

/** The two ends of the patch pair that carries the VLANs of one physical port. */
export function patchPorts(physicalPort: string): { readonly integration: string; readonly physical: string } {
  return { integration: `int-${physicalPort}`, physical: `phy-${physicalPort}` };
}
