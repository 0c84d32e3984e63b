// One write over REST, by chance: few names and few values, so that they meet, contradict each other, and make up again.

import type { Kind } from '../../src/policy/kinds/names.ts';
import type { Dice } from '../fixtures/dice.ts';
import { NET } from '../lab/topology.ts';

export interface Write {
  readonly kind: Kind;
  readonly name: string;
  /** Undefined: it is deleted. */
  readonly document: Readonly<Record<string, unknown>> | undefined;
}

const tenants = ['soak0', 'soak1', 'red', 'blue'];
/** None of the demo's own objects is ever written: its streams go on. */
const names: Readonly<Record<Kind, readonly string[]>> = {
  tenants: ['soak0', 'soak1', 'soak2'],
  vnis: ['seg0', 'seg1', 'seg2'],
  interfaces: ['leg0', 'leg1', 'leg2', 'leg3', 'out0', 'out1'],
  ports: ['m0', 'm1', 'm2'],
  routes: ['way0', 'way1', 'way2', 'way3'],
  'nat-pools': ['pool0', 'pool1', 'pool2'],
  'nat-rules': ['rule0', 'rule1', 'rule2', 'rule3'],
  'static-nats': ['static0', 'static1'],
  'port-forwards': ['forward0', 'forward1'],
};

type Body = Readonly<Record<string, unknown>>;

const bodies: Readonly<Record<Kind, (dice: Dice, name: string) => Body>> = {
  tenants: dice => (dice.chance(2) ? { description: `said ${dice.below(3)}` } : {}),
  vnis: dice => ({
    tenant: dice.pick(tenants),
    vni: dice.pick([7000, 7001, 7002, NET.redEvpnVni]),
    vtep: dice.pick(['evpn', 'aci']),
  }),
  interfaces: (dice, name) => (name.startsWith('out') ? outerInterface(dice) : innerInterface(dice)),
  ports: dice => ({
    interface: dice.pick(names.interfaces),
    mac: mac(dice, 0xbb),
    addresses: [`10.${dice.within(5, 8)}.0.${dice.within(20, 22)}`],
  }),
  routes: dice => ({
    tenant: dice.pick(tenants),
    // Towards none of the streams' ends.
    destination: dice.pick(['8.8.0.0/16', '8.8.8.0/24', '9.9.9.0/24', '100.64.0.0/12']),
    interface: dice.pick(['outside', ...names.interfaces]),
    nextHop: dice.pick([NET.outerRouter, '10.5.0.10', '10.6.0.20', '192.0.10.254', '198.51.100.77']),
  }),
  'nat-pools': dice => ({
    interface: dice.pick(['outside', 'outside', 'out0', 'out1']),
    addresses: [`203.0.113.${dice.within(20, 23)}`, ...(dice.chance(3) ? [`203.0.113.${dice.within(24, 26)}`] : [])],
    chunkSize: dice.pick([64, 256, 1024]),
    ...(dice.chance(3) ? { ports: { min: 2000, max: dice.pick([2255, 9000]) } } : {}),
  }),
  'nat-rules': dice => ({
    tenant: dice.pick(tenants),
    // None that a stream begins in.
    source: dice.pick(['10.5.0.0/16', '10.6.0.0/24', '10.7.0.10/32', '10.4.0.128/25']),
    pool: dice.pick(['internet', ...names['nat-pools']]),
  }),
  'port-forwards': dice => ({
    tenant: dice.pick(tenants),
    interface: dice.pick(['outside', 'outside', 'out0', 'out1']),
    outside: `203.0.113.${dice.within(33, 35)}`,
    protocol: dice.pick(['tcp', 'udp']),
    ports: { min: 80, max: dice.within(80, 90) },
    inside: `10.${dice.within(5, 8)}.0.${dice.within(10, 12)}`,
  }),
  'static-nats': dice => ({
    tenant: dice.pick(tenants),
    interface: dice.pick(['outside', 'outside', 'out0', 'out1']),
    inside: `10.${dice.within(5, 8)}.0.${dice.within(10, 12)}`,
    outside: `203.0.113.${dice.within(22, 32)}`,
  }),
};

/** Kinds that others need come more often. */
const kinds: readonly Kind[] = [
  ...(['tenants', 'vnis', 'interfaces', 'interfaces', 'interfaces', 'ports', 'routes'] as const),
  ...(['routes', 'nat-pools', 'nat-pools', 'nat-rules', 'nat-rules', 'static-nats', 'port-forwards'] as const),
];

export function makeWrite(dice: Dice): Write {
  const kind = dice.pick(kinds);
  const name = dice.pick(names[kind]);
  const document = dice.chance(5) ? undefined : bodies[kind](dice, name);
  return { kind, name, document };
}

/** So many that most of what is made later fits. */
export function firstWrites(): Write[] {
  return [
    { kind: 'tenants', name: 'soak0', document: {} },
    { kind: 'tenants', name: 'soak1', document: {} },
    { kind: 'vnis', name: 'seg0', document: { tenant: 'soak0', vni: 7000, vtep: 'evpn' } },
    { kind: 'vnis', name: 'seg1', document: { tenant: 'soak1', vni: 7001, vtep: 'aci' } },
  ];
}

function innerInterface(dice: Dice): Body {
  const net = dice.within(5, 8);
  const hasV6 = dice.chance(2);
  const attachment = dice.pick([
    { type: 'vlan', port: NET.uplink, vlan: dice.pick([40, 41, 42, NET.redVlan]) },
    { type: 'vni', vni: dice.pick(names.vnis) },
    { type: 'vni', vni: dice.pick(names.vnis) },
    { type: 'representor', port: 'pf0vf1' },
  ]);
  const vtep = attachment.type === 'vni' ? { vtep: dice.pick(['192.0.2.77', '192.0.3.77']) } : {};
  const host = (h: number): Body => ({
    mac: mac(dice, 0xaa),
    addresses: [`10.${net}.0.${10 + h}`, ...(hasV6 ? [`fd00:${net}::${10 + h}`] : [])],
    ...vtep,
  });
  return {
    role: 'inner',
    tenant: dice.pick(tenants),
    attachment,
    mac: mac(dice, 0xcc),
    addresses: [`10.${net}.0.1/24`, ...(hasV6 ? [`fd00:${net}::1/64`] : [])],
    hosts: Array.from({ length: dice.below(3) }, (_, h) => host(h)),
    arpRate: dice.pick([50, 100, 200]),
  };
}

function outerInterface(dice: Dice): Body {
  const net = dice.pick(['192.0.10', '192.0.11']);
  return {
    role: 'outer',
    ...(dice.chance(2) ? { tenant: dice.pick(tenants) } : {}),
    attachment: { type: 'vlan', port: NET.uplink, vlan: dice.pick([50, 51, NET.outerVlan]) },
    mac: mac(dice, 0xdd),
    addresses: [`${net}.1/24`],
    hosts: dice.chance(2) ? [{ mac: mac(dice, 0xee), addresses: [`${net}.254`] }] : [],
  };
}

/** One of a few. */
function mac(dice: Dice, of: number): string {
  return `02:00:00:${of.toString(16)}:00:0${dice.below(5)}`;
}
