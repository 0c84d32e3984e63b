import t from 'tap';
import { allocationSchemas } from '../../../src/controller/rest/allocations.ts';

t.test('a revision that is carried over can be counted on', async t => {
  const takes = (revision: number) => allocationSchemas.tenants.safeParse({ id: 1, revision, zone: 32768 }).success;
  t.ok(takes(1));
  t.ok(takes(2 ** 52));
  t.notOk(takes(2 ** 52 + 1));
  t.notOk(takes(Number.MAX_SAFE_INTEGER), 'no later write would have a number');
});
