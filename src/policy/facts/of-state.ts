// The base facts of one whole state: of a program's beginning. Later changes are put as they come.

import type { Allocations } from '../allocation.ts';
import type { DocumentSet, Documents } from '../documents.ts';
import type { FactWriter } from '../engine/program.ts';
import type { Table } from '../engine/table.ts';
import { type Kind, kinds } from '../kinds/names.ts';
import { type Membership, offerOf } from '../membership.ts';
import type { NodeConfig } from '../node.ts';
import type { Observed } from '../observed.ts';
import {
  allocatedChunks,
  attached,
  bindings,
  documentTables,
  numbers,
  objectKey,
  offers,
  ofports,
  self,
} from './base.ts';

export interface State {
  readonly documents: DocumentSet;
  readonly allocations: Allocations;
  /** Undefined: this node works alone, and everything is bound to it. */
  readonly membership?: Membership | undefined;
}

export function putState(facts: FactWriter, node: NodeConfig, { documents, allocations, membership }: State): void {
  facts.put(self, node);
  for (const offer of [offerOf(node), ...(membership?.peers ?? [])]) facts.put(offers, offer);
  for (const kind of kinds) putDocuments(facts, kind, documents);
  for (const kind of kinds)
    for (const name of documents[kind].keys()) {
      const key = objectKey(kind, name);
      const id = allocations.ids.get(key);
      const zone = kind === 'tenants' ? allocations.zones.get(name) : undefined;
      if (id !== undefined) facts.put(numbers, { kind, name, id, index: allocations.indexes.get(key), zone });
    }
  for (const chunk of allocations.chunks) facts.put(allocatedChunks, chunk);
  for (const kind of ['interfaces', 'ports'] as const) {
    const bound = membership?.bindings[kind] ?? new Map([...documents[kind].keys()].map(name => [name, node.name]));
    for (const [name, owner] of bound) facts.put(bindings, { kind, name, node: owner });
  }
}

function putDocuments<K extends Kind>({ put }: FactWriter, kind: K, documents: DocumentSet): void {
  const table = documentTables[kind] as Table<Documents[K]>;
  const of: ReadonlyMap<string, Documents[K]> = documents[kind];
  for (const document of of.values()) put(table, document);
}

export function putObserved({ put }: FactWriter, { integrationPorts, physicalPorts, attached: ports }: Observed): void {
  for (const [device, ofport] of integrationPorts) put(ofports, { bridge: 'integration', device, ofport });
  for (const [device, ofport] of physicalPorts) put(ofports, { bridge: 'physical', device, ofport });
  for (const [port, ofport] of ports) put(attached, { port, ofport });
}
