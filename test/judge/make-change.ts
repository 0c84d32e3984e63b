// One change of a case, as people make them: an object goes, comes back, or says something else; a machine is plugged in elsewhere;
// another node takes over.

import type { Dice } from '../fixtures/dice.ts';
import type { Case } from './case.ts';
import { judgedNode, stageDevices } from './stage.ts';

export interface Change {
  /** For people. */
  readonly what: string;
  readonly to: Case;
}

type Plain = Readonly<Record<string, unknown>>;
type Edit = (object: Plain, dice: Dice) => Plain;

/** What can be said otherwise, by kind. What does not fit then is left out of both sides, as ever. */
const edits: Readonly<Record<string, Readonly<Record<string, Edit>>>> = {
  tenants: { description: object => ({ ...object, description: `${String(object.description ?? '')}.` }) },
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
    arpRate: (object, dice) => ({ ...object, arpRate: dice.within(500_000, 1_000_000) }),
  },
  ports: { mac: (object, dice) => ({ ...object, mac: `02:00:00:bb:00:${10 + dice.below(80)}` }) },
  routes: {
    destination: (object, dice) => ({ ...object, destination: dice.pick(['8.8.0.0/16', '9.9.9.0/24', '0.0.0.0/1']) }),
    'next hop': (object, dice) => ({
      ...object,
      nextHop: String(object.nextHop).replace(/\d+$/, String(dice.pick([10, 11, 20, 254]))),
    }),
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
  },
};

/** @param first the case that all began with: what went may come back as it was there */
export function makeChange(dice: Dice, { objects, placement }: Case, first: Case): Change {
  const kinds = Object.keys(edits).filter(kind => (lists(objects)[kind]?.length ?? 0) > 0);
  const kind = dice.pick(kinds);
  const list = lists(objects)[kind] ?? [];
  const with_ = (what: string, changed: readonly unknown[]): Change => ({
    what,
    to: { objects: { ...objects, [kind]: changed }, placement },
  });
  const [i, object] = dice.pick([...list.entries()]);
  const name = `${kind}/${String(object.name)}`;
  switch (dice.below(6)) {
    case 0:
      return with_(
        `${name} goes`,
        list.filter((_, j) => j !== i),
      );
    case 1: {
      const gone = (lists(first.objects)[kind] ?? []).filter(was => !list.some(now => now.name === was.name));
      if (gone.length === 0) break;
      const back = dice.pick(gone);
      return with_(`${kind}/${String(back.name)} comes back`, [...list, back]);
    }
    case 2:
      return { what: 'something is bound or plugged in elsewhere', to: { objects, placement: moved(dice, placement) } };
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

function moved(dice: Dice, placement: Case['placement']): Case['placement'] {
  const nodes = [judgedNode.name, ...placement.peers.map(({ name }) => name)];
  const entries = Object.entries(placement.ports);
  const [name] = entries.length > 0 ? dice.pick(entries) : [];
  if (name !== undefined && dice.chance(2)) {
    const node = dice.pick(nodes);
    const used = new Set(
      Object.entries(placement.devices).flatMap(([port, device]) => (port === name ? [] : [device])),
    );
    const free = stageDevices.machines.filter(device => !used.has(device));
    const { [name]: _, ...others } = placement.devices;
    const devices = node === judgedNode.name && free.length > 0 ? { ...others, [name]: dice.pick(free) } : others;
    return { ...placement, ports: { ...placement.ports, [name]: node }, devices };
  }
  const interfaces = Object.keys(placement.interfaces);
  if (interfaces.length === 0) return placement;
  return { ...placement, interfaces: { ...placement.interfaces, [dice.pick(interfaces)]: dice.pick(nodes) } };
}
