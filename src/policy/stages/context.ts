// What every stage of the integration bridge reads, and nothing more: intent, ports, and look-ups over them.

import { type Ip, sameIp } from '../../lib/address.ts';
import type { FlowEntry } from '../../openflow/flow/flow.ts';
import type { CookieParts } from '../cookies.ts';
import type { Intent, Interface, NatChunk, NatRule, Port, Tenant } from '../model.ts';
import { patchPorts, vxlanPort } from '../node.ts';

export interface StageContext {
  readonly intent: Intent;
  /** OpenFlow port numbers of the bridge by interface name; ports that do not exist yet are absent. */
  readonly ports: ReadonlyMap<string, number>;
  /** The same of the ports that say which Port they are, by its name. */
  readonly attached: ReadonlyMap<string, number>;
  /** The MAC address that is this node's alone. */
  readonly ownMac: bigint;
  /** Whether what others may take over is done only while this node has its lease. */
  readonly isFenced: boolean;
}

/** One table: its flows, in a fixed order. */
export type Stage = (context: StageContext) => FlowEntry[];

export function ownedBy(iface: Interface): CookieParts {
  return { kind: 'interfaces', id: iface.id };
}

export function ownedByPort(port: Port): CookieParts {
  return { kind: 'ports', id: port.id };
}

/** Interfaces whose frames enter and leave at this node. */
export function legsHere({ intent }: Pick<StageContext, 'intent'>): Interface[] {
  return intent.interfaces.filter(iface => iface.site.kind === 'here');
}

export interface PortHere {
  readonly port: Port;
  /** Its OpenFlow port. */
  readonly ofport: number;
}

/** Ports that are bound to this node, and there. */
export function portsHere({ intent, attached }: Pick<StageContext, 'intent' | 'attached'>): PortHere[] {
  return intent.ports.flatMap(port => {
    const ofport = attached.get(port.name);
    return port.site.kind === 'here' && ofport !== undefined ? [{ port, ofport }] : [];
  });
}

/** The port of the integration bridge that carries the overlay; undefined while it does not exist. */
export function overlayPort({ ports }: StageContext): number | undefined {
  return ports.get(vxlanPort);
}

/** The port of the integration bridge through which an interface is reached; undefined: there is none, or not yet. */
export function portOf(context: StageContext, { site, attachment }: Interface): number | undefined {
  const { ports } = context;
  if (site.kind !== 'here') return site.kind === 'peer' ? overlayPort(context) : undefined;
  switch (attachment.kind) {
    case 'vlan':
      return ports.get(patchPorts(attachment.port).integration);
    case 'vni':
      return overlayPort(context);
    case 'representor':
      return ports.get(attachment.port);
  }
}

/** The outer interfaces that a tenant reaches: its own, and the shared ones its routes or NAT rules name. */
export function interfacesOf({ intent }: Pick<StageContext, 'intent'>, tenant: Tenant): Interface[] {
  const named = new Set([
    ...intent.routes.filter(route => route.tenant === tenant).map(route => route.interface),
    ...intent.natRules.filter(rule => rule.tenant === tenant).map(rule => rule.pool.interface),
  ]);
  return intent.interfaces.filter(iface => iface.tenant === tenant || named.has(iface));
}

/** An address that is answered for on an interface, and the object it stands for. */
export interface AnsweredAddress {
  readonly ip: Ip;
  readonly mac: bigint;
  readonly owner: CookieParts;
  /** Who may ask: only ports of this node, or the wire too. */
  readonly asker: 'port' | 'anyone';
}

/** The MAC address with which this node sends by an interface. The gateway's own is at one node, or switches would see it move. */
export function macOf({ ownMac }: Pick<StageContext, 'ownMac'>, { site, answers, mac }: Interface): bigint {
  return site.kind === 'here' && !answers ? ownMac : mac;
}

/** The interface's own addresses, and those of the NAT pools on it; an address that two share is named once. */
export function gatewayAddresses(
  { intent, ownMac }: Pick<StageContext, 'intent' | 'ownMac'>,
  iface: Interface,
): AnsweredAddress[] {
  const pools = intent.natPools.filter(pool => pool.interface === iface);
  const asker = iface.answers ? 'anyone' : 'port';
  const mac = macOf({ ownMac }, iface);
  const all: AnsweredAddress[] = [
    ...iface.addresses.map(({ ip }) => ({ mac: iface.mac, asker, ip, owner: ownedBy(iface) }) as const),
    ...pools.flatMap(({ answered, id }) =>
      answered.map(ip => ({ mac, asker: 'anyone', ip, owner: { kind: 'nat-pools', id } }) as const),
    ),
  ];
  return all.filter(({ ip }, i) => all.findIndex(earlier => sameIp(earlier.ip, ip)) === i);
}

/**
 * The machines of a segment that has ports here. The wire is answered for those that are here alone: it takes the VTEP that
 * answers for the one to send to.
 */
export function machinesOf({ intent }: StageContext, iface: Interface): AnsweredAddress[] {
  const ports = intent.ports.filter(port => port.interface === iface && port.site.kind !== 'nowhere');
  if (!ports.some(port => port.site.kind === 'here')) return [];
  return [
    ...ports.flatMap(port => {
      const asker = port.site.kind === 'here' ? 'anyone' : 'port';
      return port.addresses.map(ip => ({ ip, mac: port.mac, owner: ownedByPort(port), asker }) as const);
    }),
    ...iface.hosts.flatMap(({ mac, addresses }) =>
      addresses.map(ip => ({ ip, mac, owner: ownedBy(iface), asker: 'port' }) as const),
    ),
  ];
}

/** What this node translates to. */
export function chunkOf(
  { intent }: { readonly intent: Pick<Intent, 'natChunks'> },
  rule: NatRule,
): NatChunk | undefined {
  return intent.natChunks.find(
    chunk => chunk.site.kind === 'here' && chunk.pool === rule.pool && chunk.tenant === rule.tenant,
  );
}
