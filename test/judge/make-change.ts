// One change of a case, as people and nodes make them: an object goes, comes back, or says something else; a machine moves; a node
// joins, dies, takes over, loses its lease; and several of these in one batch.

import type { Dice } from '../fixtures/dice.ts';
import type { Case, Placement } from './case.ts';
import { forwarded, makePeer, peerNames, selected } from './make-case.ts';
import { judgedNode, stageDevices } from './stage.ts';
import { onTheirUnderlay, swaps } from './swaps.ts';

export interface Change {
  /** For people. */
  readonly what: string;
  readonly to: Case;
  /** Objects (`kind/name`) that were deleted, and made again before anybody looked. */
  readonly anew?: readonly string[];
}

type Plain = Readonly<Record<string, unknown>>;
type Edit = (object: Plain, dice: Dice) => Plain;

/** What can be said otherwise, by kind. What does not fit then is left out of both sides, as ever. */
const edits: Readonly<Record<string, Readonly<Record<string, Edit>>>> = {
  tenants: {
    description: object => ({ ...object, description: `${String(object.description ?? '')}.` }),
    newConnections: ({ newConnections, ...object }) =>
      newConnections === undefined ? { ...object, newConnections: 'drop' } : object,
  },
  vnis: { vni: (object, dice) => ({ ...object, vni: dice.within(6000, 6100) }) },
  interfaces: {
    mac: (object, dice) => ({ ...object, mac: `02:70:6d:aa:00:${10 + dice.below(80)}` }),
    'fewer hosts': object => ({ ...object, hosts: (object.hosts as Plain[] | undefined)?.slice(1) ?? [] }),
    'a host at another MAC address': (object, dice) => ({
      ...object,
      hosts: ((object.hosts as Plain[] | undefined) ?? []).map((host, i) =>
        i === 0 ? { ...host, mac: `02:00:00:aa:00:${10 + dice.below(80)}` } : host,
      ),
    }),
    'one address family': object => ({
      ...object,
      addresses: (object.addresses as string[]).slice(0, 1),
      hosts: ((object.hosts as Plain[] | undefined) ?? []).map(host => ({
        ...host,
        addresses: (host.addresses as string[]).slice(0, 1),
      })),
    }),
    vlan: (object, dice) => {
      const attachment = object.attachment as Plain;
      return attachment.type === 'vlan'
        ? { ...object, attachment: { ...attachment, vlan: dice.within(60, 80) } }
        : object;
    },
    'at one node, or at any': object => {
      const { node, ...attachment } = object.attachment as Plain;
      if (attachment.type === 'vni') return object;
      return { ...object, attachment: node === undefined ? { ...attachment, node: judgedNode.name } : attachment };
    },
    newConnections: ({ newConnections: _, ...object }, dice) =>
      object.role === 'outer' || dice.chance(3)
        ? object
        : { ...object, newConnections: dice.pick(['datapath', 'drop']) },
    newConnectionRate: ({ newConnectionRate, ...object }, dice) =>
      newConnectionRate === undefined ? { ...object, newConnectionRate: dice.within(500_000, 1_000_000) } : object,
    arpRate: (object, dice) => ({ ...object, arpRate: dice.within(500_000, 1_000_000) }),
    'which VTEPs may send': (object, dice) => {
      const { type } = object.attachment as Plain;
      if (type !== 'vni') return object;
      const { remoteVteps, ...others } = object;
      const hosts = (object.hosts as Plain[] | undefined) ?? [];
      const known = [...new Set(hosts.map(({ vtep }) => vtep).filter(vtep => vtep !== undefined))];
      return remoteVteps === undefined && !dice.chance(4) ? { ...others, remoteVteps: known } : others;
    },
  },
  ports: {
    mac: (object, dice) => ({ ...object, mac: `02:00:00:bb:00:${10 + dice.below(80)}` }),
    addresses: (object, dice) => ({
      ...object,
      addresses: (object.addresses as string[]).map(text => text.replace(/\d+$/, String(dice.within(20, 29)))),
    }),
  },
  routes: {
    destination: (object, dice) => ({ ...object, destination: dice.pick(['8.8.0.0/16', '9.9.9.0/24', '0.0.0.0/1']) }),
    'next hop': (object, dice) => ({
      ...object,
      nextHop: String(object.nextHop).replace(/\d+$/, String(dice.pick([10, 11, 20, 254]))),
    }),
    'to the other way out': object => {
      const isOwn = object.interface === 'outside-own';
      const [of, nextHop] = isOwn ? ['outside', '198.51.100.254'] : ['outside-own', '192.0.10.254'];
      return String(object.interface).startsWith('outside') ? { ...object, interface: of, nextHop } : object;
    },
  },
  'nat-pools': {
    chunkSize: (object, dice) => ({ ...object, chunkSize: dice.pick([64, 128, 512, 2048]) }),
    ports: (object, dice) => ({ ...object, ports: { min: dice.pick([3000, 10_000]), max: 60_000 } }),
    'fewer addresses': object => {
      const addresses = object.addresses as string[];
      return { ...object, addresses: addresses.length > 1 ? addresses.slice(1) : addresses };
    },
    'another address': (object, dice) => ({
      ...object,
      addresses: [...(object.addresses as string[]), `203.0.113.${100 + dice.below(100)}`],
    }),
  },
  'nat-rules': {
    source: (object, dice) => ({
      ...object,
      source: dice.pick(['10.0.0.0/9', '10.2.0.0/16', '10.1.0.10/32', '10.3.0.0/24', '10.2.0.20/31']),
    }),
    'what it takes': ({ destinations: _, except: __, protocol: ___, ports: ____, ...object }, dice) => ({
      ...object,
      ...selected(dice),
    }),
    'no exceptions': ({ except: _, ...object }) => object,
  },
  'port-forwards': {
    inside: (object, dice) => ({
      ...object,
      inside: String(object.inside).replace(/\d+$/, dice.pick(['10', '11', '20'])),
    }),
    outside: (object, dice) => ({
      ...object,
      outside: String(object.outside).replace(/\d+$/, String(dice.pick([1, 2, 11, 90, 91, 93, 254]))),
    }),
    'what it takes': ({ insidePort: _, ...object }, dice) => ({ ...object, ...forwarded(dice) }),
  },
  'static-nats': {
    inside: (object, dice) => ({
      ...object,
      inside: String(object.inside).replace(/\d+$/, dice.pick(['10', '11', '20'])),
    }),
    outside: (object, dice) => ({
      ...object,
      outside: String(object.outside).replace(/\d+$/, String(dice.pick([1, 2, 11, 71, 72, 254]))),
    }),
    'the other interface': object => ({
      ...object,
      interface: object.interface === 'outside' ? 'outside-own' : 'outside',
    }),
  },
};

/** @param first the case that all began with: what went, or was changed, may be again as it was there */
export function makeChange(dice: Dice, given: Case, first: Case): Change {
  const { to, ...change } = makeBatch(dice, given, first);
  return { ...change, to: { ...to, objects: onTheirUnderlay(to.objects) } };
}

function makeBatch(dice: Dice, given: Case, first: Case): Change {
  if (!dice.chance(3)) return single(dice, given, first);
  let { what, to, anew = [] } = single(dice, given, first);
  for (let more = dice.within(1, 4); more > 0; more--) {
    const next = single(dice, to, first);
    to = next.to;
    what = `${what}; and ${next.what}`;
    anew = [...anew, ...(next.anew ?? [])];
  }
  return { what, to, anew };
}

function single(dice: Dice, given: Case, first: Case): Change {
  const { objects, placement } = given;
  const kinds = Object.keys(edits).filter(kind => (lists(objects)[kind]?.length ?? 0) > 0);
  // Nothing is left: all that was comes back.
  if (kinds.length === 0) return { what: 'all comes back', to: { objects: first.objects, placement } };
  const kind = dice.pick(kinds);
  const list = lists(objects)[kind] ?? [];
  const with_ = (what: string, changed: readonly unknown[]): Change => ({
    what,
    to: { objects: { ...objects, [kind]: changed }, placement },
  });
  const [i, object] = dice.pick([...list.entries()]);
  const name = `${kind}/${String(object.name)}`;
  switch (dice.below(12)) {
    case 0:
      return with_(
        `${name} goes`,
        list.filter((_, j) => j !== i),
      );
    case 1:
    case 2: {
      const missing = (lists(first.objects)[kind] ?? []).filter(was => !list.some(now => now.name === was.name));
      if (missing.length === 0) break;
      const back = dice.pick(missing);
      return with_(`${kind}/${String(back.name)} comes back`, [...list, back]);
    }
    case 3:
    case 4: {
      const [what, place] = dice.pick(Object.entries(moves));
      return { what, to: { objects, placement: place(placement, dice, given) } };
    }
    case 5:
      return { what: `${name} is made anew`, to: given, anew: [name] };
    case 6: {
      const was = (lists(first.objects)[kind] ?? []).find(each => each.name === object.name);
      if (!was) break;
      return with_(
        `${name}: as it was at first`,
        list.map((other, j) => (j === i ? was : other)),
      );
    }
    case 7:
    case 8:
    case 9: {
      const [what, swap] = dice.pick(Object.entries(swaps));
      return { what, to: { objects: swap(objects, dice), placement } };
    }
    default:
      break;
  }
  const [what, edit] = dice.pick(Object.entries(edits[kind] ?? {}));
  return with_(
    `${name}: ${what}`,
    list.map((other, j) => (j === i ? edit(object, dice) : other)),
  );
}

function lists(objects: Case['objects']): Readonly<Record<string, readonly Plain[]>> {
  return objects as Readonly<Record<string, readonly Plain[]>>;
}

type Move = (placement: Placement, dice: Dice, given: Case) => Placement;

function nodesOf({ peers }: Placement): string[] {
  return [judgedNode.name, ...peers.map(({ name }) => name)];
}

/** What becomes of a placement without any change of the intent. */
const moves: Readonly<Record<string, Move>> = {
  'a machine moves to a node or to another device': (placement, dice) => {
    const names = Object.keys(placement.ports);
    if (names.length === 0) return placement;
    const name = dice.pick(names);
    const node = dice.pick(nodesOf(placement));
    const { [name]: _, ...others } = placement.devices;
    const used = new Set(Object.values(others));
    const free = stageDevices.machines.filter(device => !used.has(device));
    const devices = node === judgedNode.name && free.length > 0 ? { ...others, [name]: dice.pick(free) } : others;
    return { ...placement, ports: { ...placement.ports, [name]: node }, devices };
  },
  'two machines change places': (placement, dice) => {
    const here = Object.entries(placement.devices);
    if (here.length < 2) return placement;
    const [first, second] = [dice.pick(here), dice.pick(here)];
    return { ...placement, devices: { ...placement.devices, [first[0]]: second[1], [second[0]]: first[1] } };
  },
  'a machine is unplugged, and bound still': (placement, dice) => {
    const here = Object.keys(placement.devices);
    if (here.length === 0) return placement;
    const { [dice.pick(here)]: _, ...devices } = placement.devices;
    return { ...placement, devices };
  },
  'an interface is bound elsewhere': (placement, dice) => {
    const names = Object.keys(placement.interfaces);
    if (names.length === 0) return placement;
    return { ...placement, interfaces: { ...placement.interfaces, [dice.pick(names)]: dice.pick(nodesOf(placement)) } };
  },
  'a node dies, and this one takes what it had': (placement, dice) => {
    if (placement.peers.length === 0) return placement;
    const { name: gone } = dice.pick(placement.peers);
    const without = (record: Readonly<Record<string, string>>) =>
      Object.fromEntries(Object.entries(record).filter(([, node]) => node !== gone));
    const taken = Object.entries(placement.interfaces).map(([name, node]) => [
      name,
      node === gone ? judgedNode.name : node,
    ]);
    return {
      ...placement,
      peers: placement.peers.filter(({ name }) => name !== gone),
      interfaces: Object.fromEntries(taken),
      ports: without(placement.ports),
      chunks: Object.fromEntries(
        Object.entries(placement.chunks).map(([rule, nodes]) => [rule, nodes.filter(node => node !== gone)]),
      ),
    };
  },
  'a node joins, or comes back with something else': (placement, dice) => {
    const i = dice.below(2) === 0 ? 0 : 1;
    const others = placement.peers.filter(({ name }) => name !== peerNames[i]);
    return { ...placement, peers: [...others, makePeer(dice, i)] };
  },
  'a chunk is given up, or pulled': (placement, dice, { objects }) => {
    const rules = lists(objects)['nat-rules'] ?? [];
    if (rules.length === 0) return placement;
    const nodes = nodesOf(placement).filter(() => dice.chance(2));
    return { ...placement, chunks: { ...placement.chunks, [String(dice.pick(rules).name)]: nodes } };
  },
  'this node starts again with ports that ask for the type of a tag, or do not': (placement, dice) => ({
    ...placement,
    checksTagType: stageDevices.physical.filter(() => dice.chance(2)),
  }),
  'another bridge takes the conntrack zone of a tenant, or gives it back': (placement, dice, { objects }) => {
    const tenants = (lists(objects).tenants ?? []).map(({ name }) => String(name));
    if (tenants.length === 0) return placement;
    return { ...placement, foreignZones: dice.chance(2) ? [dice.pick(tenants)] : [] };
  },
  'fencing is switched on or off, a lease lost or found again': (placement, dice) => ({
    ...placement,
    fence: dice.pick(['off', 'leased', 'leased', 'stopped'] as const),
  }),
};
