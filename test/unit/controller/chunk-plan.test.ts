import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { awaited, type ChunkGround, type ChunkNeed, planChunks } from '../../../src/controller/state/chunk-plan.ts';
import {
  type ChunkAllocation,
  type PortRange,
  type RetiredRange,
  rangesOverlap,
} from '../../../src/policy/allocation.ts';
import type { DocumentSet } from '../../../src/policy/documents.ts';
import { chunkKey, useKey } from '../../../src/policy/facts/base.ts';
import type { NatPoolDocument } from '../../../src/policy/kinds/nat-pools.ts';
import { plainChunkPlan } from '../../fixtures/plain-chunk-plan.ts';

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
  rests: fc.boolean(),
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
    'static-nats': new Map(),
    'port-forwards': new Map(),
  };
}

/** A range, and whose it was; the heir may have it. */
type GivenUp = PortRange & { readonly tenant: string; readonly heir?: string };

function ground(standing: readonly ChunkAllocation[], retired: ChunkGround['retired'] = []): ChunkGround {
  return { standing, retired, lastPorts: new Map() };
}

function same(a: Omit<ChunkAllocation, 'icmp'>, b: ChunkAllocation): boolean {
  return chunkKey(a) === chunkKey(b) && a.address === b.address && a.port === b.port && a.size === b.size;
}

t.test('whatever happens to pools and rules, chunks stay apart', async () => {
  fc.assert(
    fc.property(fc.array(stepOf, { minLength: 1, maxLength: 6 }), steps => {
      let standing: readonly ChunkAllocation[] = [];
      let retired: readonly GivenUp[] = [];
      for (const step of steps) {
        const documents = documentsOf(step);
        const { node } = step;
        const needs = (tenant: string): ChunkNeed => step.needs['abcde'.indexOf(tenant)] ?? 'nowhere';
        const { chunks, missing } = planChunks(documents, ground(standing, retired), { node, needs });
        assert.deepEqual({ chunks, missing }, plainChunkPlan(documents, ground(standing, retired), { node, needs }));
        const givenUp: GivenUp[] = standing.filter(chunk => !chunks.some(({ icmp: _, ...kept }) => same(kept, chunk)));
        const inTheWay = [
          ...retired,
          ...givenUp.map(({ tenant, address, port, size, icmp }) => ({ tenant, address, port, size, icmp })),
        ];
        const isStrange = ({ tenant }: ChunkAllocation, range: GivenUp) => range.heir !== tenant;
        if (chunks.some(chunk => inTheWay.some(range => rangesOverlap(chunk, range) && isStrange(chunk, range))))
          return false;
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
          const resting = inTheWay.filter(range => range.icmp && range.address === address);
          const isResting = resting.length > 0;
          if (
            here.some(
              chunk =>
                chunk.icmp &&
                !standing.some(before => before.icmp && same(before, chunk)) &&
                resting.some(range => isStrange(chunk, range)),
            )
          )
            return false;
          if (here.length > 0 && !isResting && owners.size !== 1) return false;
          if (owners.size > 1) return false;
        }
        // The same wish again moves nothing.
        const again = planChunks(documents, ground(chunks, inTheWay), { node, needs });
        if (JSON.stringify(again.chunks) !== JSON.stringify(chunks)) return false;
        standing = chunks;
        const atRest = inTheWay.map(range => ({ ...range, heir: range.tenant }));
        retired = step.confirmed ? (step.rests ? atRest : []) : inTheWay;
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
    rests: false,
    needs: [],
  });
  const at = (standing: readonly ChunkAllocation[], node: string, need: ChunkNeed) =>
    planChunks(documents, ground(standing), { node, needs: () => need }).chunks;
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
    const documents = documentsOf({
      p: oneChunk,
      q: oneChunk,
      pairs,
      node: 'n1',
      confirmed: true,
      rests: false,
      needs: [],
    });
    const puller = { node: 'n1', needs: (): ChunkNeed => 'here' };
    const { chunks } = planChunks(documents, ground([]), puller);
    t.equal(chunks.length, 3, 'three fit');
    // Twice the size: one fits, in place of what all three have given up.
    const wider = documentsOf({
      p: { ...oneChunk, chunkSize: 32768 as never },
      q: oneChunk,
      pairs,
      node: 'n1',
      confirmed: true,
      rests: false,
      needs: [],
    });
    const now = planChunks(wider, ground(chunks), puller);
    t.same(now.chunks, []);
    t.same(
      now.missing.map(({ tenant, waits }) => [tenant, waits]),
      [
        ['a', true],
        ['b', false],
        ['c', false],
      ],
    );
    t.match(
      planChunks(wider, ground([]), puller).chunks,
      [{ tenant: 'a', port: 32768, icmp: true }],
      'once they are free',
    );
  },
);

t.test('what rests is nobody’s but who had it, and one waits for what has rested longest', t => {
  const oneAddress = { addresses: ['203.0.113.1'], chunkSize: 16384 as const };
  const pairs = (['a', 'b'] as const).map(tenant => ({ tenant, pool: 'p' }) as const);
  const step = { p: oneAddress, q: oneAddress, pairs, node: 'n1' as const, confirmed: true, rests: true, needs: [] };
  const documents = documentsOf(step);
  const pool = documents['nat-pools'].get('p') as NatPoolDocument;
  const rest = (port: number, until?: number, heir?: string): RetiredRange => ({
    ...{ kind: 'ports', address: '203.0.113.1', port, size: 16384, icmp: false, tenantId: 1 },
    ...(until === undefined ? { holders: ['n2'] } : { holders: [], until }),
    ...(heir === undefined ? {} : { heir }),
  });
  const retired = [rest(16384, 3_000, 'a'), rest(32768, 2_000, 'c'), rest(49152)];
  const plan = planChunks(documents, ground([], retired), { node: 'n1', needs: () => 'here' });
  t.match(plan.chunks, [{ tenant: 'a', port: 16384 }]);
  t.match(plan.missing, [{ tenant: 'b', waits: true }]);
  const [taken] = plan.chunks;
  t.strictSame(awaited(pool, { tenant: 'a', node: 'n1' }, [], retired), { waitsFor: [], until: undefined });
  t.strictSame(awaited(pool, { tenant: 'b', node: 'n1' }, [], retired), { waitsFor: [], until: 2_000 });
  t.strictSame(
    awaited(pool, { tenant: 'b', node: 'n1' }, taken ? [taken] : [], retired.slice(2)),
    {
      ...{ waitsFor: [], until: undefined },
    },
    'there is one',
  );
  const held = [rest(16384), rest(32768), rest(49152)];
  t.strictSame(awaited(pool, { tenant: 'b', node: 'n1' }, [], held), { waitsFor: ['n2'], until: undefined });
  // Twice the size needs two that have rested.
  const wide = { ...pool, ports: { min: 32768, max: 65535 }, chunkSize: 32768 as never };
  const halves = [rest(32768, 5_000, 'a'), rest(49152, 7_000, 'c')];
  t.strictSame(awaited(wide, { tenant: 'b', node: 'n1' }, [], halves), { waitsFor: [], until: 7_000 });
  t.end();
});

t.test('the ICMP of an address passes to the tenant that had it while it rests, and to others then', async t => {
  const p = { addresses: ['203.0.113.1'], chunkSize: 16384 as const };
  const pairs = (['a', 'b'] as const).map(tenant => ({ tenant, pool: 'p' }) as const);
  const documents = documentsOf({ p, q: p, pairs, node: 'n1', confirmed: true, rests: true, needs: [] });
  const at = (tenant: string, node: string, port: number) => ({
    ...{ tenant, pool: 'p', node, address: '203.0.113.1', port, size: 16384, icmp: false },
  });
  // B has the lower port; A had the ICMP at another node.
  const standing = [at('b', 'n2', 16384), at('a', 'n2', 32768)];
  const had = { ...at('a', 'n1', 49152), icmp: true };
  const owners = (retired: ChunkGround['retired']) =>
    planChunks(documents, ground(standing, retired)).chunks.flatMap(({ tenant, icmp }) => (icmp ? [tenant] : []));
  const { address, port, size, icmp } = had;
  t.strictSame(owners([{ address, port, size, icmp }]), [], 'a node may use it');
  t.strictSame(owners([{ address, port, size, icmp, heir: 'a' }]), ['a']);
  t.strictSame(owners([{ address, port, size, icmp, heir: 'c' }]), []);
  t.strictSame(owners([]), ['b']);
});
