// A case: an intent as people would write it, and where its things are. Made by chance, made smaller, printed, put into a test:
// plain data throughout. From it come the model's world and the compiler's program.

import { type Ip, parseIp } from '../../src/lib/address.ts';
import type { Allocations, ChunkAllocation } from '../../src/policy/allocation.ts';
import { type DocumentSet, documentSchemas } from '../../src/policy/documents.ts';
import type { ZoneTranslations } from '../../src/policy/facts/outcome.ts';
import { type Kind, kinds } from '../../src/policy/kinds/names.ts';
import type { NatPoolDocument } from '../../src/policy/kinds/nat-pools.ts';
import type { Membership } from '../../src/policy/membership.ts';
import { type Compiled, compile } from '../fixtures/compile.ts';
import type { Objects } from '../fixtures/demo-intent.ts';
import type { Peer, World } from '../model/world.ts';
import { judgedNode, type Stage } from './stage.ts';

export interface PeerText {
  readonly name: string;
  readonly vteps: Readonly<Record<string, string>>;
  readonly physicalPorts: readonly string[];
  readonly representors: readonly string[];
}

/** Where things are. Who is not named in a record is nobody's. */
export interface Placement {
  readonly peers: readonly PeerText[];
  readonly interfaces: Readonly<Record<string, string>>;
  readonly ports: Readonly<Record<string, string>>;
  /** Of ports (machines) that are here. */
  readonly devices: Readonly<Record<string, string>>;
  /** The node of each rule's chunk, `self` when absent. */
  readonly chunks: Readonly<Record<string, readonly string[]>>;
  /** Whether nodes are fenced, and if so, whether this one has its lease; `off` when absent. */
  readonly fence?: 'off' | 'leased' | 'stopped';
}

export interface Case {
  readonly objects: Objects;
  readonly placement: Placement;
}

export interface Staged {
  readonly world: World;
  readonly isLeased: boolean;
  readonly allocations: Allocations;
  readonly program: Compiled;
  readonly translations: readonly ZoneTranslations[];
}

/**
 * Objects that do not fit together are left out, as pointsman leaves them out.
 * @param standing what was allocated before: who is still there keeps what it has
 */
export function stageCase(given: Case, stage: Stage, standing?: Allocations): Staged {
  const { placement } = given;
  const { fence = 'off' } = placement;
  const node = { ...judgedNode, fence: fence === 'off' ? undefined : 45 };
  const peers = placement.peers.map(readPeer);
  const membership: Membership = {
    peers: peers.map(peer => ({
      ...peer,
      physicalPorts: new Set(peer.physicalPorts),
      representors: new Set(peer.representors),
    })),
    bindings: {
      interfaces: new Map(Object.entries(placement.interfaces)),
      ports: new Map(Object.entries(placement.ports)),
    },
  };
  let documents = parseAll(given.objects);
  for (;;) {
    const allocations = allocate(documents, placement, standing);
    const devices = new Map(Object.entries(placement.devices).filter(([name]) => documents.ports.has(name)));
    const program = compile(node, { documents, allocations, membership }, stage.attach(devices));
    if (program.problems.length > 0) {
      documents = without(documents, program.problems);
      continue;
    }
    const world: World = {
      self: judgedNode.name,
      physicalPorts: judgedNode.physicalPorts.map(({ name }) => name),
      representors: judgedNode.representors.map(({ name }) => name),
      vteps: judgedNode.vteps.map(({ name, address, port, infraVlan }) => ({
        name,
        address: address.ip,
        port,
        infraVlan,
      })),
      nodeMac: judgedNode.physicalMac,
      ownMac: judgedNode.integrationMac,
      peers,
      documents,
      chunks: allocations.chunks,
      zones: allocations.zones,
      indexes: allocations.indexes,
      boundInterfaces: membership.bindings.interfaces,
      boundPorts: membership.bindings.ports,
      devices,
      isStopped: fence === 'stopped',
    };
    const isLeased = fence === 'leased';
    return { world, isLeased, allocations, program, translations: program.translations };
  }
}

function readPeer({ vteps, ...peer }: PeerText): Peer {
  const addresses = Object.entries(vteps).map(([name, text]): [string, Ip] => [name, parseIp(text)]);
  return { ...peer, vteps: new Map(addresses) };
}

function parseAll(objects: Objects): DocumentSet {
  const entries = kinds.map(kind => {
    const documents = (objects[kind] ?? []).flatMap(object => {
      const { success, data } = documentSchemas[kind].safeParse(object);
      return success ? [data] : [];
    });
    return [kind, new Map(documents.map(document => [document.name, document]))];
  });
  return Object.fromEntries(entries) as DocumentSet;
}

function without(
  documents: DocumentSet,
  problems: readonly { readonly kind: Kind; readonly name: string }[],
): DocumentSet {
  const entries = kinds.map(kind => {
    const bad = new Set(problems.filter(problem => problem.kind === kind).map(({ name }) => name));
    const of: ReadonlyMap<string, unknown> = documents[kind];
    return [kind, new Map([...of].filter(([name]) => !bad.has(name)))];
  });
  return Object.fromEntries(entries) as DocumentSet;
}

/** Numbers in the order of the objects; chunks one behind the other on a pool's first address that has room. */
function allocate(documents: DocumentSet, placement: Placement, standing?: Allocations): Allocations {
  const names = kinds.flatMap(kind => [...documents[kind].keys()].map(name => `${kind}/${name}`));
  return {
    ids: numbered(names, standing?.ids),
    zones: numbered([...documents.tenants.keys()], standing?.zones),
    retired: [],
    indexes: numbered(
      names.filter(name => /^(interfaces|ports)\//.test(name)),
      standing?.indexes,
    ),
    chunks: chunksFor(documents, placement, standing?.chunks ?? []),
  };
}

/** A newcomer gets the number after the highest. */
function numbered(names: readonly string[], standing: ReadonlyMap<string, number> = new Map()): Map<string, number> {
  let last = Math.max(0, ...standing.values());
  return new Map(names.map(name => [name, standing.get(name) ?? ++last]));
}

function chunksFor(
  documents: DocumentSet,
  placement: Placement,
  standing: readonly ChunkAllocation[],
): ChunkAllocation[] {
  const wants = [...documents['nat-rules'].values()].flatMap(({ name, tenant, pool }) =>
    (placement.chunks[name] ?? [judgedNode.name]).map(node => ({ tenant, pool, node })),
  );
  const chunks: ChunkAllocation[] = [];
  const isOf = (want: (typeof wants)[number]) => (chunk: ChunkAllocation) =>
    chunk.tenant === want.tenant && chunk.pool === want.pool && chunk.node === want.node;
  for (const want of wants) {
    const kept = standing.find(isOf(want));
    const pool = documents['nat-pools'].get(want.pool);
    if (kept && pool && !chunks.some(isOf(want)) && fits(kept, pool)) chunks.push(kept);
  }
  // What was given up is not given out again at once.
  const taken = [...standing];
  for (const want of wants) {
    const pool = documents['nat-pools'].get(want.pool);
    if (!pool || chunks.some(isOf(want))) continue;
    const chunk = pool.addresses
      .map(address => ({
        address,
        port: freePort(
          pool,
          [...taken, ...chunks].filter(each => each.address === address),
        ),
      }))
      .find(({ port }) => port !== undefined);
    if (chunk?.port === undefined) continue;
    const icmp = ![...taken, ...chunks].some(each => each.address === chunk.address && each.icmp);
    chunks.push({ ...want, address: chunk.address, port: chunk.port, size: pool.chunkSize, icmp });
  }
  return chunks;
}

function fits(chunk: ChunkAllocation, { chunkSize, addresses, ports }: NatPoolDocument): boolean {
  const isInRange = chunk.port >= ports.min && chunk.port + chunk.size - 1 <= ports.max;
  return chunk.size === chunkSize && addresses.includes(chunk.address) && isInRange;
}

function freePort({ chunkSize: size, ports }: NatPoolDocument, taken: readonly ChunkAllocation[]): number | undefined {
  for (let port = Math.ceil(ports.min / size) * size; port + size - 1 <= ports.max; port += size)
    if (taken.every(each => port + size <= each.port || each.port + each.size <= port)) return port;
  return undefined;
}
