// Whether a node has to pull chunks is told by what has changed: where it says that it has not, a plan of all of them changes nothing.

import assert from 'node:assert/strict';
import t from 'tap';
import { Due } from '../../../src/controller/membership/due.ts';
import { whereNeeded } from '../../../src/controller/membership/needs.ts';
import { planChunks } from '../../../src/controller/state/chunk-plan.ts';
import { chunkChanges } from '../../../src/controller/state/chunk-writes.ts';
import type { ExhaustedPool } from '../../../src/controller/state/member-plan.ts';
import { Store } from '../../../src/controller/state/store.ts';
import { groundOf } from '../../../src/controller/state/view.ts';
import { Dice } from '../../fixtures/dice.ts';
import { eventually } from '../../lab/wait.ts';
import { connect, node, outerInterface, pool, startLab, vlanInterface } from './fixture.ts';

t.test('chunks are planned when there is a chunk to take or to give back', async t => {
  const { store, server } = await startLab(t);
  const client = connect(server);
  t.teardown(() => client.close());
  const second = new Store({ client, node: { ...node, name: 'node2' }, portRest: 0 });
  await second.open(AbortSignal.timeout(10_000));
  await second.register();
  await eventually(() => store.view().nodes.size === 2, { what: 'both nodes', interval: 1 });
  const nodes = [store, second].map((store, i) => {
    const due = new Due(store);
    store.on('change', touched => due.add(touched));
    return { store, due, name: `node${i + 1}`, waiting: [] as readonly ExhaustedPool[] };
  });
  const seen = { planned: 0, served: 0, moved: 0, waiting: 0 };
  const settle = () =>
    eventually(() => store.view().generation === second.view().generation, { what: 'both to see all', interval: 1 });

  async function look(): Promise<void> {
    for (const each of nodes) {
      await settle();
      const { store, due, name } = each;
      const view = store.view();
      const { chunks, missing } = planChunks(view.documents, groundOf(view), {
        node: name,
        needs: whereNeeded(view, name),
      });
      const { there, gone } = chunkChanges(view, view.allocations.chunks, chunks);
      if (due.takePull(name, each.waiting.length > 0)) {
        seen.planned++;
        seen.moved += there.length + gone.size;
        each.waiting = await store.pullChunks(view => whereNeeded(view, name));
        seen.waiting += each.waiting.length;
        continue;
      }
      seen.served++;
      assert.deepEqual([there, [...gone]], [[], []], 'a plan changes nothing');
      assert.equal(
        each.waiting.length > 0,
        missing.some(use => use.node === name),
      );
    }
  }

  const dice = new Dice(11);
  const tenants = ['red', 'blue', 'green'];
  for (const name of tenants) await store.put('tenants', { name });
  await store.put('interfaces', outerInterface('wan', 30));
  const pools = ['few', 'many'];
  await store.put('nat-pools', pool('few', 'wan', { addresses: ['203.0.113.1'], ports: { min: 4096, max: 12287 } }));
  await store.put('nat-pools', pool('many', 'wan', { addresses: ['203.0.113.2'] }));
  const names = ['a', 'b', 'c', 'd', 'e', 'f'];
  const steps: readonly (() => Promise<unknown>)[] = [
    async () => {
      const [at, i] = [dice.below(names.length), dice.below(2)];
      const attachment = { type: 'vlan', port: 'p0', vlan: 100 + at, node: `node${i + 1}` } as const;
      const name = names[at] ?? '';
      await nodes[i]?.store.put(
        'interfaces',
        vlanInterface(name, 100 + at, { tenant: dice.pick(tenants), attachment }),
      );
    },
    () => dice.pick(nodes).store.remove('interfaces', dice.pick(names)),
    ...Array.from({ length: 3 }, () => () => {
      const [tenant, name] = [dice.pick(tenants), dice.pick(names)];
      const rule = { name, tenant, source: `10.${names.indexOf(name)}.0.0/16`, pool: dice.pick(pools) };
      return dice.pick(nodes).store.put('nat-rules', rule);
    }),
    () => dice.pick(nodes).store.remove('nat-rules', dice.pick(names)),
    () => {
      const addresses = ['203.0.113.2', ...(dice.chance(2) ? ['203.0.113.3'] : [])];
      return store.put('nat-pools', pool('many', 'wan', { addresses }));
    },
    () => dice.pick(nodes).store.letGo(store.view().generation),
    () => store.put('tenants', { name: 'red', description: String(dice.below(100)) }),
  ];
  for (let i = 0; i < 250; i++) {
    await settle();
    await dice
      .pick(steps)()
      .catch(() => undefined);
    if (dice.chance(2)) await look();
  }
  t.comment(JSON.stringify(seen));
  for (const [what, count] of Object.entries(seen)) t.ok(count > 5, `${what}: ${count}`);
});
