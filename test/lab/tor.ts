// The top-of-rack switch: a second Open vSwitch in a namespace of its own, one learning bridge. It stands in for kernel
// VLAN devices (not every kernel has 8021q): what hangs off an access port is a host on that VLAN.

import type { Lab } from './lab.ts';
import { type LabOvs, startOvs } from './ovs.ts';

const BRIDGE = 'br-tor';

export interface TrunkOptions {
  /** The VLAN that travels untagged on this port. */
  readonly nativeVlan: number;
  readonly mtu?: number;
}

export class Tor {
  readonly netns: string;
  readonly ovs: LabOvs;
  readonly bridge = BRIDGE;
  private readonly lab: Lab;
  private ports = 0;

  constructor(lab: Lab, ovs: LabOvs) {
    this.lab = lab;
    this.ovs = ovs;
    this.netns = ovs.netns;
  }

  /** Makes `device` in `netns` an access port of `vlan`; returns the name of the switch's end. */
  async access(netns: string, device: string, vlan: number, mac: string, mtu = 1500): Promise<string> {
    const port = await this.cable(netns, device, mac, mtu);
    await this.ovs.vsctl('add-port', BRIDGE, port, `tag=${vlan}`);
    return port;
  }

  /** Makes `device` in `netns` a trunk of every VLAN. */
  async trunk(netns: string, device: string, mac: string, options: TrunkOptions): Promise<string> {
    const port = await this.cable(netns, device, mac, options.mtu ?? 1500);
    const columns = ['vlan_mode=native-untagged', `tag=${options.nativeVlan}`];
    await this.ovs.vsctl('add-port', BRIDGE, port, '--', 'set', 'Port', port, ...columns);
    return port;
  }

  /** Takes the cable out at the switch's end, and puts it back. */
  async setCable(port: string, plugged: boolean): Promise<void> {
    await this.lab.run('ip', ['link', 'set', port, plugged ? 'up' : 'down'], { netns: this.netns });
  }

  private async cable(netns: string, device: string, mac: string, mtu: number): Promise<string> {
    this.ports += 1;
    const port = `t${this.ports}`;
    await this.lab.veth(netns, device, this.netns, port, { macA: mac, mtu });
    return port;
  }
}

export async function startTor(lab: Lab, name = 'tor'): Promise<Tor> {
  const netns = await lab.namespace(name);
  const ovs = await startOvs(lab, { netns, name: `ovs-${name}` });
  await ovs.vsctl('add-br', BRIDGE, '--', 'set', 'Bridge', BRIDGE, 'datapath_type=netdev', 'fail_mode=standalone');
  await ovs.requireNoErrors();
  return new Tor(lab, ovs);
}
