// What is counted for whom, of flows as a switch shows them; and of the state alone.

import t from 'tap';
import { countPools } from '../../../src/controller/inspect/pool-counters.ts';
import { countInterfaces, countRules } from '../../../src/controller/inspect/traffic-counters.ts';
import type { FlowFilter, FlowStats } from '../../../src/openflow/index.ts';
import { encodeCookie } from '../../../src/policy/cookies.ts';
import { numbers, objectKey } from '../../../src/policy/facts/base.ts';
import type { Kind } from '../../../src/policy/kinds/names.ts';
import { tables } from '../../../src/policy/pipeline.ts';
import { allocationsOf, demoObjects, documentsOf, liveProgramOf } from '../../fixtures/demo-intent.ts';

const program = liveProgramOf(demoObjects);
const idOf = (kind: Kind, name: string) => program.get(numbers, objectKey(kind, name))?.id ?? 0;

/** Shows of `flows` those of the table that is asked for: of others nobody may ask. */
function switchWith(flows: readonly Partial<FlowStats>[]) {
  return {
    async *dumpFlows({ table }: FlowFilter = {}) {
      if (table === undefined) throw new Error('of all tables');
      for (const flow of flows as readonly FlowStats[]) if (flow.table === table) yield flow;
    },
  } as unknown as Parameters<typeof countInterfaces>[0];
}

t.test('interfaces, in and out', async t => {
  const cookie = encodeCookie({ kind: 'interfaces', id: idOf('interfaces', 'red-vlan') });
  const dropped = encodeCookie({ kind: 'interfaces', id: idOf('interfaces', 'red-vlan'), drop: 'spoofed-source' });
  const gone = encodeCookie({ kind: 'interfaces', id: 0xffff });
  const counts = { packetCount: 3n, byteCount: 300n, match: [] };
  const counted = await countInterfaces(
    switchWith([
      { table: tables.interface, cookie, ...counts },
      { table: tables.interface, cookie, ...counts, match: [{ field: 'reg2', value: 0, mask: 0x40000 }] },
      { table: tables.interface, cookie, ...counts, match: [{ field: 'reg2', value: 0x40000, mask: 0x40000 }] },
      { table: tables.interface, cookie: dropped, ...counts },
      { table: tables.interface, cookie: gone, ...counts },
      { table: tables.egress, cookie, ...counts, packetCount: 0n, byteCount: 0n },
      { table: tables.retag, cookie, ...counts },
    ]),
    program,
    {},
  );
  t.strictSame(counted, [
    { interface: 'red-vlan', direction: 'in', packets: 6, bytes: 600 },
    { interface: 'red-vlan', direction: 'out', packets: 0, bytes: 0 },
  ]);
});

t.test('NAT rules', async t => {
  const rule = (name: string) => encodeCookie({ kind: 'nat-rules', id: idOf('nat-rules', name) });
  const refused = encodeCookie({ kind: 'nat-rules', id: idOf('nat-rules', 'blue-out'), drop: 'no-chunk' });
  const counted = await countRules(
    switchWith([
      { table: tables.snat, cookie: rule('red-out'), packetCount: 2n, byteCount: 20n, match: [] },
      { table: tables.snat, cookie: rule('red-out'), packetCount: 1n, byteCount: 10n, match: [] },
      { table: tables.snat, cookie: refused, packetCount: 9n, byteCount: 90n, match: [] },
      { table: tables.inner_nat, cookie: rule('red-out'), packetCount: 9n, byteCount: 90n, match: [] },
    ]),
    program,
    {},
  );
  t.strictSame(counted, [{ rule: 'red-out', tenant: 'red', pool: 'internet', packets: 3, bytes: 30 }]);
});

t.test('pools', async t => {
  const pool = { interface: 'outside', addresses: ['203.0.113.20', '203.0.113.21'], chunkSize: 64 };
  const objects = {
    ...demoObjects,
    'nat-pools': [
      ...(demoObjects['nat-pools'] ?? []),
      { ...pool, name: 'odd', ports: { min: 4097, max: 4310 } },
      { ...pool, name: 'even', ports: { min: 4096, max: 4159 }, addresses: ['203.0.113.22'] },
    ],
    'nat-rules': [
      ...(demoObjects['nat-rules'] ?? []),
      { name: 'more', tenant: 'red', source: '10.9.0.0/16', pool: 'even' },
    ],
  };
  const documents = documentsOf(objects);
  const { chunks } = allocationsOf(documents);
  const view = {
    documents,
    chunksOn: (address: string) => chunks.filter(chunk => chunk.address === address),
    retiredOn: () => [],
  };
  const counted = new Map(countPools(view, liveProgramOf(objects)).map(({ pool, ...counts }) => [pool, counts]));
  t.strictSame(counted.get('even'), { all: 1, taken: 1, here: 1, chunkSize: 64 });
  t.match(counted.get('internet'), { taken: 2, here: 2 });
  // 4160 to 4287 are whole chunks; what is before and behind is none.
  t.strictSame(counted.get('odd'), { all: 2 * 2, taken: 0, here: 0, chunkSize: 64 });
});
