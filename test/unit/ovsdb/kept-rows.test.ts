// Which rows a transaction leaves in place, where a real server would need a schema of its own to show it.

import t from 'tap';
import { parseSchema } from '../../../src/ovsdb/data/schema.ts';
import { parseUuid, type Uuid } from '../../../src/ovsdb/data/uuid.ts';
import { type Aftermath, isKept, type RowReference, refersAfter } from '../../../src/ovsdb/transaction/kept-rows.ts';

const [a, b, c, top] = [1, 2, 3, 4].map(n => parseUuid(`00000000-0000-4000-8000-00000000000${n}`)) as [
  Uuid,
  Uuid,
  Uuid,
  Uuid,
];
const schema = parseSchema({
  name: 'D',
  tables: { T: { columns: {} }, Top: { columns: {}, isRoot: true } },
});

/** @param links [from, to]; those from `top` are of a root row */
function aftermath(links: readonly (readonly [Uuid, Uuid])[], taken: readonly (readonly [Uuid, Uuid])[]): Aftermath {
  const has = (list: typeof links, from: Uuid, to: Uuid): boolean => list.some(([f, t]) => f === from && t === to);
  return {
    schema,
    references: (_, uuid) =>
      links
        .filter(([, to]) => to === uuid)
        .map(([from]): RowReference => ({ table: from === top ? 'Top' : 'T', column: 'x', row: { _uuid: from } })),
    remains: ({ row }, uuid) => !has(taken, row._uuid, uuid),
    refers: () => false,
  };
}

t.test('a row is kept along any chain of references, up to the root or around a circle', async t => {
  const tree = [
    [top, a],
    [a, b],
    [a, c],
    [b, c],
  ] as const;
  t.equal(isKept(aftermath(tree, [[a, c]]), 'T', c), true, 'by the other of two');
  t.equal(isKept(aftermath(tree, [[top, a]]), 'T', c), false, 'both begin at the same row');
  t.equal(isKept(aftermath([[a, a]], []), 'T', a), false, 'not by itself');
  const circle = [
    [top, a],
    [a, b],
    [b, a],
  ] as const;
  t.equal(isKept(aftermath(circle, [[top, a]]), 'T', b), true);
  t.equal(isKept(aftermath([], []), 'T', a), true, 'by something that is not seen');
});

t.test('what is left of a value after deletions', async t => {
  t.equal(refersAfter([a, b], [[b]], a), true);
  t.equal(refersAfter([a, b], [[b], [a]], a), false);
  t.equal(refersAfter(a, [[a]], a), false);
  const slots = new Map([
    [1, a],
    [2, a],
  ]);
  t.equal(refersAfter(slots, [[1]], a), true);
  t.equal(refersAfter(slots, [[1], new Map([[2, b]])], a), true, 'a pair that is not there');
  t.equal(refersAfter(slots, [[1], new Map([[2, a]])], a), false);
});
