// The state database as facts: what an update has touched, and nothing else.

import type { Steps } from '../../lib/steps.ts';
import type { FactWriter } from '../../policy/engine/program.ts';
import { allocatedChunks, bindings, documentTables, numbers, offers, partsOfKey } from '../../policy/facts/base.ts';
import { withoutLabels } from '../../policy/kinds/labels.ts';
import type { LiveView, Touched } from '../state/live-view.ts';

/** @param self this node's name: what it has is known from its configuration */
export function* putTouched(facts: FactWriter, view: LiveView, touched: Touched, self: string): Steps<void> {
  for (const key of touched.objects) {
    putObject(facts, view, key);
    yield;
  }
  for (const key of touched.bindings) {
    const { kind, name } = partsOfKey(key);
    const node = kind === 'interfaces' || kind === 'ports' ? view.bindings[kind].get(name) : undefined;
    if (node === undefined) facts.delete(bindings, key);
    else facts.put(bindings, { kind: kind as 'interfaces' | 'ports', name, node });
    yield;
  }
  for (const key of touched.chunks) {
    const chunk = view.chunk(key);
    if (chunk) facts.put(allocatedChunks, chunk);
    else facts.delete(allocatedChunks, key);
  }
  for (const name of touched.nodes) {
    if (name === self) continue;
    const node = view.nodes.get(name);
    if (node) facts.put(offers, node.offer);
    else facts.delete(offers, name);
  }
}

function putObject(facts: FactWriter, view: LiveView, key: string): void {
  const { kind, name } = partsOfKey(key);
  const document = view.documents[kind].get(name);
  const row = view.objects.get(key);
  if (!document || !row) {
    facts.delete(documentTables[kind], name);
    facts.delete(numbers, key);
    return;
  }
  facts.put(documentTables[kind], withoutLabels(document));
  const { zone, index } = view.numbersOf(kind, name);
  facts.put(numbers, { kind, name, id: row.id, index, zone });
}
