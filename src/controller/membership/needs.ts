// Which tenants may open connections at a node: those that need a NAT chunk there.

import type { StateView } from '../state/view.ts';

/** Tenants with an inner interface or a port bound to the node. */
export function tenantsAt({ documents, bindings }: StateView, node: string): ReadonlySet<string> {
  const legs = [...documents.interfaces.values()].filter(({ name }) => bindings.interfaces.get(name) === node);
  const segments = [...documents.ports.values()]
    .filter(({ name }) => bindings.ports.get(name) === node)
    .map(port => documents.interfaces.get(port.interface));
  return new Set(
    [...legs, ...segments].flatMap(leg => (leg?.role === 'inner' && leg.tenant !== undefined ? [leg.tenant] : [])),
  );
}
