// A dry run tells what the write then does, flow by flow, and does nothing itself.

import t from 'tap';
import type { BatchItem } from '../../../src/controller/state/batch-plan.ts';
import type { Store } from '../../../src/controller/state/store.ts';
import { formatFlow, formatGroup, formatMeter, unsealFlow } from '../../../src/openflow/index.ts';
import { flows, groups, meters } from '../../../src/policy/facts/outcome.ts';
import { integrationTableNames, physicalTableNames } from '../../../src/policy/pipeline.ts';
import { node, outerInterface, pool, startLab, vlanInterface } from './fixture.ts';

const items: readonly BatchItem[] = [
  { kind: 'nat-rules', document: { name: 'n', tenant: 'red', source: '10.0.0.0/8', pool: 'p' } },
  {
    kind: 'routes',
    document: { name: 'r', tenant: 'red', destination: '0.0.0.0/0', interface: 'wan', nextHop: '198.51.100.254' },
  },
  { kind: 'interfaces', document: vlanInterface('in', 11, { tenant: 'red' }) },
  { kind: 'nat-pools', document: pool('p', 'wan') },
  { kind: 'interfaces', document: outerInterface('wan', 30) },
  { kind: 'tenants', document: { name: 'red' } },
];

/** All that the switch would hold, by what identifies it. */
function everything({ live: { program } }: Store): Map<string, string> {
  const texts = new Map<string, string>();
  for (const [bridge, names] of [
    ['integration', integrationTableNames],
    ['physical', physicalTableNames],
  ] as const)
    for (const row of program.rows(flows[bridge]))
      texts.set(`${bridge} ${row.key}`, formatFlow(unsealFlow(row), { tableName: table => names.get(table) }));
  for (const row of program.rows(meters)) texts.set(`meter ${row.meter}`, formatMeter(row));
  for (const row of program.rows(groups)) texts.set(`group ${row.group}`, formatGroup(row));
  return texts;
}

function difference(before: Map<string, string>, after: Map<string, string>): string[] {
  const gone = [...before].filter(([key, text]) => after.get(key) !== text).map(([, text]) => `- ${text}`);
  const come = [...after].filter(([key, text]) => before.get(key) !== text).map(([, text]) => `+ ${text}`);
  return [...gone, ...come].sort();
}

t.test('what is foretold is what comes', async t => {
  const { store } = await startLab(t);
  const ofport = new Map([...['p0', 'p1', 'pf0vf0'].entries()].map(([i, name]) => [name, i + 1]));
  store.live.observe(node, { integrationPorts: ofport, physicalPorts: ofport, attached: new Map() }, new Map());
  const steps: readonly (readonly BatchItem[])[] = [
    items,
    [
      { kind: 'nat-pools', document: pool('p', 'wan', { chunkSize: 1024 }) },
      { kind: 'tenants', document: { name: 'blue' } },
      { kind: 'interfaces', document: vlanInterface('in', 12, { tenant: 'blue' }) },
      { kind: 'routes', name: 'r' },
    ],
    [{ kind: 'tenants', document: { name: 'red', description: 'x' } }],
    [
      { kind: 'nat-rules', name: 'n' },
      { kind: 'nat-pools', name: 'p' },
    ],
  ];
  for (const [index, step] of steps.entries()) {
    const before = everything(store);
    const { generation } = store.view();
    const { plan, preview } = await store.preview(step);
    t.equal(store.view().generation, generation, 'nothing is written');
    t.strictSame(everything(store), before, 'nothing has changed');
    const told = preview.switch.flatMap(({ changes }) =>
      changes.flatMap(change => [
        ...(change.before === undefined ? [] : [`- ${change.before}`]),
        ...(change.after === undefined ? [] : [`+ ${change.after}`]),
      ]),
    );
    const done = await store.batch(step);
    t.strictSame(done.results, plan.results, 'the ETags, too');
    t.equal(done.generation, plan.generation);
    const came = difference(before, everything(store));
    t.strictSame(told.sort(), came, `step ${index}: ${came.length} texts`);
    if (index === 0) {
      t.ok(came.length > 20, `${came.length}`);
      t.ok(preview.switch.some(({ object }) => object?.kind === 'nat-rules' && object.name === 'n'));
      t.match(preview.translations, [{ tenant: 'red' }]);
    }
    if (index === 2) t.strictSame(preview.switch, [], 'a description is no flow');
  }
  const dangling = { kind: 'vnis', document: { name: 'v', tenant: 'nobody', vni: 1, vtep: 'evpn' } } as const;
  await t.rejects(store.preview([dangling]), { code: 'STATE_BATCH_REJECTED' });
});
