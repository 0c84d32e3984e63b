// Whatever is written, pulled, dropped and confirmed in whatever order: no number has two holders at a time, counting
// those whose switch has not let go of it.

import assert from 'node:assert/strict';
import t from 'tap';
import type { ChunkNeed } from '../../../src/controller/state/chunk-plan.ts';
import { IntentRejected, ObjectNotFound } from '../../../src/controller/state/errors.ts';
import { LiveView } from '../../../src/controller/state/live-view.ts';
import { restingPorts } from '../../../src/controller/state/retired-numbers.ts';
import { Store } from '../../../src/controller/state/store.ts';
import { type Allocations, rangesOverlap } from '../../../src/policy/allocation.ts';
import { Dice } from '../../fixtures/dice.ts';
import { eventually } from '../../lab/wait.ts';
import { connect, everythingIn, node, outerInterface, pool, startLab, vlanInterface } from './fixture.ts';

const names = ['node1', 'node2', 'node3'];
const tenants = ['red', 'blue', 'green'];
const steps = 300;

/** What a switch, or the state, has of whom. */
interface Use {
  readonly indexes: ReadonlyMap<number, string>;
  readonly zones: ReadonlyMap<number, string>;
  readonly chunks: Allocations['chunks'];
}

function useOf({ view, snapshot }: { view: Store['view']; snapshot: Store['snapshot'] }): Use {
  const { documents, allocations } = { ...view(), ...snapshot() };
  const owner = (key: string) => documents.interfaces.get(key.slice('interfaces/'.length))?.tenant ?? key;
  return {
    indexes: new Map([...allocations.indexes].map(([key, index]) => [index, owner(key)])),
    zones: new Map(
      [...allocations.zones].map(([tenant, zone]) => [zone, `${tenant} ${allocations.ids.get(`tenants/${tenant}`)}`]),
    ),
    chunks: allocations.chunks,
  };
}

function clash(a: Use, b: Use): string | undefined {
  for (const [what, left, right] of [
    ['index', a.indexes, b.indexes],
    ['zone', a.zones, b.zones],
  ] as const)
    for (const [number, owner] of left)
      if ((right.get(number) ?? owner) !== owner) return `${what} ${number}: ${owner}, ${right.get(number)}`;
  for (const one of a.chunks)
    for (const other of b.chunks) {
      if (one.tenant === other.tenant && one.node === other.node) continue;
      if (rangesOverlap(one, other)) return `${JSON.stringify(one)} ${JSON.stringify(other)}`;
      if (one.icmp && other.icmp && one.address === other.address) return `ICMP of ${one.address}`;
    }
  return undefined;
}

/** Whether somebody has a range back that rests. */
function reused({ retired, chunks }: Allocations): boolean {
  const resting = retired.flatMap(range => (range.kind === 'ports' && range.until !== undefined ? [range] : []));
  return chunks.some(chunk => resting.some(range => rangesOverlap(range, chunk)));
}

/** A range that rests, and that another than its tenant has. */
function disturbed({ retired, chunks, ids }: Allocations): string | undefined {
  for (const range of retired)
    for (const chunk of chunks)
      if (range.kind === 'ports' && range.until !== undefined && rangesOverlap(range, chunk))
        if (ids.get(`tenants/${chunk.tenant}`) !== range.tenantId) return `${chunk.tenant}: ${JSON.stringify(range)}`;
  return undefined;
}

t.test('no number has two holders', async t => {
  const { store: first, server, client: firstClient } = await startLab(t, { portRest: 60 });
  const stores = [first];
  for (const name of names.slice(1)) {
    const client = connect(server);
    t.teardown(() => client.close());
    const store = new Store({ client, node: { ...node, name }, portRest: 60 });
    await store.open(AbortSignal.timeout(10_000));
    await store.register();
    stores.push(store);
  }
  await first.put('interfaces', outerInterface('wan', 3000));
  const poolOf = (chunkSize: number) =>
    pool('p', 'wan', { addresses: ['203.0.113.10', '203.0.113.11'], ports: { min: 1024, max: 1791 }, chunkSize });
  await first.put('nat-pools', poolOf(64));
  for (const name of tenants) await first.put('tenants', { name });

  const dice = new Dice(7);
  const switches = new Map<string, Use>();
  const counts: Record<string, number> = {};
  let back = 0;
  const settled = async () => {
    const generation = Math.max(...stores.map(store => store.view().generation));
    await eventually(() => stores.every(store => store.view().generation === generation), { what: 'all', interval: 1 });
    // Whatever the way there, the view is that of the rows.
    assert.deepEqual(everythingIn(first.view()), everythingIn(new LiveView(firstClient.replica)));
  };
  const pull = (store: Store) => {
    const needs = new Map(tenants.map(name => [name, dice.pick<ChunkNeed>(['here', 'elsewhere', 'nowhere'])]));
    return store.pullChunks(() => tenant => needs.get(tenant) ?? 'nowhere');
  };
  const act: Readonly<Record<string, (store: Store, name: string) => Promise<unknown>>> = {
    interface: store => {
      const vlan = dice.within(1, 6);
      const document = vlanInterface(`i${vlan}`, vlan, { tenant: dice.pick(tenants) });
      return dice.chance(2) ? store.put('interfaces', document) : store.remove('interfaces', document.name);
    },
    tenant: async store => {
      const name = dice.pick(['yellow', 'cyan']);
      return dice.chance(2) ? store.put('tenants', { name }) : store.remove('tenants', name);
    },
    rule: store => {
      const name = dice.pick(['r0', 'r1', 'r2', 'r3']);
      const rule = { name, tenant: dice.pick(tenants), source: `10.${name.slice(1)}.0.0/16`, pool: 'p' };
      return dice.chance(2) ? store.put('nat-rules', rule) : store.remove('nat-rules', name);
    },
    pool: store => store.put('nat-pools', poolOf(dice.pick([64, 128, 256]))),
    pull,
    // Its switch has what the state says now, and then it says so. One that does not act is frozen.
    install: async (store, name) => {
      switches.set(name, useOf({ view: () => store.view(), snapshot: () => store.snapshot() }));
      await store.letGo(store.view().generation);
    },
    drop: async (store, name) => {
      const other = dice.pick(names.filter(each => each !== name));
      await store.dropNode(other, store.view().nodes.get(other)?.row.heartbeat ?? 0, 600);
    },
    // The time of some of what rests is over.
    endRest: store => store.endRest(new Set(restingPorts(store.view()).filter(() => dice.chance(2)))),
    // Its switch has been stopped.
    release: async (store, name) => {
      const other = dice.pick(names.filter(each => each !== name));
      if (!store.view().nodes.has(other)) switches.delete(other);
      await store.releaseNode(other);
    },
  };
  const kinds = [
    'interface',
    'interface',
    'tenant',
    'rule',
    'rule',
    'pool',
    'pull',
    'pull',
    'install',
    'install',
    'install',
    'endRest',
    'drop',
    'release',
  ];
  for (let step = 0; step < steps; step++) {
    const i = dice.below(stores.length);
    const [store, name] = [stores[i] as Store, names[i] as string];
    const isIn = store.view().nodes.has(name);
    if (!isIn && dice.chance(4)) {
      const before = store.view().generation;
      switches.set(name, useOf({ view: () => store.view(), snapshot: () => store.snapshot() }));
      counts.join = (counts.join ?? 0) + Number(await store.register(before));
    }
    const kind = store.view().nodes.has(name) ? dice.pick(kinds) : 'install';
    try {
      await act[kind]?.(store, name);
      counts[kind] = (counts[kind] ?? 0) + 1;
    } catch (error) {
      if (!(error instanceof IntentRejected || error instanceof ObjectNotFound)) throw error;
    }
    await settled();
    const now: readonly (readonly [string, Use])[] = [
      ['the state', useOf({ view: () => first.view(), snapshot: () => first.snapshot() })],
      ...switches,
    ];
    for (const [who, use] of now)
      for (const [other, others] of now) {
        const found = clash(use, others);
        if (found !== undefined) return t.fail(`step ${step}, ${kind} by ${name}: ${who} and ${other} share ${found}`);
      }
    const found = disturbed(first.snapshot().allocations);
    if (found !== undefined) return t.fail(`step ${step}, ${kind} by ${name}: ports at rest are given to ${found}`);
    back += Number(reused(first.snapshot().allocations));
  }
  t.comment(JSON.stringify(counts));
  t.ok(back > 0, 'some had what they had given up back');
  t.ok((counts.join ?? 0) > 3 && (counts.release ?? 0) > 3, 'nodes went and came');
  // In the end all confirm, and everybody who waits gets what there is.
  for (const [i, store] of stores.entries()) {
    if (!store.view().nodes.has(names[i] ?? '')) await store.register();
    await settled();
  }
  for (const store of stores) await store.letGo(store.view().generation);
  await eventually(() => first.view().retiredRows.length === restingPorts(first.view()).length, { what: 'rest' });
  await first.endRest(new Set(restingPorts(first.view())));
  await eventually(() => first.view().retiredRows.length === 0, { what: 'nothing to be left' });
});
