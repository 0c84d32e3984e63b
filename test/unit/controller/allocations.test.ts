import t from 'tap';
import { allocationSchemas } from '../../../src/controller/rest/allocations.ts';
import { allocationOf } from '../../../src/controller/state/given-numbers.ts';
import type { StateView } from '../../../src/controller/state/view.ts';
import type { NatPoolDocument } from '../../../src/policy/kinds/nat-pools.ts';

t.test('a revision that is carried over can be counted on', async t => {
  const takes = (revision: number) => allocationSchemas.tenants.safeParse({ id: 1, revision, zone: 32768 }).success;
  t.ok(takes(1));
  t.ok(takes(2 ** 52));
  t.notOk(takes(2 ** 52 + 1));
  t.notOk(takes(Number.MAX_SAFE_INTEGER), 'no later write would have a number');
});

t.test('an export reads the same at each node, whatever came first there', async t => {
  const rule = { name: 'out', labels: {}, tenant: 'red', pool: 'p', source: '10.0.0.0/8' };
  const asked = (nodes: readonly string[]) => {
    const chunks = nodes.map(node => ({ node, address: '203.0.113.1', port: 1024, size: 1024, icmp: false }));
    const lastPorts = new Map([['p', new Map(nodes.map(node => [`address of ${node}`, 1]))]]);
    const view = { objects: new Map(), lastPorts, chunksOf: () => chunks } as unknown as StateView;
    return [
      allocationOf(view, 'nat-rules', rule).chunks?.map(({ node }) => node),
      Object.keys(allocationOf(view, 'nat-pools', { name: 'p' } as NatPoolDocument).lastPorts ?? {}),
    ];
  };
  t.strictSame(asked(['n2', 'n1', 'n3']), asked(['n1', 'n3', 'n2']));
});
