// Where tenants may open connections: there they need NAT chunks.

import { objectKey, useKey } from '../../policy/facts/base.ts';
import type { Kind } from '../../policy/kinds/names.ts';
import type { ChunkNeed, ChunkUse } from '../state/chunk-plan.ts';
import type { StateView } from '../state/view.ts';

/** Where each tenant has an inner interface or a port, seen from a node. */
export function whereNeeded({ documents, bindings }: StateView, node: string): (tenant: string) => ChunkNeed {
  const needs = new Map<string, ChunkNeed>();
  const note = (interfaceName: string, boundTo: string | undefined): void => {
    const leg = documents.interfaces.get(interfaceName);
    if (leg?.role !== 'inner' || leg.tenant === undefined || boundTo === undefined) return;
    if (boundTo === node) needs.set(leg.tenant, 'here');
    else if (!needs.has(leg.tenant)) needs.set(leg.tenant, 'elsewhere');
  };
  for (const { name } of documents.interfaces.values()) note(name, bindings.interfaces.get(name));
  for (const port of documents.ports.values()) note(port.interface, bindings.ports.get(port.name));
  return tenant => needs.get(tenant) ?? 'nowhere';
}

/** What refers to an object, by its key. */
export type Referrers = (key: string) => readonly { readonly kind: Kind; readonly name: string }[];

/** What `whereNeeded` says of one tenant. */
export function needOf(
  { documents, bindings }: StateView,
  tenant: string,
  node: string,
  referrers: Referrers,
): ChunkNeed {
  const legs = referrers(objectKey('tenants', tenant)).filter(
    ({ kind, name }) => kind === 'interfaces' && documents.interfaces.get(name)?.role === 'inner',
  );
  const places = legs.flatMap(({ name }) => [
    bindings.interfaces.get(name),
    ...referrers(objectKey('interfaces', name)).map(from =>
      from.kind === 'ports' ? bindings.ports.get(from.name) : undefined,
    ),
  ]);
  if (places.includes(node)) return 'here';
  return places.some(place => place !== undefined) ? 'elsewhere' : 'nowhere';
}

/** Whether the node has just the chunk that it needs: a plan of it would change nothing, as long as the pool is as it was. */
export function isServed(view: StateView, use: ChunkUse, node: string, need: ChunkNeed): boolean {
  const holders = view.chunksOf(useKey(use)).map(chunk => chunk.node);
  // From before there were several nodes, or of one that is gone: the next plan settles it.
  if (holders.includes('')) return false;
  switch (need) {
    case 'here':
      return holders.includes(node);
    case 'elsewhere':
      return !holders.includes(node);
    case 'nowhere':
      return holders.length > 0;
  }
}
