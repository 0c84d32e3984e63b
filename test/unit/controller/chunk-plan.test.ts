import fc from 'fast-check';
import t from 'tap';
import { chunkKey, planChunks } from '../../../src/controller/state/chunk-plan.ts';
import type { ChunkAllocation } from '../../../src/policy/allocation.ts';
import type { DocumentSet, NatPoolDocument } from '../../../src/policy/documents.ts';

const addresses = ['203.0.113.1', '203.0.113.2', '203.0.113.3'];
const poolOf = fc.record({
  addresses: fc.subarray(addresses, { minLength: 1 }),
  chunkSize: fc.constantFrom(1024, 4096, 16384),
});
const pairOf = fc.record({ tenant: fc.constantFrom('a', 'b', 'c', 'd', 'e'), pool: fc.constantFrom('p', 'q') });
const stepOf = fc.record({ p: poolOf, q: poolOf, pairs: fc.array(pairOf, { maxLength: 8 }) });
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
    routes: new Map(),
    'nat-pools': new Map([
      ['p', pool('p', p)],
      ['q', pool('q', q)],
    ]),
    'nat-rules': new Map(rules.map(rule => [rule.name, rule])),
  };
}

t.test('whatever happens to pools and rules, chunks stay apart', async () => {
  fc.assert(
    fc.property(fc.array(stepOf, { minLength: 1, maxLength: 6 }), steps => {
      let standing: readonly ChunkAllocation[] = [];
      for (const step of steps) {
        const documents = documentsOf(step);
        const plan = planChunks(documents, standing);
        if (plan.kind === 'exhausted') continue;
        const { chunks } = plan;
        const wanted = new Set([...documents['nat-rules'].values()].map(chunkKey));
        if (chunks.length !== wanted.size || !chunks.every(chunk => wanted.has(chunkKey(chunk)))) return false;
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
          const owners = new Set(here.filter(chunk => chunk.icmp).map(chunk => chunk.tenant));
          if (here.length > 0 && owners.size !== 1) return false;
        }
        // The same wish again moves nothing.
        const again = planChunks(documents, chunks);
        if (again.kind !== 'planned' || JSON.stringify(again.chunks) !== JSON.stringify(chunks)) return false;
        standing = chunks;
      }
      return true;
    }),
    { numRuns: 300 },
  );
});
