// How full a pool is, and when that is told.

import t from 'tap';
import { fillOf, levelOf, PoolWatch } from '../../../src/controller/inspect/pool-fill.ts';
import type { StateView } from '../../../src/controller/state/view.ts';
import type { PortRange } from '../../../src/policy/allocation.ts';
import type { NatPoolDocument } from '../../../src/policy/kinds/nat-pools.ts';

const pool: NatPoolDocument = {
  ...{ name: 'p', interface: 'wan', addresses: ['203.0.113.1', '203.0.113.2'] },
  ...{ ports: { min: 1024, max: 6143 }, chunkSize: 1024 },
};

function viewOf(chunks: readonly PortRange[], retired: readonly PortRange[] = []): StateView {
  const on = (ranges: readonly PortRange[]) => (address: string) => ranges.filter(range => range.address === address);
  const documents = { 'nat-pools': new Map([['p', pool]]) };
  return { chunksOn: on(chunks), retiredOn: on(retired), documents } as unknown as StateView;
}

const range = (i: number, size = 1024): PortRange => ({
  address: pool.addresses[i % 2] ?? '',
  port: 1024 * (1 + (i >> 1)),
  ...{ size, icmp: false },
});
const ranges = (count: number) => Array.from({ length: count }, (_, i) => range(i));

t.test('what is taken', async t => {
  t.strictSame(fillOf(pool, viewOf([])), { all: 10, taken: 0 });
  t.strictSame(fillOf(pool, viewOf(ranges(3), [range(3)])), { all: 10, taken: 4 }, 'what rests is taken, too');
  t.strictSame(fillOf(pool, viewOf([range(0, 2048)])), { all: 10, taken: 2 }, 'of another size, from another pool');
  t.strictSame(fillOf(pool, viewOf([{ ...range(0), port: 512, size: 512 }])).taken, 0, 'below its ports');
  t.strictSame(fillOf(pool, viewOf([range(0)], [range(0)])).taken, 1, 'twice the same');
  t.strictSame(
    [0, 7, 8, 9, 10].map(taken => levelOf({ all: 10, taken })),
    [0, 0, 80, 90, 100],
  );
  t.equal(levelOf({ all: 1, taken: 1 }), 0, 'a pool for one');
});

t.test('what is told', async t => {
  let taken = 0;
  const told: string[] = [];
  const watch = new PoolWatch(
    () => viewOf(ranges(taken)),
    ({ severity, reason, message }) => told.push(`${severity} ${reason}: ${message}`),
  );
  for (taken of [7, 8, 8, 9, 10, 10, 9, 10, 2, 2]) watch.look();
  t.strictSame(told, [
    'warning pool-filling: 8 of 10 chunks are given out or rest (80 %)',
    'warning pool-filling: 9 of 10 chunks are given out or rest (90 %)',
    'warning pool-used-up: 10 of 10 chunks are given out or rest (100 %)',
    'warning pool-used-up: 10 of 10 chunks are given out or rest (100 %)',
    'info pool-recovered: 2 of 10 chunks are given out or rest (20 %)',
  ]);
  t.strictSame(watch.warnings, []);
  taken = 9;
  t.strictSame(watch.warnings, ['nat-pools/p: 9 of 10 chunks are given out or rest (90 %)']);
});
