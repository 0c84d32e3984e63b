// Where things are, as seen from this node: from who is bound to what.

import { parseIp, parsePrefix, sameIp } from '../../lib/address.ts';
import type { NatPoolDocument } from '../documents.ts';
import { canHold } from '../membership.ts';
import type { Attachment, Site, Transit, Vni } from '../model.ts';
import type { Resolver } from './resolver.ts';

const here: Site = { kind: 'here' };
const nowhere: Site = { kind: 'nowhere' };

/** What a node has, and how it is reached. */
export function siteOfNode(resolver: Resolver, name: string | undefined): Site {
  if (name === resolver.node.name) return here;
  const transit = name === undefined ? undefined : transitTo(resolver, name);
  return transit ? { kind: 'peer', transit } : nowhere;
}

export function siteOfInterface(
  resolver: Resolver,
  name: string,
  attachment: Attachment,
): { readonly site: Site; readonly answers: boolean } {
  const { node, documents } = resolver;
  const bound = boundTo(resolver, name);
  const isOurs = bound === node.name;
  if (attachment.kind === 'vni') {
    const site = attachment.vni.vtep ? here : nowhere;
    return { site, answers: isOurs && site === here };
  }
  const isPossible = canHave(resolver, node.name, name);
  // To the outside each node has a way of its own; the hosts of an inner VLAN know one gateway.
  const isEverywhere = documents.interfaces.get(name)?.role === 'outer' && attachment.kind === 'vlan';
  if (isPossible && isEverywhere) return { site: here, answers: isOurs };
  // The configuration may have changed since the interface was bound.
  if (isOurs && !isPossible) return { site: nowhere, answers: false };
  return { site: siteOfNode(resolver, bound), answers: isOurs };
}

/**
 * Whether this node answers for an address of a pool: the node whose chunk has the ICMP of the address does, so that
 * replies come straight to it; where it cannot, the node that the interface is bound to.
 */
export function answersFor(resolver: Resolver, { pool, address }: { pool: NatPoolDocument; address: string }): boolean {
  const { node, allocations, documents } = resolver;
  const ip = parseIp(address);
  // The interface's own address may be in a pool too.
  const isGateway = documents.interfaces.get(pool.interface)?.addresses.some(own => sameIp(parsePrefix(own).ip, ip));
  const owner = allocations.chunks.find(chunk => chunk.address === address && chunk.icmp)?.node;
  const isOwned = !isGateway && owner !== undefined && canHave(resolver, owner, pool.interface);
  return (isOwned ? owner : boundTo(resolver, pool.interface)) === node.name;
}

function boundTo({ membership, node }: Resolver, interfaceName: string): string | undefined {
  return membership ? membership.bindings.interfaces.get(interfaceName) : node.name;
}

function canHave({ offers, documents }: Resolver, nodeName: string, interfaceName: string): boolean {
  const offer = offers.find(each => each.name === nodeName);
  const attachment = documents.interfaces.get(interfaceName)?.attachment;
  if (!offer || !attachment) return false;
  const vtep = attachment.type === 'vni' ? documents.vnis.get(attachment.vni)?.vtep : undefined;
  return canHold(offer, attachment, vtep);
}

/** A port at another node is reached in its own VNI, by VTEPs of one address family. */
export function siteOfPort({ membership, node }: Resolver, name: string, { vtep, peers }: Vni): Site {
  if (!vtep) return nowhere;
  const bound = membership ? membership.bindings.ports.get(name) : node.name;
  if (bound === node.name) return here;
  const remote = bound === undefined ? undefined : peers.get(bound);
  const { ip } = vtep.address;
  return remote?.family === ip.family ? { kind: 'peer', transit: { local: ip, remote } } : nowhere;
}

/** By the first VTEP of this node that the other has too. */
function transitTo({ node, offers }: Resolver, name: string): Transit | undefined {
  const peer = offers.find(offer => offer.name === name);
  for (const vtep of node.vteps) {
    const remote = peer?.vteps.get(vtep.name);
    if (remote?.family === vtep.address.ip.family) return { local: vtep.address.ip, remote };
  }
  return undefined;
}
