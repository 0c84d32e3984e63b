// Changes of several objects that belong together, as one batch makes them: two exchange what they have, one takes what another
// has (a conflict, until something else mends it), one goes over to another tenant with all that hangs on it.

import type { Dice } from '../fixtures/dice.ts';
import type { Case } from './case.ts';
import { remoteVteps } from './stage.ts';

type Objects = Case['objects'];
type Plain = Readonly<Record<string, unknown>>;
type Swap = (objects: Objects, dice: Dice) => Objects;

function listOf(objects: Objects, kind: string): readonly Plain[] {
  return (objects as Readonly<Record<string, readonly Plain[] | undefined>>)[kind] ?? [];
}

function changed(objects: Objects, kind: string, change: (object: Plain) => Plain): Objects {
  return { ...objects, [kind]: listOf(objects, kind).map(change) };
}

/** Two of a kind, each with what `give` says of the other. */
function exchange(kind: string, give: (other: Plain) => Plain, alike: (object: Plain) => unknown = () => ''): Swap {
  return (objects, dice) => {
    const pair = twoOf(listOf(objects, kind), alike, dice);
    if (!pair) return objects;
    const [one, other] = pair;
    return changed(objects, kind, object => {
      if (object === one) return { ...object, ...give(other) };
      return object === other ? { ...object, ...give(one) } : object;
    });
  };
}

/** One gets what another has, and both claim it. */
function claim(kind: string, give: (other: Plain) => Plain, alike: (object: Plain) => unknown = () => ''): Swap {
  return (objects, dice) => {
    const pair = twoOf(listOf(objects, kind), alike, dice);
    if (!pair) return objects;
    const [one, other] = pair;
    return changed(objects, kind, object => (object === one ? { ...object, ...give(other) } : object));
  };
}

/** In any order. */
function twoOf(list: readonly Plain[], alike: (object: Plain) => unknown, dice: Dice): [Plain, Plain] | undefined {
  if (list.length < 2) return undefined;
  const one = dice.pick(list);
  const others = list.filter(object => object !== one && alike(object) === alike(one));
  return others.length === 0 ? undefined : [one, dice.pick(others)];
}

const attachmentType = (object: Plain): unknown => (object.attachment as Plain).type;
const mayStandIn = (object: Plain): unknown => `${String(object.role)} ${String(attachmentType(object))}`;
const ofOneTenant = (object: Plain): unknown => `${mayStandIn(object)} ${String(object.tenant)}`;

const attachment = (other: Plain): Plain => ({ attachment: other.attachment });
const whatIsThere = ({ mac, addresses, hosts }: Plain): Plain => ({ mac, addresses, hosts });

export const swaps: Readonly<Record<string, Swap>> = {
  'two interfaces exchange their attachments': exchange('interfaces', attachment, mayStandIn),
  'two interfaces exchange their addresses and hosts': exchange('interfaces', whatIsThere, ofOneTenant),
  'two interfaces exchange their MAC addresses': exchange('interfaces', ({ mac }) => ({ mac })),
  'two VNIs exchange their numbers': exchange('vnis', ({ vni }) => ({ vni })),
  'two ports exchange their MAC addresses': exchange('ports', ({ mac }) => ({ mac })),
  'two ports exchange their addresses': exchange(
    'ports',
    ({ addresses }) => ({ addresses }),
    on => on.interface,
  ),
  'two ports exchange their interfaces': exchange('ports', ({ interface: of, addresses }) => ({
    interface: of,
    addresses,
  })),
  'two routes exchange their ways': exchange('routes', ({ interface: of, nextHop }) => ({ interface: of, nextHop })),
  'two routes exchange their destinations': exchange('routes', ({ destination }) => ({ destination })),
  'two pools exchange their addresses': exchange('nat-pools', ({ addresses }) => ({ addresses })),
  'two pools exchange their interfaces': exchange('nat-pools', of => ({ interface: of.interface })),
  'two rules exchange their pools': exchange('nat-rules', ({ pool }) => ({ pool })),
  'two rules exchange their sources': exchange(
    'nat-rules',
    ({ source }) => ({ source }),
    ({ tenant }) => tenant,
  ),
  'two rules exchange their tenants': exchange('nat-rules', ({ tenant }) => ({ tenant })),

  'two static NATs exchange their insides': exchange(
    'static-nats',
    ({ inside }) => ({ inside }),
    ({ tenant }) => tenant,
  ),
  'two static NATs exchange their outsides': exchange('static-nats', ({ outside }) => ({ outside })),
  'two static NATs exchange their tenants': exchange('static-nats', ({ tenant }) => ({ tenant })),

  'an interface gets the attachment of another': claim('interfaces', attachment, mayStandIn),
  'an interface gets the addresses of another': claim('interfaces', ({ addresses }) => ({ addresses }), ofOneTenant),
  'a VNI gets the number of another': claim('vnis', ({ vni }) => ({ vni })),
  'a port gets the address of another': claim(
    'ports',
    ({ addresses }) => ({ addresses }),
    on => on.interface,
  ),
  'a port gets the MAC address of another': claim(
    'ports',
    ({ mac }) => ({ mac }),
    on => on.interface,
  ),
  'a pool gets the addresses of another': claim('nat-pools', ({ addresses }) => ({ addresses })),
  'a rule gets the source of another': claim(
    'nat-rules',
    ({ source }) => ({ source }),
    ({ tenant }) => tenant,
  ),
  'a route gets the destination of another': claim(
    'routes',
    ({ destination }) => ({ destination }),
    of => of.tenant,
  ),

  'a static NAT gets the outside address of another': claim('static-nats', ({ outside }) => ({ outside })),
  'a static NAT takes the address of a pool': (objects, dice) => {
    const [statics, pools] = [listOf(objects, 'static-nats'), listOf(objects, 'nat-pools')];
    if (statics.length === 0 || pools.length === 0) return objects;
    const { name } = dice.pick(statics);
    const outside = dice.pick(dice.pick(pools).addresses as readonly string[]);
    return changed(objects, 'static-nats', of => (of.name === name ? { ...of, outside } : of));
  },

  'the hosts of an interface get outside addresses': (objects, dice) => {
    const inner = listOf(objects, 'interfaces').filter(({ role }) => role === 'inner');
    const outer = listOf(objects, 'interfaces').filter(({ role }) => role === 'outer');
    if (inner.length === 0 || outer.length === 0) return objects;
    const { tenant, hosts } = dice.pick(inner);
    const via = dice.pick(outer).name;
    const added = (hosts as readonly Plain[]).map((host, i) => ({
      ...{ name: `${String(tenant)}-all${i}`, tenant, interface: via, outside: `203.0.113.${220 + i}` },
      inside: (host.addresses as readonly string[])[0],
    }));
    const others = listOf(objects, 'static-nats').filter(({ name }) => added.every(one => one.name !== name));
    return { ...objects, 'static-nats': [...others, ...added] };
  },
  'a VNI goes over to another VTEP, and so do its hosts': (objects, dice) => {
    const vnis = listOf(objects, 'vnis');
    if (vnis.length === 0) return objects;
    const { name } = dice.pick(vnis);
    const vtep = dice.pick(['evpn', 'aci', 'six'] as const);
    const moved = changed(objects, 'vnis', vni => (vni.name === name ? { ...vni, vtep } : vni));
    return changed(moved, 'interfaces', of => {
      if ((of.attachment as Plain).vni !== name) return of;
      const { remoteVteps: _, ...others } = of;
      const hosts = (of.hosts as readonly Plain[]).map(host => ({ ...host, vtep: remoteVteps[vtep].foreign[0] }));
      return { ...others, hosts };
    });
  },
  'an interface goes over to another tenant': (objects, dice) => {
    const own = listOf(objects, 'interfaces').filter(({ tenant }) => tenant !== undefined);
    const tenants = listOf(objects, 'tenants').map(({ name }) => name);
    if (own.length === 0 || tenants.length === 0) return objects;
    const { name, attachment: at } = dice.pick(own);
    const tenant = dice.pick(tenants);
    const isVni = (vni: Plain): boolean => vni.name === (at as Plain).vni;
    const withInterface = changed(objects, 'interfaces', of => (of.name === name ? { ...of, tenant } : of));
    const withVni = changed(withInterface, 'vnis', vni => (isVni(vni) ? { ...vni, tenant } : vni));
    return changed(withVni, 'routes', route => (route.interface === name ? { ...route, tenant } : route));
  },
  'a tenant goes with all that it has': (objects, dice) => {
    const tenants = listOf(objects, 'tenants');
    if (tenants.length === 0) return objects;
    const { name } = dice.pick(tenants);
    const machines = new Set(
      listOf(objects, 'interfaces').flatMap(({ name: of, tenant }) => (tenant === name ? [of] : [])),
    );
    const entries = Object.keys(objects).map(kind => [
      kind,
      listOf(objects, kind).filter(object => {
        if (kind === 'tenants') return object.name !== name;
        return kind === 'ports' ? !machines.has(object.interface) : object.tenant !== name;
      }),
    ]);
    return Object.fromEntries(entries) as Objects;
  },
};

const underlays = { evpn: 'aci', aci: 'evpn' } as const;

/** By which way a far VTEP of another underlay is reached is for the kernel's routes to say, and is not asked: hosts go with their VNI. */
export function onTheirUnderlay(objects: Objects): Objects {
  const vteps = new Map(listOf(objects, 'vnis').map(({ name, vtep }) => [name, vtep]));
  return changed(objects, 'interfaces', of => {
    const vtep = vteps.get((of.attachment as Plain).vni);
    if (vtep !== 'evpn' && vtep !== 'aci') return of;
    const elsewhere: readonly unknown[] = remoteVteps[underlays[vtep]].foreign;
    const [here] = remoteVteps[vtep].foreign;
    const moved = (far: unknown): unknown => (elsewhere.includes(far) ? here : far);
    const hosts = (of.hosts as readonly Plain[]).map(host =>
      'vtep' in host ? { ...host, vtep: moved(host.vtep) } : host,
    );
    const allowed = of.remoteVteps as readonly unknown[] | undefined;
    return { ...of, hosts, ...(allowed ? { remoteVteps: [...new Set(allowed.map(moved))] } : {}) };
  });
}
