// A case: an intent as people would write it, and where its things are. Made by chance, made smaller, printed, put into a test:
// plain data throughout. From it come the model's world and what the compiler's program is made from.

import { type Ip, parseIp } from '../../src/lib/address.ts';
import type { Allocations, ChunkAllocation } from '../../src/policy/allocation.ts';
import { type DocumentSet, documentSchemas } from '../../src/policy/documents.ts';
import type { Program } from '../../src/policy/engine/program.ts';
import { objectKey } from '../../src/policy/facts/base.ts';
import { problems } from '../../src/policy/facts/problems.ts';
import { type Kind, kinds } from '../../src/policy/kinds/names.ts';
import type { NatPoolDocument } from '../../src/policy/kinds/nat-pools.ts';
import type { Membership } from '../../src/policy/membership.ts';
import type { NodeConfig } from '../../src/policy/node.ts';
import type { Objects } from '../fixtures/demo-intent.ts';
import type { Peer, World } from '../model/world.ts';
import { type ProgramInput, programOf } from './kept-program.ts';
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
  /** Physical ports that take no tag but 802.1Q's. */
  readonly checksTagType?: readonly string[];
  /** Tenants whose conntrack zone another bridge of the switch has. */
  readonly foreignZones?: readonly string[];
}

export interface Case {
  readonly objects: Objects;
  readonly placement: Placement;
}

export interface Staged {
  readonly world: World;
  readonly isLeased: boolean;
  readonly allocations: Allocations;
  /** The highest number that an object has had: those of what is gone are not given out again. */
  readonly lastId: number;
  /** With all that was written, what does not fit together included. */
  readonly input: ProgramInput;
  /** Made from nothing, of what fits together. */
  readonly program: Program;
}

/** What was staged before: who is still there keeps what it has. */
export interface Standing {
  readonly before: Pick<Staged, 'allocations' | 'lastId'>;
  /** Objects (`kind/name`) that were deleted meanwhile, and made again. */
  readonly anew?: readonly string[];
}

/** Objects that do not fit together are left out, as pointsman leaves them out. */
export function stageCase(given: Case, stage: Stage, standing?: Standing): Staged {
  const { placement } = given;
  const { fence = 'off' } = placement;
  const node = nodeOf(placement);
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
  const all = parseAll(given.objects);
  const numbers = giveNumbers(all, standing);
  // Where another bridge has a tenant's zone, none of its rules works.
  const isHeld = ({ tenant }: { readonly tenant: string }): boolean => !placement.foreignZones?.includes(tenant);
  const rules = new Map([...all['nat-rules']].filter(([, rule]) => isHeld(rule)));
  let documents: DocumentSet = { ...all, 'nat-rules': rules };
  for (;;) {
    const chunks = chunksFor(documents, placement, keptChunks(standing));
    const { ids, zones, indexes } = numbers;
    const allocations: Allocations = { ids, zones, retired: [], indexes, chunks };
    const devices = new Map(Object.entries(placement.devices).filter(([name]) => documents.ports.has(name)));
    const observed = stage.attach(devices);
    const zonesOfOthers = (placement.foreignZones ?? []).flatMap(tenant => zones.get(tenant) ?? []);
    const foreignZones = new Map(zonesOfOthers.map(zone => [zone, 'another bridge']));
    const inputWith = (of: DocumentSet): ProgramInput => ({
      ...{ node, observed, foreignZones },
      state: { documents: of, allocations, membership },
    });
    const program = programOf(inputWith(documents));
    const bad = [...program.rows(problems)];
    if (bad.length > 0) {
      documents = without(documents, bad);
      continue;
    }
    const world: World = {
      self: judgedNode.name,
      physicalPorts: node.physicalPorts.map(({ name, checksTagType = false }) => ({ name, checksTagType })),
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
      chunks,
      zones: new Map([...zones].filter(([of, zone]) => documents.tenants.has(of) && !foreignZones.has(zone))),
      indexes,
      boundInterfaces: membership.bindings.interfaces,
      boundPorts: membership.bindings.ports,
      devices,
      isStopped: fence === 'stopped',
    };
    const isLeased = fence === 'leased';
    return { world, isLeased, allocations, lastId: numbers.lastId, input: inputWith(all), program };
  }
}

function nodeOf({ fence = 'off', checksTagType: asking = [] }: Placement): NodeConfig {
  const physicalPorts = judgedNode.physicalPorts.map(port => ({ ...port, checksTagType: asking.includes(port.name) }));
  return { ...judgedNode, physicalPorts, fence: fence === 'off' ? undefined : 45 };
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

interface Numbers {
  readonly ids: ReadonlyMap<string, number>;
  readonly zones: ReadonlyMap<string, number>;
  readonly indexes: ReadonlyMap<string, number>;
  readonly lastId: number;
}

/** In the order of the objects. What is on a wire or in a datapath is given out again, but not at once. */
function giveNumbers(documents: DocumentSet, standing: Standing | undefined): Numbers {
  const keys = kinds.flatMap(kind => [...documents[kind].keys()].map(name => objectKey(kind, name)));
  const tenants = [...documents.tenants.keys()];
  const isAnew = (key: string): boolean => standing?.anew?.includes(key) ?? false;
  const { ids: oldIds, zones: oldZones, indexes: oldIndexes } = standing?.before.allocations ?? noNumbers;
  let lastId = standing?.before.lastId ?? 0;
  const ids = new Map(keys.map(key => [key, (isAnew(key) ? undefined : oldIds.get(key)) ?? ++lastId]));
  const zones = lowest(tenants, oldZones, name => isAnew(objectKey('tenants', name)));
  const indexes = lowest(
    keys.filter(key => /^(interfaces|ports)\//.test(key)),
    oldIndexes,
    isAnew,
  );
  return { ids, zones, indexes, lastId };
}

const noNumbers = {
  ids: new Map<string, number>(),
  zones: new Map<string, number>(),
  indexes: new Map<string, number>(),
};

/** A newcomer gets the lowest number that nobody has, or had just now. */
function lowest(
  names: readonly string[],
  standing: ReadonlyMap<string, number>,
  isAnew: (name: string) => boolean,
): Map<string, number> {
  const taken = new Set(standing.values());
  const next = (): number => {
    let number = 1;
    while (taken.has(number)) number++;
    taken.add(number);
    return number;
  };
  return new Map(names.map(name => [name, (isAnew(name) ? undefined : standing.get(name)) ?? next()]));
}

/** One of a pool or tenant that was made anew is gone. */
function keptChunks(standing: Standing | undefined): readonly ChunkAllocation[] {
  const { before, anew = [] } = standing ?? {};
  return (before?.allocations.chunks ?? []).filter(
    ({ tenant, pool }) => !anew.includes(objectKey('tenants', tenant)) && !anew.includes(objectKey('nat-pools', pool)),
  );
}

/** Chunks one behind the other on a pool's first address that has room. */
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
