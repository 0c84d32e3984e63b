// From any node's rows to any other's: the way there must not show in the result.

import fc from 'fast-check';
import t from 'tap';
import { reconcileSwitch } from '../../../src/controller/bridges/reconcile-switch.ts';
import { nodeOf, openDatabase, type SwitchDatabaseFixture, tables } from './switch-database.ts';

const offer = { datapathTypes: ['doca', 'netdev', 'system'], ifaceTypes: ['doca', 'dpdk', 'system'] };

/** Few names, so that they meet: as uplink here, as representor there, as a bridge elsewhere. */
const names = ['a', 'b', 'c', 'd', 'e', 'f'];

const tableNames = ['ingress', 'interface', 'rate'];

const nodes = fc
  .record({
    order: fc.shuffledSubarray(names, { minLength: 6 }),
    physical: fc.integer({ min: 1, max: 2 }),
    representors: fc.integer({ min: 0, max: 2 }),
    datapath: fc.constantFrom('doca', 'netdev', 'system'),
    mtu: fc.option(fc.constantFrom(1500, 9000)),
    infraVlans: fc.uniqueArray(fc.integer({ min: 2, max: 4 }), { maxLength: 2 }),
    tableCount: fc.integer({ min: 1, max: 3 }),
  })
  .map(({ order, physical, representors, datapath, mtu, infraVlans, tableCount }) => {
    const [bridge, other, ...rest] = order;
    const port = (name: string) => `{name: ${name}${mtu === null ? '' : `, mtu: ${mtu}`}}`;
    const uplinks = rest.slice(0, physical);
    const vteps = infraVlans.map(
      (vlan, index) => `{name: v${index}, address: 192.0.${vlan}.1/24, port: ${uplinks[0]}, infraVlan: ${vlan}}`,
    );
    const node = nodeOf(`
datapath: {type: ${datapath}}
bridges: {physical: {name: ${bridge}}, integration: {name: ${other}}}
physicalPorts: [${uplinks.map(port).join(', ')}]
representors: [${rest
      .slice(physical, physical + representors)
      .map(port)
      .join(', ')}]
vteps: [${vteps.join(', ')}]
`);
    return { node, tables: { ...tables, integration: new Map(tableNames.slice(0, tableCount).entries()) } };
  });

function rowsOf(db: SwitchDatabaseFixture): object {
  const bridges = db.vsctl('list-br').split('\n').filter(Boolean);
  return {
    bridges: db.list('Bridge', 'name', 'datapath_type', 'fail_mode', 'other_config', 'external_ids'),
    ports: db.list('Port', 'name', 'tag', 'external_ids'),
    interfaces: db.list('Interface', 'name', 'type', 'options', 'ofport_request', 'mtu_request', 'mac', 'external_ids'),
    tables: db.list('Flow_Table', 'name', 'external_ids'),
    where: bridges.map(name => [name, db.vsctl('list-ports', name)]),
  };
}

t.test('the rows depend on the node alone, not on what was before', async t => {
  const travelled = await openDatabase(t, offer);
  await fc.assert(
    fc.asyncProperty(nodes, async goal => {
      const fresh = await openDatabase(t, offer);
      await reconcileSwitch(fresh.client, goal.node, goal.tables);
      const outcome = await reconcileSwitch(travelled.client, goal.node, goal.tables);
      t.same(outcome.plan.conflicts, []);
      t.same(rowsOf(travelled), rowsOf(fresh), outcome.plan.changes.join('; '));
      t.equal((await reconcileSwitch(travelled.client, goal.node, goal.tables)).kind, 'unchanged');
      return t.passing();
    }),
    { numRuns: 25, endOnFailure: true },
  );
});
