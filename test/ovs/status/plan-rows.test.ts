// What a plan says of the switch's database is what then changes there, and nothing else of it does.

import t from 'tap';
import { LabPointsman } from '../../lab/pointsman.ts';
import { NET } from '../../lab/topology.ts';
import { eventually } from '../../lab/wait.ts';
import { openNode } from '../bridges/one-node.ts';

interface Planned {
  readonly plan: { readonly rows: readonly { row: string; key: string; before?: string; after?: string }[] };
}

t.test('the rows of a plan', async t => {
  const { lab, ovs } = await openNode(t);
  const pointsman = await LabPointsman.prepare(lab, ovs);
  await pointsman.start();
  /** All bridges, ports and interfaces as they are asked for; without what is noted at each install. */
  const rows = async () => {
    const columns = {
      Bridge: 'name,ports,external_ids,other_config,fail_mode,datapath_type,protocols',
      Port: 'name,interfaces,tag,external_ids',
      Interface: 'name,type,options,ofport_request,mtu_request,external_ids',
    };
    const found: string[] = [];
    for (const [table, names] of Object.entries(columns)) {
      const text = await ovs.vsctl('--format=json', `--columns=_uuid,${names}`, 'list', table);
      const { data, headings } = JSON.parse(text) as { data: unknown[][]; headings: string[] };
      for (const row of data)
        for (const [i, value] of row.entries()) {
          const pairs = Array.isArray(value) && value[0] === 'map' ? (value[1] as [string, string][]) : undefined;
          for (const [key, item] of pairs ?? [['', JSON.stringify(value)] as const])
            if (key !== 'pointsman-installed') found.push([table, row[1], headings[i], key, item].join(' '));
        }
    }
    return new Set(found);
  };
  const tenant = (name: string) => ({ op: 'put', kind: 'tenants', document: { name } });
  const leg = (vlan: number, tenant: string) => ({
    op: 'put',
    kind: 'interfaces',
    document: {
      name: 'leg',
      role: 'inner',
      tenant,
      attachment: { type: 'vlan', port: NET.uplink, vlan },
      mac: '02:00:00:00:0a:01',
      addresses: ['10.0.1.1/24'],
    },
  });
  const remove = (kind: string, name: string) => ({ op: 'delete', kind, name });
  const steps = [
    { items: [tenant('red'), leg(11, 'red')], count: 1 },
    { items: [leg(12, 'red')], count: 0 },
    { items: [tenant('blue'), leg(12, 'blue'), remove('tenants', 'red')], count: 2 },
    { items: [remove('interfaces', 'leg'), remove('tenants', 'blue')], count: 1 },
  ];
  for (const [i, { items, count }] of steps.entries()) {
    const before = await rows();
    const planned = await pointsman.api('POST', '/v1/batch?dryRun=true', { items });
    t.equal(planned.status, 200);
    const told = (planned.body as Planned).plan.rows.flatMap(({ row, key, before, after }) => [
      ...(before === undefined ? [] : [`- Bridge ${row} external_ids ${key} ${before}`]),
      ...(after === undefined ? [] : [`+ Bridge ${row} external_ids ${key} ${after}`]),
    ]);
    t.strictSame(await rows(), before, 'a plan changes nothing');
    t.equal((await pointsman.api('POST', '/v1/batch?wait=installed&timeout=20', { items })).status, 200);
    const came = async () => {
      const after = await rows();
      return [
        ...[...before].filter(row => !after.has(row)).map(row => `- ${row}`),
        ...[...after].filter(row => !before.has(row)).map(row => `+ ${row}`),
      ].sort();
    };
    await eventually(async () => JSON.stringify(await came()) === JSON.stringify(told.sort()), {
      what: `what was told in step ${i}: ${told}; came: ${await came()}`,
    });
    t.equal(told.length, count, `step ${i}`);
  }
});
