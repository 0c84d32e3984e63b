// What a change of a fact costs: the instances that it runs, however much else there is.

import t from 'tap';
import type { FactWriter } from '../../../src/policy/engine/program.ts';
import { attached, ofports } from '../../../src/policy/facts/base.ts';
import { gateways, hosts, subnets } from '../../../src/policy/facts/objects.ts';
import { flows, meters } from '../../../src/policy/facts/outcome.ts';
import { features } from '../../../src/policy/features/all.ts';
import { liveProgramOf, observed } from '../../fixtures/demo-intent.ts';
import { featureProgram } from '../../fixtures/feature-program.ts';

/** Tenant 0 has an interface by a representor and one with a port; the others have VLANs, VNIs and ports. */
function programFor(tenants: number) {
  const all = Array.from({ length: tenants }, (_, i) => i);
  const objects = {
    tenants: all.map(i => ({ name: `t${i}` })),
    vnis: all.map(i => ({ name: `v${i}`, tenant: `t${i}`, vni: 100 + i, vtep: 'evpn' })),
    interfaces: [
      {
        ...{ name: 'rep', role: 'inner', tenant: 't0', mac: '02:00:00:00:03:01', addresses: ['10.3.0.1/24'] },
        attachment: { type: 'representor', port: 'pf0vf0' },
      },
      ...all.flatMap(i => [
        {
          ...{ name: `vlan${i}`, role: 'inner', tenant: `t${i}`, mac: '02:00:00:00:01:01', addresses: ['10.1.0.1/24'] },
          attachment: { type: 'vlan', port: 'p0', vlan: 100 + i },
        },
        {
          ...{ name: `vni${i}`, role: 'inner', tenant: `t${i}`, mac: '02:00:00:00:02:01', addresses: ['10.2.0.1/24'] },
          attachment: { type: 'vni', vni: `v${i}` },
        },
      ]),
    ],
    ports: all.map(i => ({ name: `m${i}`, interface: `vni${i}`, mac: '02:00:00:00:04:20', addresses: ['10.2.0.20'] })),
  };
  const ports = new Map(all.map(i => [`m${i}`, 2000 + i]));
  return featureProgram(liveProgramOf(objects, { ...observed, attached: ports }));
}

const small = programFor(2);
const large = programFor(60);

const changes: readonly (readonly [string, number, (facts: FactWriter) => void])[] = [
  [
    'the OpenFlow port of a representor',
    2,
    ({ put }) => put(ofports, { bridge: 'integration', device: 'pf0vf0', ofport: 1500 }),
  ],
  [
    'the OpenFlow port of a device that nobody uses',
    0,
    ({ put }) => put(ofports, { bridge: 'integration', device: 'x', ofport: 9 }),
  ],
  [
    'the OpenFlow port of a VTEP',
    1,
    ({ put }) => put(ofports, { bridge: 'physical', device: 'vtep-aci', ofport: 300 }),
  ],
  // That it is here, whatever its OpenFlow port; and those that name that, which are run as one.
  ['the OpenFlow port of a machine', 2, ({ put }) => put(attached, { port: 'm0', ofport: 3000 })],
];

for (const [what, runs, change] of changes)
  t.test(what, async t => {
    for (const program of [small, large]) {
      t.equal(program.change(change).runs, runs);
      t.strictSame(program.faults, []);
    }
  });

t.test('the rate of an interface is a matter of its meters', async t => {
  for (const program of [small, large]) {
    const delta = program.change(({ put }) =>
      put(gateways, { interface: 'vlan0', mac: 0x020000000101n, arpRate: 7, isPinned: false }),
    );
    t.equal(delta.changes(meters).length, 2);
    t.equal(delta.changes(flows.integration).length, 0);
    t.equal(delta.runs, 3);
  }
});

t.test('who needs the index of an interface alone does not look at its addresses, hosts and MAC', async t => {
  const narrow = /^(uplink|classify|peers|fence|rate|wire)\/(?!.*(macs|meters|moving-legs)$)/;
  const found = features.filter(({ name }) => narrow.test(name));
  t.ok(found.length > 10);
  for (const { name, over, reads } of found)
    for (const wide of [hosts, subnets, gateways])
      t.notOk(
        [over, ...reads].some(each => each.name === wide.name),
        name,
      );
});
