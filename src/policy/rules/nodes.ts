// What this node and its peers have, told apart into what others ask for.

import type { Ip } from '../../lib/address.ts';
import { formatIp } from '../../lib/address.ts';
import { type Output, type Unit, unit } from '../engine/unit.ts';
import { offers, only, self } from '../facts/base.ts';
import { type Held, held, remoteVteps, transits, vtepAddresses, vtepFamilies } from '../facts/nodes.ts';
import { peerVteps } from '../facts/objects.ts';
import type { NodeOffer } from '../membership.ts';
import { offerOf } from '../membership.ts';
import type { NodeConfig } from '../node.ts';
import type { Transit } from '../transit.ts';

const writes = [held, vtepFamilies, vtepAddresses];

/** What a node's configuration says counts, whatever it has told the others. */
const own = unit({
  name: 'nodes/self',
  over: self,
  reads: [],
  writes,
  emit: (node, _, out) => putOffer(offerOf(node), out),
});

const peers = unit({
  name: 'nodes/peers',
  over: offers,
  reads: [self],
  writes: [...writes, remoteVteps, transits, peerVteps],
  emit: (offer, facts, out) => {
    const node = facts.get(self, only);
    if (!node || offer.name === node.name) return;
    putOffer(offer, out);
    for (const [vtep, ip] of offer.vteps) out.put(remoteVteps, { vtep, node: offer.name, ip });
    for (const ip of distinct(offer.vteps.values())) out.put(peerVteps, { ip });
    const transit = transitTo(node, offer);
    if (transit) out.put(transits, { node: offer.name, transit });
  },
});

export const nodeUnits: readonly Unit[] = [own, peers];

function putOffer({ name: node, vteps, physicalPorts, representors }: NodeOffer, out: Output): void {
  const has = (what: Held['what'], names: Iterable<string>) => {
    for (const name of names) {
      out.put(held, { what, name });
      out.put(held, { what, name, node });
    }
  };
  has('vtep', vteps.keys());
  has('physical-port', physicalPorts);
  has('representor', representors);
  for (const [vtep, ip] of vteps) {
    out.put(vtepFamilies, { vtep, family: ip.family });
    out.put(vtepAddresses, { vtep, ip });
  }
}

function distinct(ips: Iterable<Ip>): Iterable<Ip> {
  return new Map([...ips].map(ip => [formatIp(ip), ip])).values();
}

/** By the first VTEP of this node that the other has too. */
function transitTo(node: NodeConfig, peer: NodeOffer): Transit | undefined {
  for (const { name, address } of node.vteps) {
    const remote = peer.vteps.get(name);
    if (remote?.family === address.ip.family) return { local: address.ip, remote };
  }
  return undefined;
}
