// An intent of a given size: tenants that all use the same inner addresses, each with five segments of four hosts, a
// default route and a NAT rule.

import type { Kind } from '../../src/policy/kinds/names.ts';

export interface Put {
  readonly kind: Kind;
  readonly document: { readonly name: string } & Readonly<Record<string, unknown>>;
}

export const segments = 5;
const hosts = 4;
const maxVni = 0xffffff;

export const router = '198.51.100.254';

/** What all tenants share: it comes before them. */
export function sharedPuts(tenants: number): readonly Put[] {
  // 31 chunks of 2,048 ports on an address.
  const addresses = Array.from({ length: Math.ceil(tenants / 28) + 1 }, (_, i) => `203.0.113.${i + 1}`);
  return [
    {
      kind: 'interfaces',
      document: {
        name: 'outside',
        role: 'outer',
        attachment: { type: 'vlan', port: 'p0', vlan: 30 },
        mac: '02:70:6d:00:30:01',
        addresses: ['198.51.100.1/24'],
        hosts: [{ mac: '02:00:00:00:30:fe', addresses: [router] }],
      },
    },
    { kind: 'nat-pools', document: { name: 'internet', interface: 'outside', addresses, chunkSize: 2048 } },
  ];
}

/** One tenant: each object after those that it refers to. */
export function tenantPuts(tenant: number): readonly Put[] {
  const name = `t${tenant}`;
  return [
    { kind: 'tenants', document: { name } },
    ...Array.from({ length: segments }, (_, i) => segmentPuts(tenant, i + 1)).flat(),
    route(name, '0.0.0.0/0'),
    { kind: 'nat-rules', document: { name: `${name}-out`, tenant: name, source: '10.0.0.0/8', pool: 'internet' } },
  ];
}

/** The route of a tenant that leads out. */
export function route(tenant: string, destination: string): Put {
  const document = { name: `${tenant}-default`, tenant, destination, interface: 'outside', nextHop: router };
  return { kind: 'routes', document };
}

function segmentPuts(tenant: number, segment: number): readonly Put[] {
  const name = `t${tenant}-s${segment}`;
  const vni = 10_000 + ((tenant * segments + segment) % maxVni);
  return [
    { kind: 'vnis', document: { name, tenant: `t${tenant}`, vni, vtep: 'evpn' } },
    {
      kind: 'interfaces',
      document: {
        name,
        role: 'inner',
        tenant: `t${tenant}`,
        attachment: { type: 'vni', vni: name },
        mac: '02:70:6d:00:21:01',
        addresses: [`10.${segment}.0.1/24`],
        hosts: Array.from({ length: hosts }, (_, i) => ({
          mac: `02:00:00:00:2${segment}:1${i}`,
          addresses: [`10.${segment}.0.1${i}`],
          vtep: '192.0.2.11',
        })),
      },
    },
  ];
}
