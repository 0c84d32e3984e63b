// Which parts of the state a write rests on or changes, beside rows that OVSDB looks after by itself: names, VNIs of a
// VTEP and numbers are unique by indexes of the schema, and what is referred to cannot go.
//
// What is a tenant's is judged by what is that tenant's, by what is nobody's alone (outer interfaces that all share, pools,
// nodes), and where it sits on VLANs and representors, by who else does. So a write of what is nobody's alone takes
// everything, and all others the tenants whose it is, was, or refers to. test/property/policy/parts.test.ts holds judge.ts to it.

import type { ChunkAllocation } from '../../policy/allocation.ts';
import type { DocumentSet, Documents } from '../../policy/documents.ts';
import type { InterfaceDocument } from '../../policy/kinds/interfaces.ts';
import type { Kind } from '../../policy/kinds/names.ts';
import { everything, type Parts } from './transaction-frame.ts';
import type { StateView } from './view.ts';

export interface PartsChange {
  readonly kind: Kind;
  readonly name: string;
}

/**
 * @param before all documents as they are
 * @param after as they will be
 */
export function partsOf(
  before: DocumentSet,
  after: DocumentSet,
  changes: readonly PartsChange[],
): Parts | typeof everything {
  const tenants = new Set<string>();
  let attachments = false;
  let isWide = false;
  const ofInterface = (documents: DocumentSet, document: InterfaceDocument | undefined): void => {
    if (!document) return;
    if (document.tenant !== undefined) tenants.add(document.tenant);
    const owner = document.attachment.type === 'vni' && documents.vnis.get(document.attachment.vni)?.tenant;
    if (owner) tenants.add(owner);
  };
  for (const { kind, name } of changes)
    for (const documents of [before, after]) {
      const document = documents[kind].get(name);
      if (!document) continue;
      const named = (of: string) => ofInterface(documents, documents.interfaces.get(of));
      switch (kind) {
        case 'tenants':
          tenants.add(name);
          break;
        case 'vnis':
          tenants.add((document as Documents['vnis']).tenant);
          break;
        case 'interfaces': {
          const { tenant, attachment } = document as InterfaceDocument;
          isWide ||= tenant === undefined;
          attachments ||= documents === after && attachment.type !== 'vni';
          ofInterface(documents, document as InterfaceDocument);
          break;
        }
        case 'ports':
          named((document as Documents['ports']).interface);
          break;
        case 'routes':
          tenants.add((document as Documents['routes']).tenant);
          named((document as Documents['routes']).interface);
          break;
        case 'nat-pools':
        // Its outside address is what others on the interface may want.
        case 'static-nats':
        case 'port-forwards':
          isWide = true;
          break;
        case 'nat-rules': {
          const { tenant, pool } = document as Documents['nat-rules'];
          tenants.add(tenant);
          named(documents['nat-pools'].get(pool)?.interface ?? '');
          break;
        }
        default:
          kind satisfies never;
      }
    }
  return isWide ? everything : { tenants, pools: new Set(), attachments };
}

export const noParts: Parts = { tenants: new Set(), pools: new Set(), attachments: false };

/** The parts that are taken by chunks that come, go or change, beside those of `parts`. */
export function withChunks(
  view: StateView,
  parts: Parts | typeof everything,
  chunks: Iterable<ChunkAllocation>,
): Parts | typeof everything {
  if (parts === everything) return everything;
  const tenants = new Set(parts.tenants);
  const pools = new Set(parts.pools);
  for (const { tenant, pool, address } of chunks) {
    tenants.add(tenant);
    pools.add(pool);
    // Tenants that have outer interfaces of their own may have the same addresses.
    for (const other of view.poolsOn(address)) pools.add(other);
  }
  return { ...parts, tenants, pools };
}
