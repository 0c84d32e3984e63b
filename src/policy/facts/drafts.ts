// Documents, parsed: each row is made from one document alone, right or wrong. Units that check one document against others
// read these; features do not.

import { formatIp, type Ip, type Prefix } from '../../lib/address.ts';
import { table } from '../engine/table.ts';
import type { AttachmentDocument } from '../kinds/interfaces.ts';
import { kindRank } from '../kinds/names.ts';
import type { Role } from './claims.ts';
import { subnetKey } from './claims.ts';
import { addressAt, type Gateway, type Host, hostKey } from './objects.ts';

/** An interface, as far as others look at it. */
export interface DraftInterface {
  readonly name: string;
  readonly role: 'inner' | 'outer';
  readonly tenant: string | undefined;
  readonly type: AttachmentDocument['type'];
  /** The name of its VNI. */
  readonly vni: string | undefined;
  readonly addresses: readonly Prefix[];
}

export const draftInterfaces = table({ name: 'drafts/interfaces', key: ({ name }: DraftInterface) => name });

export interface DraftWire {
  readonly interface: string;
  readonly attachment: AttachmentDocument;
  readonly remoteVteps: readonly Ip[];
}

export const draftWires = table({ name: 'drafts/wires', key: (wire: DraftWire) => wire.interface });

export const draftGateways = table({ name: 'drafts/gateways', key: (gateway: Gateway) => gateway.interface });

/** A gateway address whose subnet machines can have. */
export interface DraftSubnet {
  readonly interface: string;
  readonly tenant: string | undefined;
  readonly prefix: Prefix;
  /** Its place in the document. */
  readonly at: number;
  /** What nobody else can have then. */
  readonly own: readonly { readonly role: Role; readonly ip: Ip }[];
}

export const draftSubnets = table({
  name: 'drafts/subnets',
  key: (subnet: DraftSubnet) => subnetKey(subnet),
});

export const draftHosts = table({ name: 'drafts/hosts', key: (host: Host) => hostKey(host) });

/** A VTEP behind which hosts of an interface on a VNI live. */
export interface FarVtep {
  readonly interface: string;
  readonly vni: string;
  readonly ip: Ip;
  /** Whether the interface takes packets from it. */
  readonly isAllowed: boolean;
}

export const farVteps = table({ name: 'far-vteps', key: (far: FarVtep) => addressAt(far.interface, far.ip) });

/** An interface has a port that it may have. */
export const portedInterfaces = table({
  name: 'ported-interfaces',
  key: (ported: { readonly interface: string }) => ported.interface,
});

/** An interface has a host or port with this address. */
export const machines = table({
  name: 'machines',
  key: (machine: { readonly interface: string; readonly ip: Ip }) => addressAt(machine.interface, machine.ip),
});

export interface DraftPool {
  readonly name: string;
  readonly interface: string;
}

export const draftPools = table({ name: 'drafts/nat-pools', key: ({ name }: DraftPool) => name });

/** An IPv4 address of a pool that a machine could have. */
export interface DraftPoolAddress extends DraftPool {
  readonly ip: Ip;
  /** Its first place in the document. */
  readonly at: number;
}

export function poolAddressKey({ name, ip }: Pick<DraftPoolAddress, 'name' | 'ip'>): string {
  return `${name} ${formatIp(ip)}`;
}

export const draftPoolAddresses = table({
  name: 'drafts/pool-addresses',
  key: (address: DraftPoolAddress) => poolAddressKey(address),
  indexes: {
    /** By each prefix that holds it: see `withinKey`. */
    within: address =>
      address.ip.family === 4
        ? Array.from({ length: 33 }, (_, length) =>
            withinKey(address.interface, { ip: address.ip, length } as Prefix & { ip: { family: 4 } }),
          )
        : [],
  },
});

/** Addresses of pools on an interface, in an IPv4 prefix. */
export function withinKey(interfaceName: string, { ip, length }: Prefix & { readonly ip: { family: 4 } }): string {
  const size = 2 ** (32 - length);
  return `${interfaceName} ${Math.floor(ip.value / size) * size}/${length}`;
}

/** By documents alone, a tenant has a way out by an outer interface: its own, or one that its routes or NAT rules name. Of rows: `reaches`. */
export interface Way {
  readonly tenant: string;
  readonly interface: string;
}

export const ways = table({
  name: 'ways',
  key: (way: Way) => `${way.tenant} ${way.interface}`,
});

/** What puts an IPv4 prefix inside of a tenant: a subnet of an inner interface, or a route that leads there. */
export interface InsidePrefix {
  readonly kind: 'interfaces' | 'routes';
  readonly name: string;
  readonly pointer: string;
  readonly tenant: string;
  readonly prefix: Prefix;
}

export const insidePrefixes = table({
  name: 'inside-prefixes',
  key: ({ kind, name, pointer }: InsidePrefix) => `${kindRank(kind)}/${name} ${pointer}`,
  indexes: { tenant: ({ tenant }) => [tenant] },
});

/** An address of a pool is inside of a tenant who has a way out by the pool's interface. */
export interface InsideHit extends InsidePrefix {
  readonly pool: string;
  readonly ip: Ip;
  readonly at: number;
  readonly outer: string;
}

export const insideHits = table({
  name: 'inside-hits',
  key: (hit: InsideHit) =>
    `${poolAddressKey({ name: hit.pool, ip: hit.ip })} ${kindRank(hit.kind)}/${hit.name} ${hit.pointer}`,
  indexes: { address: hit => [poolAddressKey({ name: hit.pool, ip: hit.ip })] },
});

/** Pool addresses that are inside. */
export const insideAddresses = table({
  name: 'inside-addresses',
  key: (address: Pick<DraftPoolAddress, 'name' | 'ip'>) => poolAddressKey(address),
});

/** The node whose chunk has the ICMP of an address. */
export const icmpOwners = table({
  name: 'icmp-owners',
  key: ({ address }: { readonly address: string; readonly node: string }) => address,
  rivals: 'first',
});
