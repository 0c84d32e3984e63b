// Intents by chance: tenants that use the same inside addresses, on all attachments, with their own and shared ways out, on one
// node, two or three, fenced or not. Most objects fit together; those that don't are left out later.

import type { Dice } from '../fixtures/dice.ts';
import type { Case, PeerText } from './case.ts';
import { judgedNode, remoteVteps, stageDevices } from './stage.ts';

/** @param i which of the peers it is: each has addresses of its own */
export function makePeer(dice: Dice, i: 0 | 1): PeerText {
  const address = (vtep: keyof typeof remoteVteps): string => remoteVteps[vtep].peers[i];
  const all = { evpn: address('evpn'), aci: address('aci'), six: address('six') };
  // One that has not all, or has an address of another family by a name of ours.
  const vteps = dice.pick([
    all,
    all,
    { six: all.six },
    { aci: all.aci, six: all.six },
    { evpn: all.six, aci: all.aci },
  ]) as Record<string, string>;
  const physicalPorts = dice.pick([['p0', 'p1'], ['p0', 'p1'], ['p1']]);
  return { name: peerNames[i], vteps, physicalPorts, representors: ['pf0vf0', 'pf0vf1'] };
}

export const peerNames = ['peer', 'third'] as const;

const self = judgedNode.name;

type Plain = Record<string, unknown>;

export function makeCase(dice: Dice): Case {
  const isAlone = dice.chance(2);
  const peers = isAlone ? [] : [makePeer(dice, 0), ...(dice.chance(3) ? [makePeer(dice, 1)] : [])];
  const names = peers.map(({ name }) => name);
  const tenants = ['red', 'blue', 'green'].slice(0, dice.within(1, 3));
  const objects = {
    vnis: [],
    interfaces: [],
    ports: [],
    routes: [],
    'nat-pools': [],
    'nat-rules': [],
    'static-nats': [],
    'port-forwards': [],
  } as {
    [kind: string]: Plain[];
  };
  const add = (kind: string, object: Plain): void => void objects[kind]?.push(object);
  const bound: Record<string, string> = {};
  const boundPorts: Record<string, string> = {};
  const devices: Record<string, string> = {};
  const chunkNodes: Record<string, string[]> = {};
  const owner = (): string | undefined => (isAlone ? self : dice.pick([self, self, self, ...names, undefined]));
  const bind = (name: string): void => {
    const node = owner();
    if (node !== undefined) bound[name] = node;
  };
  const free: string[] = [...stageDevices.machines];
  const representors: string[] = [...stageDevices.representors];
  let vlan = 10;
  let vni = 5000;

  const outers = [outside(dice, 'outside', undefined, 30)];
  if (dice.chance(2)) outers.push(outside(dice, 'outside-own', dice.pick(tenants), 31));
  for (const outer of outers) {
    add('interfaces', outer);
    bind(outer.name);
  }

  for (const [t, tenant] of tenants.entries()) {
    for (const subnet of [1, 2, 3, 4]) {
      if (dice.chance(4)) continue;
      const name = `${tenant}-${subnet}`;
      const hasV6 = dice.chance(2);
      const mac = `02:70:6d:0${t}:0${subnet}:01`;
      const common = {
        name,
        role: 'inner',
        tenant,
        mac,
        addresses: [`10.${subnet}.0.1/24`, ...(hasV6 ? [`fd00:${subnet}::1/64`] : [])],
        arpRate: 1_000_000,
        ...begins(dice),
      };
      const host = (h: number, vtep?: string): Plain => ({
        mac: `02:00:00:0${t}:0${subnet}:${10 + h}`,
        addresses: [`10.${subnet}.0.${10 + h}`, ...(hasV6 ? [`fd00:${subnet}::${10 + h}`] : [])],
        ...(vtep === undefined ? {} : { vtep }),
      });
      const kind = dice.pick(['vlan', 'vni', 'vni', 'representor'] as const);
      if (kind === 'vlan') {
        const attachment = { type: 'vlan', port: dice.pick(stageDevices.physical), vlan: ++vlan, ...pinned(dice) };
        const hosts = Array.from({ length: dice.within(0, 3) }, (_, h) => host(h));
        add('interfaces', { ...common, attachment, hosts });
      } else if (kind === 'representor') {
        const [port] = representors.splice(0, 1);
        if (port === undefined) continue;
        add('interfaces', { ...common, attachment: { type: 'representor', port, ...pinned(dice) }, hosts: [host(0)] });
      } else {
        const vtep = dice.pick(['evpn', 'aci', 'six'] as const);
        add('vnis', { name, tenant, vni: ++vni, vtep });
        // Where a peer has an IPv6 address by the name of this VTEP, hosts may be behind one, out of this node's reach.
        const isMixed = vtep === 'evpn' && peers.some(peer => peer.vteps.evpn?.includes(':'));
        const far: readonly string[] = [...remoteVteps[vtep].foreign, ...(isMixed ? remoteVteps.six.foreign : [])];
        const hosts = Array.from({ length: dice.within(0, 3) }, (_, h) => host(h, dice.pick(far)));
        const remotes = dice.chance(3) ? { remoteVteps: [...far] } : {};
        add('interfaces', { ...common, attachment: { type: 'vni', vni: name }, hosts, ...remotes });
        for (let p = 0; p < dice.within(0, 3); p++) {
          const port = `${name}-vm${p}`;
          const addresses = [`10.${subnet}.0.${20 + p}`, ...(hasV6 ? [`fd00:${subnet}::${20 + p}`] : [])];
          add('ports', { name: port, interface: name, mac: `02:00:00:0${t}:0${subnet}:${20 + p}`, addresses });
          const node = owner();
          if (node === self) {
            const [device] = free.splice(0, 1);
            if (device === undefined) continue;
            devices[port] = device;
          }
          if (node !== undefined) boundPorts[port] = node;
        }
      }
      bind(name);
      if (dice.chance(3))
        add('routes', {
          name: `${name}-behind`,
          tenant,
          destination: dice.pick([
            ...[`10.${subnet}.128.0/17`, '10.20.0.0/16', '172.16.0.0/12', `10.${subnet}.0.64/26`],
            // What is around a way out.
            ...['128.0.0.0/1', '8.0.0.0/7'],
          ]),
          interface: name,
          nextHop: `10.${subnet}.0.${dice.pick([10, 11, 20, 99])}`,
        });
    }
    for (const [i, destination] of ['0.0.0.0/0', '8.0.0.0/8', '8.8.8.0/24', '8.8.8.8/32'].entries()) {
      if (i > 0 ? !dice.chance(3) : dice.chance(6)) continue;
      const outer = dice.pick(outers.filter(({ tenant: of }) => of === undefined || of === tenant));
      add('routes', {
        name: `${tenant}-out${i}`,
        tenant,
        destination,
        interface: outer.name,
        nextHop: outer.hosts[0]?.addresses[0],
      });
    }
  }

  for (const [t, tenant] of tenants.entries()) {
    const usable = outers.filter(({ tenant: of }) => of === undefined || of === tenant);
    const [v6] = usable.filter(({ addresses }) => addresses.length > 1);
    if (v6 && !dice.chance(4))
      add('routes', {
        ...{ name: `${tenant}-out6`, tenant, destination: dice.pick(['::/0', '2000::/3']), interface: v6.name },
        nextHop: v6.hosts[0]?.addresses[1],
      });
    const machines = [...(objects.interfaces ?? []), ...(objects.ports ?? [])].flatMap(of =>
      String(of.name).startsWith(`${tenant}-`) ? addressesOf(of) : [],
    );
    for (let s = 0; s < dice.within(0, 5); s++) {
      const outer = dice.pick(usable);
      const inside = machines.length === 0 || dice.chance(8) ? '172.16.5.5' : dice.pick(machines);
      const at = 50 + 10 * t + s;
      const [net, net6] = outer.addresses.map(text => text.replace(/1\/\d+$/, ''));
      const on = inside.includes(':') ? `${net6 ?? '2001:db8:5::'}${at}` : `${net}${at}`;
      const routed = inside.includes(':') ? `2001:db8:5::${at}` : `203.0.113.${at}`;
      // On the wire of the interface, or routed to it.
      const outside = dice.chance(3) ? on : routed;
      add('static-nats', { name: `${tenant}-static${s}`, tenant, interface: outer.name, inside, outside });
    }
  }

  for (const [t, tenant] of tenants.entries()) {
    const usable = outers.filter(({ tenant: of }) => of === undefined || of === tenant);
    const machines = [...(objects.interfaces ?? []), ...(objects.ports ?? [])]
      .flatMap(of => (String(of.name).startsWith(`${tenant}-`) ? addressesOf(of) : []))
      .filter(text => text.includes('.'));
    for (let f = 0; f < dice.within(0, 4); f++) {
      const outer = dice.pick(usable);
      const inside = machines.length === 0 || dice.chance(8) ? '172.16.5.5' : dice.pick(machines);
      const [net = ''] = outer.addresses.map(text => text.replace(/1\/\d+$/, ''));
      const last = 90 + 3 * t + dice.below(2);
      const outside = dice.chance(3) ? `${net}${last}` : `203.0.113.${last}`;
      add('port-forwards', {
        name: `${tenant}-forward${f}`,
        tenant,
        interface: outer.name,
        outside,
        inside,
        ...forwarded(dice),
      });
    }
  }

  const pools = Array.from({ length: dice.within(0, 3) }, (_, p) => {
    const outer = dice.pick(outers);
    return {
      name: `pool${p}`,
      outer,
      addresses: Array.from({ length: dice.within(1, 2) }, (_, a) => `203.0.113.${10 * p + a + 1}`),
    };
  });
  for (const { name, outer, addresses } of pools) {
    const own = dice.chance(4) ? [outer.addresses[0]?.split('/')[0]] : [];
    const ports = dice.chance(3) ? { ports: { min: 2000, max: 9000 } } : {};
    const chunkSize = dice.pick([64, 256, 1024, 4096]);
    add('nat-pools', { name, interface: outer.name, addresses: [...addresses, ...own], chunkSize, ...ports });
  }
  for (const tenant of tenants) {
    const some = !dice.chance(3);
    for (const [r, source] of ['10.0.0.0/8', '10.1.0.0/16', '10.2.0.0/24', '10.3.0.10/32'].entries()) {
      const usable = pools.filter(({ outer }) => outer.tenant === undefined || outer.tenant === tenant);
      if (usable.length === 0 || dice.chance(2)) continue;
      const name = `${tenant}-nat${r}`;
      add('nat-rules', { name, tenant, source, pool: dice.pick(usable).name, ...(some ? selected(dice) : {}) });
      if (!isAlone) chunkNodes[name] = dice.pick([[self], [self, ...names], names]);
      // Beside it one of the same source, which takes some of what it would.
      if (!some) continue;
      add('nat-rules', { name: `${name}-some`, tenant, source, pool: dice.pick(usable).name, ...selected(dice, 4) });
      if (!isAlone) chunkNodes[`${name}-some`] = dice.pick([[self], [self, ...names], names]);
    }
  }

  return {
    objects: {
      tenants: tenants.map(name => ({ name, ...(dice.chance(6) ? { newConnections: 'drop' } : {}) })),
      ...objects,
    },
    placement: {
      peers,
      interfaces: bound,
      ports: boundPorts,
      devices,
      chunks: chunkNodes,
      fence: dice.pick(['off', 'off', 'off', 'leased', 'stopped'] as const),
      checksTagType: dice.chance(2) ? stageDevices.physical.filter(() => dice.chance(2)) : [],
      foreignZones: dice.chance(10) ? [dice.pick(tenants)] : [],
    },
  };
}

/** Of the machines of an interface, or of a port. */
function addressesOf({ hosts, addresses }: Plain): readonly string[] {
  const some = (hosts as readonly Plain[] | undefined)?.flatMap(host => host.addresses as readonly string[]);
  return some ?? (addresses as readonly string[]);
}

/** What an interface says of new connections; a rate that no conversation comes near. */
function begins(dice: Dice): Plain {
  return {
    ...(dice.chance(4) ? { newConnections: dice.pick(['datapath', 'drop']) } : {}),
    ...(dice.chance(4) ? { newConnectionRate: 1_000_000 } : {}),
  };
}

/** What a rule takes of what comes from its source: all, or some. */
export function selected(dice: Dice, anywhere = 2): Plain {
  const near = ['8.8.8.8/32', '8.8.8.8/32', '8.8.8.0/24', '8.8.8.0/24', '8.0.0.0/7', '8.0.0.0/7', '9.9.9.9/32'];
  const some = (): string[] => Array.from({ length: dice.within(1, 2) }, () => dice.pick(near));
  const protocol = dice.pick([undefined, undefined, undefined, 'tcp', 'udp', 'udp', 'icmp']);
  const hasPorts = (protocol === 'tcp' || protocol === 'udp') && dice.chance(2);
  return {
    ...(dice.chance(anywhere) ? {} : { destinations: some() }),
    ...(dice.chance(3) ? { except: some() } : {}),
    ...(protocol === undefined ? {} : { protocol }),
    ...(hasPorts ? { ports: dice.pick([ports(53, 53), ports(21, 443), ports(2000, 4099), ports(4096, 8191)]) } : {}),
  };
}

/** What a forward takes: ports that packets often go to, the same inside or others. */
export function forwarded(dice: Dice): Plain {
  const [some, insidePort] = dice.pick([
    [ports(80, 80), undefined],
    [ports(80, 80), 8080],
    [ports(53, 53), undefined],
    [ports(53, 80), undefined],
    [ports(50, 60), 2000],
    [ports(2000, 4100), undefined],
    [ports(443, 443), 80],
  ] as const);
  return { protocol: dice.pick(['tcp', 'udp']), ports: some, ...(insidePort === undefined ? {} : { insidePort }) };
}

function ports(min: number, max: number) {
  return { min, max };
}

/** Some are said to be at one node. */
function pinned(dice: Dice): { readonly node?: string } {
  return dice.chance(4) ? { node: self } : {};
}

/** A way out: a VLAN with a router on it. */
function outside(dice: Dice, name: string, tenant: string | undefined, vlan: number) {
  const net = vlan === 30 ? '198.51.100' : '192.0.10';
  const hasV6 = dice.chance(2);
  return {
    name,
    role: 'outer',
    ...(tenant === undefined ? {} : { tenant }),
    attachment: { type: 'vlan', port: vlan === 30 ? 'p1' : 'p0', vlan, ...pinned(dice) },
    mac: `02:70:6d:00:${vlan}:01`,
    addresses: [`${net}.1/24`, ...(hasV6 ? [`fd00:${vlan}::1/64`] : [])],
    hosts: [{ mac: `02:00:00:00:${vlan}:fe`, addresses: [`${net}.254`, ...(hasV6 ? [`fd00:${vlan}::fe`] : [])] }],
    arpRate: 1_000_000,
  };
}
