// What every stage of the integration bridge reads, and nothing more: intent, ports, and look-ups over them.

import { type Ip, sameIp } from '../../lib/address.ts';
import type { FlowEntry } from '../../openflow/flow/flow.ts';
import type { CookieParts } from '../cookies.ts';
import type { Attachment, Intent, Interface, NatChunk, NatRule, Tenant } from '../model.ts';
import { patchPorts, vxlanPort } from '../node.ts';

export interface StageContext {
  readonly intent: Intent;
  /** OpenFlow port numbers of the bridge by interface name; ports that do not exist yet are absent. */
  readonly ports: ReadonlyMap<string, number>;
}

/** One table: its flows, in a fixed order. */
export type Stage = (context: StageContext) => FlowEntry[];

export function ownedBy(iface: Interface): CookieParts {
  return { kind: 'interfaces', id: iface.id };
}

/** The port of the integration bridge through which an attachment is reached; undefined while it does not exist. */
export function portOf({ ports }: StageContext, attachment: Attachment): number | undefined {
  switch (attachment.kind) {
    case 'vlan':
      return ports.get(patchPorts(attachment.port).integration);
    case 'vni':
      return ports.get(vxlanPort);
    case 'representor':
      return ports.get(attachment.port);
  }
}

/** The outer interfaces that a tenant reaches: its own, and the shared ones its routes or NAT rules name. */
export function interfacesOf({ intent }: StageContext, tenant: Tenant): Interface[] {
  const named = new Set([
    ...intent.routes.filter(route => route.tenant === tenant).map(route => route.interface),
    ...intent.natRules.filter(rule => rule.tenant === tenant).map(rule => rule.pool.interface),
  ]);
  return intent.interfaces.filter(iface => iface.tenant === tenant || named.has(iface));
}

/** An address that answers on an interface, and the object it stands for. */
export interface GatewayAddress {
  readonly ip: Ip;
  readonly owner: CookieParts;
}

/** The interface's own addresses, and those of the NAT pools on it; an address that two share is named once. */
export function gatewayAddresses({ intent }: StageContext, iface: Interface): GatewayAddress[] {
  const pools = intent.natPools.filter(pool => pool.interface === iface);
  const all: GatewayAddress[] = [
    ...iface.addresses.map(({ ip }) => ({ ip, owner: ownedBy(iface) })),
    ...pools.flatMap(({ addresses, id }) => addresses.map(ip => ({ ip, owner: { kind: 'nat-pools', id } as const }))),
  ];
  return all.filter(({ ip }, i) => all.findIndex(earlier => sameIp(earlier.ip, ip)) === i);
}

export function chunkOf({ intent }: StageContext, rule: NatRule): NatChunk | undefined {
  return intent.natChunks.find(chunk => chunk.pool === rule.pool && chunk.tenant === rule.tenant);
}
