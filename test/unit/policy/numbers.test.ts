// Numbers that travel: cookies, registers, meters, allocations.

import fc from 'fast-check';
import t from 'tap';
import {
  allocateChunk,
  type ChunkAllocation,
  nextFree,
  nextZone,
  sameHolder,
  type TakenRange,
  TakenRanges,
} from '../../../src/policy/allocation.ts';
import { decodeCookie, dropReasons, encodeCookie, ownedCookie, ownedCookieMask } from '../../../src/policy/cookies.ts';
import { gateways, legs } from '../../../src/policy/facts/objects.ts';
import { natPoolSchema } from '../../../src/policy/kinds/nat-pools.ts';
import { interfaceMeters, meterId, meterUse } from '../../../src/policy/meters.ts';
import { demoObjects, liveProgramOf } from '../../fixtures/demo-intent.ts';

t.test('cookies', async t => {
  const parts = { kind: 'nat-rules', id: 0xffffffff, drop: 'invalid' } as const;
  t.equal(encodeCookie(parts), 0x706d_06_0a_ffffffffn);
  t.strictSame(decodeCookie(encodeCookie(parts)), parts);
  t.strictSame(decodeCookie(encodeCookie({ kind: 'system', id: 0 })), { kind: 'system', id: 0 });
  t.equal(encodeCookie(parts) & ownedCookieMask, ownedCookie);
  t.equal(decodeCookie(0xabcn), undefined, "somebody else's");
  t.equal(new Set(Object.values(dropReasons)).size, Object.keys(dropReasons).length, 'each reason has its number');
});

t.test('meters name their interface and use', async t => {
  const program = liveProgramOf(demoObjects);
  const interfaces = [...program.rows(legs)].map(({ name, index }) => ({
    index,
    arpRate: program.get(gateways, name)?.arpRate ?? 0,
  }));
  t.ok(interfaces.length > 3);
  const all = interfaces.flatMap(interfaceMeters).map(({ meter }) => meter);
  t.equal(new Set(all).size, all.length);
  for (const iface of interfaces)
    t.strictSame(meterUse(meterId(iface, 'gatewayEcho')), { index: iface.index, use: 'gatewayEcho' });
  t.equal(meterUse(1), undefined);
  t.equal(meterUse(7), undefined);
});

const among =
  (...taken: readonly number[]) =>
  (number: number) =>
    taken.includes(number);

t.test('the next free number: what was just given up comes last', async t => {
  t.equal(nextFree(among(), 0, 3), 1);
  t.equal(nextFree(among(1), 2, 3), 3);
  t.equal(nextFree(among(1), 3, 3), 2, 'and round');
  t.equal(nextFree(among(1, 3), 1, 3), 2);
  t.equal(nextFree(among(1, 2, 3), 2, 3), undefined);
});

t.test('a zone is of the upper half, and nobody’s', async t => {
  t.equal(nextZone(among(7, 0x8000, 0x8001)), 0x8002);
  t.equal(nextZone(among(0x9000), 0x9000), 0x9001);
  t.equal(nextZone(among(0xffff), 0xffff), 0x8000, 'and round');
  t.equal(
    nextZone(zone => zone >= 0x8000),
    undefined,
    'the lower half is free, and not ours',
  );
  t.equal(
    nextZone(zone => zone !== 0xffff),
    0xffff,
  );
});

t.test('the next chunk: what was just given up comes last, and until it has rested only to who had it', async t => {
  const ports = { min: 1024, max: 4095 };
  const pool = natPoolSchema.parse({ name: 'p', interface: 'x', addresses: ['203.0.113.1'], ports, chunkSize: 1024 });
  const red = { tenant: 'red', node: 'n1' };
  const range = (port: number) => ({ address: '203.0.113.1', port, size: 1024, icmp: false });
  const portOf = (taken: readonly TakenRange[], last: number) =>
    allocateChunk(pool, red, new TakenRanges(taken), new Map([['203.0.113.1', last]]))?.port;
  t.equal(allocateChunk(pool, red, new TakenRanges([]))?.port, 1024);
  t.equal(portOf([], 1024), 2048);
  t.equal(portOf([range(2048)], 1024), 3072);
  t.equal(portOf([range(2048)], 3072), 1024, 'and round');
  t.equal(portOf([range(1024), range(3072)], 2048), 2048);
  t.equal(portOf([range(1024), range(2048), range(3072)], 2048), undefined);
  const resting = { ...range(2048), heir: 'red' };
  t.equal(portOf([range(1024), resting, range(3072)], 2048), 2048, 'its own');
  t.equal(
    allocateChunk(pool, { ...red, tenant: 'blue' }, new TakenRanges([range(1024), resting, range(3072)])),
    undefined,
  );
});

t.test('chunks never overlap, are aligned, and one holder of an address has its ICMP', async () => {
  const pools = fc.record({
    name: fc.constantFrom('a', 'b'),
    addresses: fc.uniqueArray(fc.constantFrom('203.0.113.1', '203.0.113.2', '203.0.113.3'), { minLength: 1 }),
    min: fc.integer({ min: 1, max: 40_000 }),
    sizeBits: fc.integer({ min: 10, max: 15 }),
  });
  const holders = fc.record({ tenant: fc.constantFrom('red', 'blue', 'green'), node: fc.constantFrom('n1', 'n2') });
  const requests = fc.array(fc.tuple(pools, holders), { maxLength: 40 });
  fc.assert(
    fc.property(requests, list => {
      const taken: ChunkAllocation[] = [];
      for (const [{ name, addresses, min, sizeBits }, holder] of list) {
        const ports = { min, max: 65_535 };
        const pool = natPoolSchema.parse({ name, interface: 'x', addresses, ports, chunkSize: 2 ** sizeBits });
        const chunk = allocateChunk(pool, holder, new TakenRanges(taken));
        if (!chunk) continue;
        if (chunk.port < min || chunk.port + chunk.size > 65_536 || chunk.port % chunk.size !== 0)
          throw new Error('range');
        for (const other of taken.filter(({ address }) => address === chunk.address)) {
          if (chunk.port < other.port + other.size && other.port < chunk.port + chunk.size) throw new Error('overlap');
          if (chunk.icmp && other.icmp && !sameHolder(other, holder)) throw new Error('two ICMP owners');
        }
        taken.push(chunk);
      }
    }),
  );
});
