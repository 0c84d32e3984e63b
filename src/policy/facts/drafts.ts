// Documents, parsed: each row is made from one document alone, right or wrong. Units that check one document against others
// read these; features do not.

import { formatIp, formatPrefix, type Ip, type IpFamily, networkOf, type Prefix } from '../../lib/address.ts';
import { table } from '../engine/table.ts';
import type { AttachmentDocument } from '../kinds/interfaces.ts';
import { type Kind, kindRank } from '../kinds/names.ts';
import type { Role } from './claims.ts';
import { subnetKey } from './claims.ts';
import {
  addressAt,
  type Gateway,
  type Host,
  hostKey,
  type NewConnections,
  type PortForward,
  type StaticNat,
} from './objects.ts';

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

export const draftNewConnections = table({
  name: 'drafts/new-connections',
  key: (of: NewConnections) => of.interface,
});

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
    within: address => withinKeys(address.interface, address.ip),
  },
});

/** How many lengths of IPv6 prefixes share a key: an address would be in 129 of them. */
const sharedLengths = 16;

/** Outside addresses on an interface, in a prefix; of IPv6 in a wider one, perhaps. */
export function withinKey(interfaceName: string, prefix: Prefix): string {
  const { ip, length } = prefix;
  if (ip.family === 6)
    return `${interfaceName} ${formatPrefix(networkOf({ ip, length: length - (length % sharedLengths) }))}`;
  const size = 2 ** (32 - length);
  return `${interfaceName} ${Math.floor(ip.value / size) * size}/${length}`;
}

/** Of every prefix that holds the address. */
function withinKeys(interfaceName: string, ip: Ip): string[] {
  return ip.family === 4
    ? Array.from({ length: 33 }, (_, length) => withinKey(interfaceName, { ip, length }))
    : Array.from({ length: 128 / sharedLengths + 1 }, (_, i) =>
        withinKey(interfaceName, { ip, length: i * sharedLengths }),
      );
}

/** What stands for an address inside, and where. */
export type DraftStaticNat = Omit<StaticNat, 'id'>;

/** Those whose addresses machines could have. */
export const draftStaticNats = table({
  name: 'drafts/static-nats',
  key: ({ name }: DraftStaticNat) => name,
  indexes: { within: of => withinKeys(of.interface, of.outside) },
});

/** Ports that stand for ports inside. */
export type DraftPortForward = Omit<PortForward, 'id' | 'via'>;

/** Those whose addresses machines could have, and whose ports there are. */
export const draftPortForwards = table({
  name: 'drafts/port-forwards',
  key: ({ name }: DraftPortForward) => name,
  indexes: { within: of => withinKeys(of.interface, of.outside) },
});

/** By documents alone, a tenant has a way out by an outer interface: its own, or one that its routes or NAT rules name. Of rows: `reaches`. */
export interface Way {
  readonly tenant: string;
  readonly interface: string;
}

export const ways = table({
  name: 'ways',
  key: (way: Way) => `${way.tenant} ${way.interface}`,
});

/** What puts a prefix inside of a tenant: a subnet of an inner interface, or a route that leads there. */
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
  indexes: { tenant: ({ tenant }) => [tenant], network: ({ tenant, prefix }) => [insideKey(tenant, prefix)] },
});

export function insideKey(tenant: string, prefix: Prefix): string {
  return `${tenant} ${formatPrefix(networkOf(prefix))}`;
}

/** A tenant has a prefix of this length inside. */
export const insidePrefixLengths = table({
  name: 'inside-prefix-lengths',
  key: (of: { readonly tenant: string; readonly family: IpFamily; readonly length: number }) =>
    `${of.tenant} ${of.family}/${of.length}`,
  indexes: { tenant: ({ tenant, family }) => [`${tenant} ${family}`] },
});

/** An outside address, of a pool or a static NAT, is inside of a tenant who has a way out by its interface. */
export interface InsideHit extends InsidePrefix {
  readonly of: { readonly kind: Kind; readonly name: string; readonly pointer: string };
  readonly ip: Ip;
  readonly outer: string;
}

function hitKey({ of, ip }: InsideHit): string {
  return `${kindRank(of.kind)}/${poolAddressKey({ name: of.name, ip })}`;
}

export const insideHits = table({
  name: 'inside-hits',
  key: (hit: InsideHit) => `${hitKey(hit)} ${kindRank(hit.kind)}/${hit.name} ${hit.pointer}`,
  indexes: { address: hit => [hitKey(hit)] },
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
