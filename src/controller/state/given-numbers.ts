// All that the state has given out, as it can be carried to another: with each object its numbers, and beside the objects
// where numbers go on, and what rests.

import type { PortRange } from '../../policy/allocation.ts';
import type { Documents } from '../../policy/documents.ts';
import { objectKey, useKey } from '../../policy/facts/base.ts';
import type { Kind } from '../../policy/kinds/names.ts';
import type { Hold } from './retired-numbers.ts';
import type { StateView } from './view.ts';

/** A chunk of the pool of a rule. */
export interface GivenChunk extends PortRange {
  readonly node: string;
}

/** What an object was given when it was made, and since. */
export interface Allocation {
  readonly id: number;
  readonly revision: number;
  /** Of a tenant. */
  readonly zone?: number | undefined;
  /** Of an interface or a port. */
  readonly index?: number | undefined;
  /** Who has an interface. */
  readonly node?: string | undefined;
  /** Of a pool: the port that was given out last, by address. */
  readonly lastPorts?: Readonly<Record<string, number>> | undefined;
  /** Of a rule; rules of one tenant and pool have the same. */
  readonly chunks?: readonly GivenChunk[] | undefined;
}

/** Ports that nobody gets before. */
export interface RestingRange extends PortRange {
  /** The id of the tenant that had it, and may have it back; 0: not known. */
  readonly tenantId: number;
  /** RFC 3339. */
  readonly until: string;
}

export interface StateNumbers {
  readonly nextId: number;
  readonly lastIndex: number;
  readonly resting: readonly RestingRange[];
}

export function allocationOf(view: StateView, kind: Kind, document: Documents[Kind]): Allocation {
  const { name } = document;
  const key = objectKey(kind, name);
  const row = view.objects.get(key);
  const numbers = { id: row?.id ?? 0, revision: row?.revision ?? 0 };
  switch (kind) {
    case 'tenants':
      return { ...numbers, zone: view.allocations.zones.get(name) };
    case 'interfaces': {
      const node = view.bindings.interfaces.get(name);
      return { ...numbers, index: view.allocations.indexes.get(key), ...(node === undefined ? {} : { node }) };
    }
    case 'ports':
      return { ...numbers, index: view.allocations.indexes.get(key) };
    case 'nat-pools':
      return {
        ...numbers,
        lastPorts: Object.fromEntries([...(view.lastPorts.get(name) ?? [])].sort(([a], [b]) => inOrder(a, b))),
      };
    case 'nat-rules': {
      // In the order in which they came the same would read differently at each node. A node has one of them.
      const chunks = view
        .chunksOf(useKey(document as Documents['nat-rules']))
        .toSorted((a, b) => inOrder(a.node, b.node))
        .map(({ node, address, port, size, icmp }) => ({ node, address, port, size, icmp }));
      return { ...numbers, chunks };
    }
    default:
      return numbers;
  }
}

function inOrder(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

/** Ports that a node has not let go of yet rest from now on: whoever takes the numbers over does not know the node. */
export function stateNumbersOf({ nextId, lastIndex, allocations }: StateView, { now, rest }: Hold): StateNumbers {
  const resting = allocations.retired.flatMap((number): RestingRange[] => {
    if (number.kind !== 'ports') return [];
    const { address, port, size, icmp, tenantId, until = now + rest * 1000 } = number;
    return until <= now ? [] : [{ address, port, size, icmp, tenantId, until: new Date(until).toISOString() }];
  });
  return { nextId, lastIndex, resting };
}
