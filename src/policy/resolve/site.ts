// Where things are, as seen from this node: from who is bound to what.

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
  const { membership, node } = resolver;
  const bound = membership ? membership.bindings.interfaces.get(name) : node.name;
  const isOurs = bound === node.name;
  if (attachment.kind === 'vni') {
    const site = attachment.vni.vtep ? here : nowhere;
    return { site, answers: isOurs && site === here };
  }
  // The configuration may have changed since the interface was bound.
  const [own] = resolver.offers;
  const document = resolver.documents.interfaces.get(name);
  if (isOurs && !(own && document && canHold(own, document.attachment, undefined)))
    return { site: nowhere, answers: false };
  return { site: siteOfNode(resolver, bound), answers: isOurs };
}

/** A port at another node is reached in its own VNI. */
export function siteOfPort({ membership, node }: Resolver, name: string, { vtep, peers }: Vni): Site {
  if (!vtep) return nowhere;
  const bound = membership ? membership.bindings.ports.get(name) : node.name;
  if (bound === node.name) return here;
  const remote = bound === undefined ? undefined : peers.get(bound);
  return remote ? { kind: 'peer', transit: { local: vtep.address.ip, remote } } : nowhere;
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
