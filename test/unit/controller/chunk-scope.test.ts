// A write of a rule plans what its tenant has of its pool: what all the others have stays out of it, and comes to the same.

import assert from 'node:assert/strict';
import t from 'tap';
import { planChunks } from '../../../src/controller/state/chunk-plan.ts';
import { scopeOf } from '../../../src/controller/state/chunk-scope.ts';
import type { StateView } from '../../../src/controller/state/view.ts';
import type { ChunkAllocation } from '../../../src/policy/allocation.ts';
import type { DocumentSet, Documents } from '../../../src/policy/documents.ts';
import { useKey } from '../../../src/policy/facts/base.ts';
import { Dice } from '../../fixtures/dice.ts';

type Rule = Documents['nat-rules'];

const poolNames = ['p', 'q'];
const addresses = (pool: string) => Array.from({ length: 40 }, (_, i) => `203.0.${pool === 'p' ? 112 : 113}.${i + 1}`);
const ruleOf = (name: string, pool: string): Rule => ({ name, tenant: name, pool, source: '10.0.0.0/8' });

function documentsOf(rules: ReadonlyMap<string, Rule>): DocumentSet {
  const none = { tenants: new Map(), vnis: new Map(), interfaces: new Map(), ports: new Map(), routes: new Map() };
  const ports = { min: 1024, max: 65535 };
  const pools = poolNames.map(
    name => [name, { name, interface: 'wan', addresses: addresses(name), ports, chunkSize: 1024 }] as const,
  );
  return {
    ...none,
    'nat-pools': new Map(pools),
    'nat-rules': rules,
    'static-nats': new Map(),
    'port-forwards': new Map(),
  };
}

/** What the view has of rules and chunks, and how many of them it was asked for. */
function viewOf(rules: ReadonlyMap<string, Rule>, chunks: readonly ChunkAllocation[]) {
  const group = <Row>(rows: Iterable<Row>, by: (row: Row) => string): ReadonlyMap<string, readonly Row[]> => {
    const groups = new Map<string, Row[]>();
    for (const row of rows) groups.set(by(row), [...(groups.get(by(row)) ?? []), row]);
    return groups;
  };
  const byUse = group(chunks, chunk => useKey(chunk));
  const byAddress = group(chunks, ({ address }) => address);
  const rulesByUse = group(rules.values(), rule => useKey(rule));
  let asked = 0;
  const counted = <Row>(rows: readonly Row[] = []): readonly Row[] => {
    asked += rows.length;
    return rows;
  };
  const view = {
    chunksOf: (use: string) => counted(byUse.get(use)),
    chunksOn: (address: string) => counted(byAddress.get(address)),
    rulesOf: (use: string) => new Set((rulesByUse.get(use) ?? []).map(({ name }) => name)),
    retiredOn: () => [],
    lastPorts: new Map(),
  };
  return { view: view as unknown as StateView, asked: () => asked };
}

const puller = { node: 'n1', needs: () => 'nowhere' as const };

t.test('one use among many', async t => {
  const costs = [10, 1000].map(count => {
    const rules = new Map(Array.from({ length: count }, (_, i) => [`t${i}`, ruleOf(`t${i}`, 'p')] as const));
    const before = documentsOf(rules);
    const { chunks } = planChunks(before, { standing: [], retired: [], lastPorts: new Map() }, puller);
    t.equal(chunks.length, count);
    const costOf = (rule: Rule, change: (after: Map<string, Rule>) => unknown): number => {
      const after = new Map(rules);
      change(after);
      const { view, asked } = viewOf(rules, chunks);
      const { documents, ground } = scopeOf(view, documentsOf(after), [rule], [rule.name]);
      planChunks(documents, ground, puller);
      return asked();
    };
    const own = ruleOf('t3', 'p');
    return {
      again: costOf(own, after => after.set('t3', { ...own, source: '10.1.0.0/16' })),
      gone: costOf(own, after => after.delete('t3')),
      elsewhere: costOf(ruleOf('t3', 'q'), after => after.set('t3', ruleOf('t3', 'q'))),
    };
  });
  // Who has the ICMP of its address is among those on it, of which there are 25 here.
  t.strictSame(costs, [
    { again: 1, gone: 1, elsewhere: 0 },
    { again: 26, gone: 1, elsewhere: 0 },
  ]);
});

t.test('what is planned of some is what a plan of all makes of them', async () => {
  for (let seed = 1; seed <= 100; seed++) {
    const dice = new Dice(seed);
    const rules = new Map<string, Rule>();
    let chunks: readonly ChunkAllocation[] = [];
    for (let step = 0; step < 30; step++) {
      const name = `t${dice.below(12)}`;
      const after = new Map(rules);
      const was = after.get(name);
      const rule = ruleOf(name, dice.pick(poolNames));
      if (dice.chance(3)) after.delete(name);
      else after.set(name, rule);
      const { view } = viewOf(rules, chunks);
      const uses = new Map([was, after.get(name)].flatMap(each => (each ? [[useKey(each), each]] : [])));
      const put = after.has(name) ? [name] : [];
      const scope = scopeOf(view, documentsOf(after), uses.values(), put);
      const own = planChunks(scope.documents, scope.ground, puller).chunks;
      const all = planChunks(
        documentsOf(after),
        { standing: chunks, retired: [], lastPorts: new Map() },
        puller,
      ).chunks;
      const rest = all.filter(chunk => !uses.has(useKey(chunk)));
      assert.deepEqual(new Set([...rest, ...own]), new Set(all), `seed ${seed}, step ${step}`);
      rules.clear();
      for (const [key, value] of after) rules.set(key, value);
      chunks = all;
    }
  }
});
