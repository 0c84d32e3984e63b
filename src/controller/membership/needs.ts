// Where tenants may open connections: there they need NAT chunks.

import type { ChunkNeed } from '../state/chunk-plan.ts';
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
