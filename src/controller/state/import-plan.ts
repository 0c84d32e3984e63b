// A whole intent written into a state that has never held any, with the numbers that another state gave out: the switch that
// was programmed from that one is programmed right. All of it, or nothing.

import type { Steps } from '../../lib/steps.ts';
import type { InsertedRow } from '../../ovsdb/index.ts';
import { rangesOverlap, sameRange } from '../../policy/allocation.ts';
import { canonicalDocument, spellDocument } from '../../policy/documents.ts';
import { chunkKey, objectKey, useKey } from '../../policy/facts/base.ts';
import { type DocumentPut, judgeInSteps } from '../../policy/judge.ts';
import { type Kind, kinds } from '../../policy/kinds/names.ts';
import { isOfPool, portsOf } from './chunk-plan.ts';
import type { ChunkReferences } from './chunk-writes.ts';
import { type ImportProblem, ImportRejected } from './errors.ts';
import type { Allocation, GivenChunk, StateNumbers } from './given-numbers.ts';
import { type NumberGiver, noReserve } from './number-giver.ts';
import { type ObjectWrite, writeObject } from './object-rows.ts';
import { begin, everything } from './transaction-frame.ts';
import { needRow, type StateView } from './view.ts';
import type { Ground } from './write-objects.ts';

export type ImportItem = DocumentPut & { readonly allocation: Allocation };

export interface Import {
  readonly numbers: StateNumbers;
  readonly items: readonly ImportItem[];
}

export interface ImportPlan {
  /** That holds all of it. */
  readonly generation: number;
}

interface Chunk extends GivenChunk {
  readonly tenant: string;
  readonly pool: string;
  /** The rule that was the first to name it, and where. */
  readonly rule: string;
  readonly pointer: string;
}

/** What a plan rests on beside the state. */
export interface ImportGround extends Ground {
  /** Conntrack zones that somebody else has at this node. */
  readonly foreignZones: Iterable<number>;
  /** ms since 1970. */
  readonly now: number;
}

/** @throws ImportRejected, with all that stands against it */
export function* planImport(ground: ImportGround, { numbers, items }: Import): Steps<ImportPlan> {
  const { view, program } = ground;
  refuseUnlessNew(view);
  const problems: ImportProblem[] = [];
  const say = ({ kind, document }: DocumentPut, pointer: string, detail: string): void => {
    problems.push({ kind, name: document.name, pointer, detail, isConflict: true });
  };
  checkNumbers(ground, items, say);
  const chunks = checkChunks(view, items, say);
  const judged = yield* judgeInSteps(
    program,
    items.map(({ kind, document }) => ({ kind, document: spellDocument(kind, document) }) as DocumentPut),
  );
  for (const { kind, name, pointer, detail, why } of judged.problems)
    problems.push({ kind, name, pointer, detail, isConflict: why === 'conflict' });
  if (problems.length > 0) throw new ImportRejected(problems);
  yield* write(ground, { numbers, items }, chunks);
  return { generation: view.generation + 1 };
}

/** Whether the database is what the plan made of it. */
export function holdsImport(view: StateView, { items }: Import): boolean {
  return items.every(({ kind, document, allocation }) => {
    return view.objects.get(objectKey(kind, document.name))?.id === allocation.id;
  });
}

function refuseUnlessNew({ objects, nextId }: StateView): void {
  const detail =
    objects.size > 0
      ? `the state is not empty: it holds ${objects.size} objects, and their numbers`
      : nextId > 1
        ? 'the state has given out numbers before: numbers of another go into a new one only, before anything else, and before it is adopted'
        : undefined;
  if (detail !== undefined) throw new ImportRejected([{ pointer: '', detail, isConflict: true }]);
}

type Say = (item: DocumentPut, pointer: string, detail: string) => void;

/** Each number is one object's, and nobody else's. */
function checkNumbers({ foreignZones }: ImportGround, items: readonly ImportItem[], say: Say): void {
  const foreign = new Set(foreignZones);
  const owners = new Map<string, string>();
  const take = (item: ImportItem, space: string, field: 'id' | 'zone' | 'index', own: string): void => {
    const number = item.allocation[field];
    if (number === undefined) return;
    const key = `${space} ${number}`;
    const owner = owners.get(key);
    if (owner === undefined) owners.set(key, own);
    else say(item, `/allocation/${field}`, `${space} ${number} is that of ${owner}`);
  };
  const names = new Set<string>();
  for (const item of items) {
    const own = objectKey(item.kind, item.document.name);
    if (names.has(own)) say(item, '/name', 'the object is there twice');
    names.add(own);
    take(item, 'id', 'id', own);
    take(item, 'index', 'index', own);
    take(item, 'zone', 'zone', own);
    const { zone } = item.allocation;
    if (zone !== undefined && foreign.has(zone))
      say(item, '/allocation/zone', `zone ${zone} is another bridge's on the switch of this node`);
  }
}

function checkChunks(view: StateView, items: readonly ImportItem[], say: Say): ReadonlyMap<string, Chunk> {
  const pools = new Map(
    items.flatMap(({ kind, document }) =>
      kind === 'nat-pools' ? [[document.name, portsOf(canonicalDocument(kind, document))] as const] : [],
    ),
  );
  const chunks = new Map<string, Chunk>();
  const onAddress = new Map<string, Chunk[]>();
  for (const item of items) {
    if (item.kind === 'interfaces') checkNode(view, item, item.allocation.node, '/allocation/node', say);
    if (item.kind !== 'nat-rules') continue;
    const { name: rule, tenant, pool: poolName } = item.document;
    const pool = pools.get(poolName);
    const seen = new Set<string>();
    for (const [at, given] of (item.allocation.chunks ?? []).entries()) {
      const pointer = `/allocation/chunks/${at}`;
      const chunk: Chunk = { ...given, tenant, pool: poolName, rule, pointer };
      const key = chunkKey(chunk);
      if (seen.has(key)) say(item, `${pointer}/node`, `the rule has a chunk at node ${given.node} already`);
      seen.add(key);
      const known = chunks.get(key);
      if (known) {
        if (!sameRange(known, given) || known.icmp !== given.icmp)
          say(item, pointer, `nat-rules/${known.rule}, of the same tenant and pool, has another chunk at this node`);
        continue;
      }
      chunks.set(key, chunk);
      checkNode(view, item, given.node, `${pointer}/node`, say);
      if (pool && !(isOfPool(given, pool) && given.port % given.size === 0))
        say(item, pointer, `it is no chunk of nat-pools/${poolName}`);
      const others = onAddress.get(given.address) ?? [];
      onAddress.set(given.address, [...others, chunk]);
      for (const other of others) {
        if (rangesOverlap(other, given))
          say(item, `${pointer}/port`, `nat-rules/${other.rule} has some of these ports`);
        if (other.icmp && given.icmp)
          say(item, `${pointer}/icmp`, `nat-rules/${other.rule} has the ICMP of ${given.address}`);
      }
    }
  }
  return chunks;
}

function checkNode(view: StateView, item: ImportItem, node: string | undefined, pointer: string, say: Say): void {
  if (node === undefined || view.nodes.has(node)) return;
  const known = [...view.nodes.keys()].join(', ') || 'none';
  say(item, pointer, `there is no node "${node}" (there is: ${known}): let it join first, or map it to another`);
}

function* write(
  { draft, view, self, now }: ImportGround,
  { numbers, items }: Import,
  chunks: ReadonlyMap<string, Chunk>,
): Steps<void> {
  begin(draft, view, everything);
  const documents = Object.fromEntries(
    kinds.map(kind => [
      kind,
      new Map(
        items.flatMap(item =>
          item.kind === kind ? [[item.document.name, canonicalDocument(kind, item.document as never)]] : [],
        ),
      ),
    ]),
  ) as unknown as ObjectWrite['documents'];
  let current: Allocation = { id: 0, revision: 0 };
  const given: NumberGiver = {
    id: () => current.id,
    zone: () => current.zone ?? 0,
    index: () => current.index ?? 0,
    used: () => ({ nextId: undefined, lastIndex: undefined, zones: [], reserve: noReserve }),
  };
  const context: ObjectWrite = {
    ...{ draft, view, self, documents, numbers: given },
    holders: new Map(
      items.flatMap(({ kind, document, allocation: { node } }) =>
        kind === 'interfaces' && node !== undefined ? [[document.name, node]] : [],
      ),
    ),
    inserted: new Map(),
    bound: new Map(),
  };
  const references = new Map<string, InsertedRow<'NAT_Chunk'>[]>();
  for (const kind of kinds) {
    if (kind === 'nat-rules')
      for (const chunk of chunks.values()) {
        const use = useKey(chunk);
        const row = insertChunk(context, chunk);
        references.set(use, [...(references.get(use) ?? []), row]);
      }
    for (const item of items) {
      if (item.kind !== kind) continue;
      current = item.allocation;
      writeItem(context, kind, item, references);
      yield;
    }
  }
  for (const { address, port, size, icmp, tenantId, until } of numbers.resting) {
    const rest = Math.ceil((Date.parse(until) - now) / 1000);
    if (rest <= 0) continue;
    const range = { kind: 'ports', subject: address, number: port, size, icmp, tenant: tenantId } as const;
    draft.insert('Retired_Number', { ...range, freed: now, rest, generation: view.generation + 1, holders: [] });
  }
  const nextId = Math.max(numbers.nextId, ...items.map(({ allocation }) => allocation.id + 1));
  draft.update('Pointsman', view.root, { next_id: nextId, last_index: numbers.lastIndex });
}

function writeItem(context: ObjectWrite, kind: Kind, item: ImportItem, references: ChunkReferences): void {
  const { draft, documents, inserted } = context;
  const { name } = item.document;
  const { id, revision, lastPorts } = item.allocation;
  const document = documents[kind].get(name);
  if (!document) return;
  writeObject(context, kind, document, undefined, { id, revision }, references);
  const row = inserted.get(objectKey(kind, name));
  if (!row) return;
  if (kind === 'nat-pools')
    draft.update('NAT_Pool', row as InsertedRow<'NAT_Pool'>, { last_ports: new Map(Object.entries(lastPorts ?? {})) });
}

function insertChunk({ draft, view, inserted }: ObjectWrite, chunk: Chunk) {
  const { address, port, size, icmp } = chunk;
  const node = view.nodes.get(chunk.node)?.row._uuid;
  const tenant = needRow(view, 'tenants', chunk.tenant, inserted);
  const pool = needRow(view, 'nat-pools', chunk.pool, inserted);
  return draft.insert('NAT_Chunk', { tenant, pool, node, address, port, size, icmp });
}
