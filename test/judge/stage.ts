// The switch that a judge looks at: a real vswitchd with its real userspace datapath, conntrack and tunnels; only the devices
// are unix sockets, so that a frame goes in and its answer comes out within a fraction of a millisecond.

import { once } from 'node:events';
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';
import { ConntrackSweeper } from '../../src/controller/conntrack/sweeper.ts';
import { flushZones, planZones } from '../../src/controller/conntrack/zones.ts';
import type { Changes } from '../../src/controller/flows/desired.ts';
import { FlowInstaller } from '../../src/controller/flows/installer.ts';
import { desiredOf } from '../../src/controller/program/live-program.ts';
import { formatIp, type Ip, parseMac, parsePrefix, sameIp } from '../../src/lib/address.ts';
import { silentLogger } from '../../src/lib/logger.ts';
import { SwitchConnection, unsealFlow } from '../../src/openflow/index.ts';
import { buildFrame, type Frame, type FramePayload, parseFrame } from '../../src/openflow/packet/frame.ts';
import type { IpPayload } from '../../src/openflow/packet/transport.ts';
import { buildVxlan, parseVxlan, vxlanPort as vxlanUdpPort } from '../../src/openflow/packet/vxlan.ts';
import type { Delta, Program } from '../../src/policy/engine/program.ts';
import { tenants } from '../../src/policy/facts/objects.ts';
import { flows, groups, meters, translations } from '../../src/policy/facts/outcome.ts';
import { leaseFlow, leaseKeyOf } from '../../src/policy/features/fence/lease.ts';
import { type NodeConfig, patchPorts, vxlanPort } from '../../src/policy/node.ts';
import type { Observed } from '../../src/policy/observed.ts';
import { port } from '../fixtures/demo-intent.ts';
import type { Lab } from '../lab/lab.ts';
import { type LabOvs, startOvs } from '../lab/ovs.ts';
import { eventually } from '../lab/wait.ts';
import { piecesOf } from '../model/pieces.ts';
import type { Sighting } from '../model/verdict.ts';
import { Device, markerType } from './device.ts';

/** What came out: the frame, or of a tunnel packet the inner one, and its bytes for comparison. */
export interface Seen extends Sighting {
  readonly bytes: Uint8Array;
}

export const stageDevices = {
  physical: ['p0', 'p1'],
  representors: ['pf0vf0', 'pf0vf1', 'pf0vf2'],
  /** Of machines (ports of the intent). */
  machines: ['tap0', 'tap1', 'tap2', 'tap3'],
} as const;

/** The node that is judged: two uplinks, an EVPN style, an ACI style and an IPv6 VTEP, representors. */
export const judgedNode: NodeConfig = {
  name: 'self',
  datapathType: 'netdev',
  datapathFallback: undefined,
  physicalBridge: 'br-phy',
  integrationBridge: 'br-int',
  physicalMac: parseMac('02:70:6d:00:00:01'),
  integrationMac: parseMac('02:70:6d:00:00:02'),
  physicalPorts: stageDevices.physical.map(port),
  representors: stageDevices.representors.map(port),
  vteps: [
    { name: 'evpn', address: parsePrefix('192.0.2.1/24'), port: 'p0', infraVlan: undefined, device: 'br-phy' },
    { name: 'aci', address: parsePrefix('192.0.3.1/24'), port: 'p0', infraVlan: 2, device: 'vtep-aci' },
    { name: 'six', address: parsePrefix('2001:db8:6::1/64'), port: 'p1', infraVlan: 3, device: 'vtep-six' },
  ],
  otherConfig: new Map(),
  fence: undefined,
};

/** Far ends of tunnels, foreign ones and those of a peer. */
export const remoteVteps = {
  evpn: { foreign: ['192.0.2.11', '192.0.2.12'], peers: ['192.0.2.2', '192.0.2.3'] },
  aci: { foreign: ['192.0.3.11'], peers: ['192.0.3.2', '192.0.3.3'] },
  six: { foreign: ['2001:db8:6::11', '2001:db8:6::12'], peers: ['2001:db8:6::2', '2001:db8:6::3'] },
} as const;
const allRemoteVteps = Object.values(remoteVteps).flatMap(({ foreign, peers }) => [...foreign, ...peers]);
/** VTEPs of ours that have a device of their own. */
const innerVteps = ['vtep-aci', 'vtep-six'] as const;

const bridges = ['br-phy', 'br-int'] as const;
/** How long a lease stands, seconds: longer than the judge looks at a node. */
const lease = 3600;
/** How long a frame that must come out is waited for, ms. */
const longest = 2000;
const longestForMarker = 60_000;
/** Modifications in a bundle. */
const cutAt = 10;

export class Stage {
  readonly ovs: LabOvs;
  readonly observed: Observed;
  readonly #devices: ReadonlyMap<string, Device>;
  readonly #installers: Readonly<Record<(typeof bridges)[number], FlowInstaller>>;
  readonly connections: readonly SwitchConnection[];
  readonly #integration: SwitchConnection;
  readonly #sweeper: ConntrackSweeper;
  /** Between the bundles of a change what it is not about may be lost, but not go astray. */
  readonly isCut: boolean;
  #isLeased = false;
  /** Whose each conntrack zone is, as the integration bridge's external_ids have it. */
  readonly #zones = new Map<string, string>();
  /** Told of each frame that comes out. */
  onSeen: ((seen: Seen) => void) | undefined;
  /** How long after a marker a frame may be on its way by another device, ms. */
  readonly #patience: number;
  #sourcePort = 0;

  private constructor(
    ovs: LabOvs,
    observed: Observed,
    opened: ReadonlyMap<string, Device>,
    connections: Readonly<Record<(typeof bridges)[number], SwitchConnection>>,
    { patience, isCut }: { readonly patience: number; readonly isCut: boolean },
  ) {
    this.#patience = patience;
    this.isCut = isCut;
    this.ovs = ovs;
    this.observed = observed;
    this.#devices = opened;
    this.connections = Object.values(connections);
    this.#integration = connections['br-int'];
    const installer = (bridge: (typeof bridges)[number]) =>
      new FlowInstaller({
        ...{ bridge, connection: connections[bridge], logger: silentLogger },
        ...(bridge === 'br-int' ? { lease: leaseKeyOf({ fence: lease }) } : {}),
        ...(isCut ? { bundleLimit: cutAt } : {}),
      });
    this.#sweeper = new ConntrackSweeper({
      connection: connections['br-int'],
      control: async () => ovs.controlSocket,
      datapath: () => 'netdev@ovs-netdev',
      logger: silentLogger,
    });
    this.#installers = { 'br-phy': installer('br-phy'), 'br-int': installer('br-int') };
  }

  /**
   * @param kind `sockets` are quick; `namespaces` are veth pairs whose far ends are in one of their own, `${lab.prefix}-world`
   * @param isCut every change comes in bundles of a few modifications, as only very large ones do otherwise
   */
  static async open(lab: Lab, kind: 'sockets' | 'namespaces' = 'sockets', isCut = false): Promise<Stage> {
    const netns = await lab.namespace(isCut ? 'judge-cut' : 'judge');
    const ovs = await startOvs(lab, { netns, dummy: 'beside' });
    const all = [...stageDevices.physical, ...stageDevices.representors, ...stageDevices.machines];
    const world = kind === 'namespaces' ? await lab.namespace('world') : undefined;
    if (world !== undefined)
      for (const name of all) {
        for (const side of [netns, world])
          await lab.run('/bin/sh', ['-ec', 'echo 1 >/proc/sys/net/ipv6/conf/default/disable_ipv6'], { netns: side });
        await lab.veth(world, name, netns, name);
      }
    await ovs.vsctl(...bridges.flatMap(bridge => bridgeCommands(bridge)), ...portCommands(ovs, kind));
    await ovs.requireNoErrors();
    // Waiting for them is most of what a change costs; they are woken by a change of flows as ever.
    await ovs.vsctl('set', 'Open_vSwitch', '.', 'other_config:max-revalidator=100');
    for (const { address, device } of judgedNode.vteps) {
      const isV6 = address.ip.family === 6;
      const quiet = `cd /proc/sys/net/ipv6/conf/${device}; echo 1 >addr_gen_mode; echo ${isV6 ? 0 : 1} >disable_ipv6`;
      const own = `ip addr add ${formatIp(address.ip)}/${address.length} dev ${device}${isV6 ? ' nodad' : ''}`;
      const kernel = `${quiet}; ip link set ${device} up; ${own}`;
      await lab.run('/bin/sh', ['-ec', kernel], { netns });
    }
    const numbers = new Map<string, number>();
    for (const name of [...all, ...innerVteps, vxlanPort, ...stageDevices.physical.flatMap(patches)])
      numbers.set(name, await ovs.ofport(name));
    for (const bridge of bridges)
      await ovs.ofctl('add-flow', bridge, `priority=65535,dl_type=0x${markerType.toString(16)},actions=IN_PORT`);
    const opened = new Map<string, Device>();
    for (const name of all) {
      const device =
        world === undefined ? Device.ofSocket(name, `${ovs.runDir}/${name}.sock`) : Device.ofNamespace(name, world);
      opened.set(name, await device);
    }
    lab.defer(() => {
      for (const device of opened.values()) device.close();
    });
    const connections = {
      'br-phy': await connected(lab, ovs, 'br-phy'),
      'br-int': await connected(lab, ovs, 'br-int'),
    };
    const stage = new Stage(
      ovs,
      { integrationPorts: numbers, physicalPorts: numbers, attached: new Map() },
      opened,
      connections,
      { patience: kind === 'namespaces' ? 40 : 0, isCut },
    );
    await stage.#learnUnderlay();
    return stage;
  }

  /** OpenFlow port numbers for machines by the device each has. */
  attach(machines: ReadonlyMap<string, string>): Observed {
    const { integrationPorts } = this.observed;
    const attached = new Map([...machines].map(([name, device]) => [name, integrationPorts.get(device) ?? 0]));
    return { ...this.observed, attached };
  }

  /** vswitchd asks nobody for the MAC addresses of far VTEPs: it is told, once it has taken note of the VTEPs' own addresses. */
  async #learnUnderlay(): Promise<void> {
    await this.ovs.appctl('tnl/neigh/aging', '3600');
    await eventually(
      async () => {
        for (const [i, text] of allRemoteVteps.entries()) {
          await this.ovs.appctl('tnl/neigh/set', 'br-phy', text, `02:00:00:00:ee:${10 + i}`);
        }
        await sleep(100);
        const known = await this.ovs.appctl('tnl/neigh/show');
        return allRemoteVteps.every(text => known.includes(`${text} `));
      },
      { what: 'the underlay to be known' },
    );
  }

  /**
   * Both bridges hold the program, and connections that it would not have made have ended, as the controller goes about it.
   * @param delta what has changed since the last time; absent: it is another program
   */
  async load({ program, isLeased }: { program: Program; isLeased: boolean }, delta?: Delta): Promise<void> {
    // As a heartbeat that is confirmed, before anything asks for it; as one that is not, behind.
    if (isLeased && !this.#isLeased) await this.#lease('add');
    const whose = planZones({ tenants: [...program.rows(tenants)], isAll: true }, this.#zones, () => false);
    await flushZones(whose.flush, this.#integration);
    const install = (bridge: (typeof bridges)[number], which: 'integration' | 'physical') =>
      this.#installers[bridge].install(desiredOf(program, which), delta && changesOf(delta, which));
    const reports = [await install('br-int', 'integration'), await install('br-phy', 'physical')];
    const [refused] = reports.flatMap(report => report.refused);
    if (refused) throw new Error(`the switch refused a flow: ${refused.reason}`);
    await flushZones(whose.flush, this.#integration);
    for (const key of whose.remove) this.#zones.delete(key);
    for (const [key, tenant] of whose.insert) this.#zones.set(key, tenant);
    if (!isLeased && this.#isLeased) await this.#lease('delete_strict');
    this.#isLeased = isLeased;
    const changed = delta
      ? delta.changes(translations).flatMap(({ key }) => program.get(translations, key) ?? [])
      : [...program.rows(translations)];
    const [any] = program.rows(flows.integration);
    await this.#sweeper.sweep({
      changed,
      all: () => program.rows(translations),
      flow: () => any && unsealFlow(any),
    });
    await this.ovs.appctl('revalidator/wait');
  }

  async #lease(command: 'add' | 'delete_strict'): Promise<void> {
    await this.#integration.request({ kind: 'flow_mod', command, flow: leaseFlow(lease) });
    if (command === 'delete_strict') await this.ovs.appctl('revalidator/wait');
  }

  async forgetConnections(): Promise<void> {
    await this.ovs.appctl('dpctl/flush-conntrack');
  }

  /**
   * Sends a frame in by a device, and returns all that came out of any, once the switch is done with it.
   * @param expected frames: what vswitchd could not write at once comes a little later
   * @param mayBeLost there may be none, too
   */
  async exchange(sighting: Sighting, expected: number, mayBeLost = false): Promise<Seen[]> {
    const device = this.#device(sighting.device);
    for (const each of this.#devices.values()) each.frames = [];
    const done = new Promise<void>((resolve, reject) => {
      const lost = () => reject(new Error(`${sighting.device}: the switch has swallowed a marker`));
      const timer = setTimeout(lost, longestForMarker);
      device.onMarker = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    device.send(piecesOf(sighting.frame, sighting.pieces).map(frame => this.#onTheWire({ ...sighting, frame })));
    await done;
    // What was written to the other sockets before the marker is there to read by now.
    await turn();
    await turn();
    if (this.#patience > 0) await sleep(this.#patience);
    const all = (): Seen[] =>
      [...this.#devices.values()]
        .flatMap(each => each.frames.map(bytes => seen(each.name, bytes)))
        .filter(each => !isKernels(each));
    const isEnough = (): boolean => all().length >= expected || (mayBeLost && all().length === 0);
    for (let waited = 0; !isEnough() && waited < longest; waited++) await sleep(1);
    return this.#told(all());
  }

  #told(all: Seen[]): Seen[] {
    for (const each of all) this.onSeen?.(each);
    return all;
  }

  #device(name: string): Device {
    const device = this.#devices.get(name);
    if (!device) throw new Error(`there is no device ${name}`);
    return device;
  }

  #onTheWire({ frame, tunnel }: Sighting): Uint8Array {
    const inner = buildFrame(frame);
    if (!tunnel) return inner;
    const vtep = judgedNode.vteps.find(({ address }) => sameIp(address.ip, tunnel.destination));
    this.#sourcePort = (this.#sourcePort + 1) % 16384;
    const { source, destination } = tunnel;
    const none = new Uint8Array(0);
    const data = buildVxlan({ vni: tunnel.vni, frame: inner });
    const ports = { sourcePort: 49152 + this.#sourcePort, destinationPort: vxlanUdpPort };
    return buildFrame({
      destination: judgedNode.physicalMac,
      source: 0x02000000ee00n,
      tags: vtep?.infraVlan === undefined ? [] : [tagOf(vtep.infraVlan)],
      payload: underlayPacket(source, destination, { kind: 'udp', ...ports, data, checksum: 0 }),
      trailer: none,
    });
  }
}

function changesOf(delta: Delta, bridge: 'integration' | 'physical'): Changes {
  if (bridge === 'physical') return { flows: delta.changes(flows.physical) };
  return { flows: delta.changes(flows.integration), groups: delta.changes(groups), meters: delta.changes(meters) };
}

function underlayPacket(from: Ip, to: Ip, payload: IpPayload): FramePayload {
  if (from.family === 6 && to.family === 6)
    return {
      kind: 'ipv6',
      source: from.value,
      destination: to.value,
      hopLimit: 64,
      trafficClass: 0,
      flowLabel: 0,
      payload,
    };
  if (from.family !== 4 || to.family !== 4) throw new Error('a tunnel has ends of one address family');
  return {
    kind: 'ipv4',
    source: from.value,
    destination: to.value,
    ttl: 64,
    tos: 0,
    identification: 0,
    dontFragment: true,
    moreFragments: false,
    fragmentOffset: 0,
    options: new Uint8Array(0),
    payload,
  };
}

function tagOf(id: number) {
  return { type: 0x8100, priority: 0, dropEligible: false, id } as const;
}

/** The node's own IP stack makes itself known on an IPv6 underlay (MLD). */
function isKernels({ tunnel, frame: { tags, payload } }: Seen): boolean {
  return !tunnel && tags[0]?.id === 3 && payload.kind === 'ipv6' && payload.payload.kind !== 'udp';
}

function seen(device: string, bytes: Uint8Array): Seen {
  const frame = parseFrame(bytes);
  if (!frame) throw new Error(`${device}: ${bytes.length} bytes are no frame`);
  const carried = tunnelOf(frame);
  if (!carried) return { device, frame, bytes };
  const inner = parseFrame(carried.frame);
  if (!inner) throw new Error(`${device}: a tunnel packet without a frame`);
  return { device, tunnel: carried.tunnel, frame: inner, bytes: carried.frame };
}

function tunnelOf({ tags, payload }: Frame) {
  if ((payload.kind !== 'ipv4' && payload.kind !== 'ipv6') || payload.payload.kind !== 'udp') return undefined;
  if (payload.payload.destinationPort !== vxlanUdpPort) return undefined;
  const family = payload.kind === 'ipv4' ? 4 : 6;
  const source = { family, value: payload.source } as Ip;
  const vtep = judgedNode.vteps.find(({ address }) => sameIp(address.ip, source));
  const packet = parseVxlan(payload.payload.data);
  // The tag of the underlay belongs to the tunnel: with another one it is no tunnel of ours.
  if (!packet || !vtep || tags.length > 1 || tags[0]?.id !== vtep.infraVlan) return undefined;
  const destination = { family, value: payload.destination } as Ip;
  return { tunnel: { vni: packet.vni, source, destination }, frame: packet.frame };
}

function patches(physicalPort: string): readonly string[] {
  const { integration, physical } = patchPorts(physicalPort);
  return [integration, physical];
}

function bridgeCommands(bridge: string): string[] {
  const mac = bridge === 'br-phy' ? '02:70:6d:00:00:01' : '02:70:6d:00:00:02';
  const settings = ['datapath_type=netdev', 'fail_mode=secure', `other_config:hwaddr=${mac}`];
  return ['--', 'add-br', bridge, '--', 'set', 'Bridge', bridge, ...settings];
}

function portCommands(ovs: LabOvs, kind: 'sockets' | 'namespaces'): string[] {
  const add = (bridge: string, name: string, ...settings: string[]) => [
    ...['--', 'add-port', bridge, name, '--', 'set', 'Interface', name, ...settings],
  ];
  const device = (name: string) =>
    kind === 'sockets' ? ['type=dummy', `options:pstream=punix:${ovs.runDir}/${name}.sock`] : ['type=""'];
  return [
    ...stageDevices.physical.flatMap(name => [
      ...add('br-phy', name, ...device(name)),
      ...add('br-phy', patchPorts(name).physical, 'type=patch', `options:peer=${patchPorts(name).integration}`),
      ...add('br-int', patchPorts(name).integration, 'type=patch', `options:peer=${patchPorts(name).physical}`),
    ]),
    ...[...stageDevices.representors, ...stageDevices.machines].flatMap(name => add('br-int', name, ...device(name))),
    ...innerVteps.flatMap(name => add('br-phy', name, 'type=internal', 'mac="02:70:6d:00:00:01"')),
    ...add('br-int', vxlanPort, 'type=vxlan', ...['key', 'remote_ip', 'local_ip'].map(key => `options:${key}=flow`)),
  ];
}

async function connected(lab: Lab, ovs: LabOvs, bridge: string): Promise<SwitchConnection> {
  const connection = new SwitchConnection({
    endpoint: { kind: 'unix', path: `${ovs.runDir}/${bridge}.mgmt` },
    logger: silentLogger,
  });
  lab.defer(() => connection.close());
  const up = once(connection, 'connected');
  connection.start();
  await up;
  return connection;
}
