import fc from 'fast-check';
import t from 'tap';
import { type ChunkNeed, chunkKey, planChunks, useKey } from '../../../src/controller/state/chunk-plan.ts';
import { type ChunkAllocation, type PortRange, rangesOverlap } from '../../../src/policy/allocation.ts';
import type { DocumentSet, NatPoolDocument } from '../../../src/policy/documents.ts';

const addresses = ['203.0.113.1', '203.0.113.2', '203.0.113.3'];
const poolOf = fc.record({
  addresses: fc.subarray(addresses, { minLength: 1 }),
  chunkSize: fc.constantFrom(1024, 4096, 16384),
});
const pairOf = fc.record({ tenant: fc.constantFrom('a', 'b', 'c', 'd', 'e'), pool: fc.constantFrom('p', 'q') });
const stepOf = fc.record({
  p: poolOf,
  q: poolOf,
  pairs: fc.array(pairOf, { maxLength: 8 }),
  node: fc.constantFrom('n1', 'n2'),
  confirmed: fc.boolean(),
  needs: fc.array(fc.constantFrom('here', 'elsewhere', 'nowhere'), { minLength: 5, maxLength: 5 }),
});
type Step = typeof stepOf extends fc.Arbitrary<infer S> ? S : never;

function documentsOf({ p, q, pairs }: Step): DocumentSet {
  const pool = (name: string, more: Step['p']): NatPoolDocument => ({
    name,
    interface: 'wan',
    ports: { min: 1024, max: 65535 },
    ...more,
  });
  const rules = pairs.map(({ tenant, pool }, i) => ({ name: `r${i}`, tenant, pool, source: `10.${i}.0.0/16` }));
  return {
    tenants: new Map(),
    vnis: new Map(),
    interfaces: new Map(),
    ports: new Map(),
    routes: new Map(),
    'nat-pools': new Map([
      ['p', pool('p', p)],
      ['q', pool('q', q)],
    ]),
    'nat-rules': new Map(rules.map(rule => [rule.name, rule])),
  };
}

function same(a: Omit<ChunkAllocation, 'icmp'>, b: ChunkAllocation): boolean {
  return chunkKey(a) === chunkKey(b) && a.address === b.address && a.port === b.port && a.size === b.size;
}

t.test('whatever happens to pools and rules, chunks stay apart', async () => {
  fc.assert(
    fc.property(fc.array(stepOf, { minLength: 1, maxLength: 6 }), steps => {
      let standing: readonly ChunkAllocation[] = [];
      let retired: readonly PortRange[] = [];
      for (const step of steps) {
        const documents = documentsOf(step);
        const { node } = step;
        const needs = (tenant: string): ChunkNeed => step.needs['abcde'.indexOf(tenant)] ?? 'nowhere';
        const { chunks, missing } = planChunks(documents, standing, retired, { node, needs });
        const givenUp = standing.filter(chunk => !chunks.some(({ icmp: _, ...kept }) => same(kept, chunk)));
        const inTheWay = [...retired, ...givenUp];
        if (chunks.some(chunk => inTheWay.some(range => rangesOverlap(chunk, range)))) return false;
        const uses = new Set([...documents['nat-rules'].values()].map(useKey));
        if (!chunks.every(chunk => uses.has(useKey(chunk)))) return false;
        if (new Set(chunks.map(chunkKey)).size !== chunks.length) return false;
        // Each use has a chunk somewhere, and here where it is needed, unless the pool is used up; or another node sees to it.
        const had = new Set([...chunks, ...missing].map(chunkKey));
        const served = new Set([...chunks, ...missing].map(useKey));
        for (const use of documents['nat-rules'].values())
          if (
            (needs(use.tenant) !== 'elsewhere' && !served.has(useKey(use))) ||
            (needs(use.tenant) === 'here' && !had.has(chunkKey({ ...use, node })))
          )
            return false;
        // What a pool still has room for stays with the node that has it, until it is of use only to others.
        for (const before of standing) {
          const isLeft = before.node === node && needs(before.tenant) === 'elsewhere';
          if (uses.has(useKey(before)) && had.has(chunkKey(before)) === isLeft) return false;
        }
        for (const chunk of chunks) {
          const pool = documents['nat-pools'].get(chunk.pool);
          if (
            !pool?.addresses.includes(chunk.address) ||
            chunk.size !== pool.chunkSize ||
            chunk.port % chunk.size !== 0
          )
            return false;
          for (const other of chunks) {
            if (other === chunk || other.address !== chunk.address) continue;
            if (chunk.port < other.port + other.size && other.port < chunk.port + chunk.size) return false;
          }
        }
        for (const address of addresses) {
          const here = chunks.filter(chunk => chunk.address === address);
          const owners = new Set(here.filter(chunk => chunk.icmp).map(({ tenant, node }) => `${tenant}@${node}`));
          const isResting = inTheWay.some(range => range.icmp && range.address === address);
          if (
            isResting &&
            here.some(chunk => chunk.icmp && !standing.some(before => before.icmp && same(before, chunk)))
          )
            return false;
          if (here.length > 0 && !isResting && owners.size !== 1) return false;
          if (owners.size > 1) return false;
        }
        // The same wish again moves nothing.
        const again = planChunks(documents, chunks, inTheWay, { node, needs });
        if (JSON.stringify(again.chunks) !== JSON.stringify(chunks)) return false;
        standing = chunks;
        retired = step.confirmed ? [] : inTheWay;
      }
      return true;
    }),
    { numRuns: 300 },
  );
});

t.test('a chunk that only another node needs goes back, so that this one can have it', async t => {
  const oneChunk = { addresses: ['203.0.113.1'], chunkSize: 16384 as const };
  const documents = documentsOf({
    p: oneChunk,
    q: oneChunk,
    pairs: [{ tenant: 'a', pool: 'p' }],
    node: 'n1',
    confirmed: true,
    needs: [],
  });
  const at = (standing: readonly ChunkAllocation[], node: string, need: ChunkNeed) =>
    planChunks(documents, standing, [], { node, needs: () => need }).chunks;
  const first = at([], 'n1', 'here');
  t.same(
    first.map(({ node }) => node),
    ['n1'],
  );
  t.same(at(first, 'n1', 'nowhere'), first, 'where nobody needs it, it stays');
  const given = at(first, 'n1', 'elsewhere');
  t.same(given, []);
  t.same(
    at(given, 'n2', 'here').map(({ node, port }) => [node, port]),
    [['n2', first[0]?.port]],
  );
});

t.test(
  'a pool that is used up but for what has not been confirmed is waited for, and one that is too small is not',
  async t => {
    const oneChunk = { addresses: ['203.0.113.1'], chunkSize: 16384 as const };
    const pairs = (['a', 'b', 'c'] as const).map(tenant => ({ tenant, pool: 'p' }) as const);
    const documents = documentsOf({ p: oneChunk, q: oneChunk, pairs, node: 'n1', confirmed: true, needs: [] });
    const puller = { node: 'n1', needs: (): ChunkNeed => 'here' };
    const { chunks } = planChunks(documents, [], [], puller);
    t.equal(chunks.length, 3, 'three fit');
    // Twice the size: one fits, in place of what all three have given up.
    const wider = documentsOf({
      p: { ...oneChunk, chunkSize: 32768 as never },
      q: oneChunk,
      pairs,
      node: 'n1',
      confirmed: true,
      needs: [],
    });
    const now = planChunks(wider, chunks, [], puller);
    t.same(now.chunks, []);
    t.same(
      now.missing.map(({ tenant, waits }) => [tenant, waits]),
      [
        ['a', true],
        ['b', false],
        ['c', false],
      ],
    );
    t.match(planChunks(wider, [], [], puller).chunks, [{ tenant: 'a', port: 32768, icmp: true }], 'once they are free');
  },
);
