// What must hold of every program that the compiler makes.

import fc from 'fast-check';
import t from 'tap';
import { parseIp } from '../../../src/lib/address.ts';
import { flowKey } from '../../../src/openflow/index.ts';
import { decodeCookie } from '../../../src/policy/cookies.ts';
import type { DocumentSet } from '../../../src/policy/documents.ts';
import { type Membership, offerOf } from '../../../src/policy/membership.ts';
import { meterUse } from '../../../src/policy/meters.ts';
import { integrationTableNames, physicalTableNames } from '../../../src/policy/pipeline.ts';
import { compile } from '../../fixtures/compile.ts';
import { allocationsOf, documentsOf, node, type Objects, observed } from '../../fixtures/demo-intent.ts';
import { outside } from '../../fixtures/many-tenants.ts';

/** Intents of several tenants on all kinds of attachment; some objects clash, and are left out by resolution. */
const intents: fc.Arbitrary<Objects> = fc
  .array(
    fc.record({
      vlan: fc.integer({ min: 3, max: 40 }),
      vni: fc.integer({ min: 0, max: 30 }),
      vtep: fc.constantFrom('evpn', 'aci'),
      representor: fc.constantFrom('pf0vf0', 'pf0vf1'),
      remotes: fc.subarray(['192.0.2.11', '192.0.2.12']),
      nat: fc.boolean(),
      second: fc.boolean(),
      v6: fc.boolean(),
      prefix: fc.integer({ min: 8, max: 30 }),
      behind: fc.constantFrom('0.0.0.0/0', '198.51.0.0/16', '198.51.100.0/24', '10.9.0.0/16', '10.2.0.20/32'),
      router: fc.constantFrom(['vlan', '10.1.0.10'], ['vni', '10.2.0.20'], ['vni', '10.2.0.10'], undefined),
    }),
    { maxLength: 6 },
  )
  .map(tenants => ({
    tenants: tenants.map((_, i) => ({ name: `t${i}` })),
    vnis: tenants.map(({ vni, vtep }, i) => ({ name: `v${i}`, tenant: `t${i}`, vni, vtep })),
    interfaces: [
      outside,
      {
        name: 'other',
        role: 'outer',
        attachment: { type: 'vlan', port: 'p1', vlan: 101 },
        mac: '02:00:00:00:00:03',
        addresses: ['198.51.101.1/24'],
        hosts: [{ mac: '02:00:00:00:00:04', addresses: ['198.51.101.254'] }],
      },
      ...tenants.flatMap(({ vlan, representor, remotes, v6 }, i) => [
        {
          name: `vlan${i}`,
          role: 'inner',
          tenant: `t${i}`,
          attachment: { type: 'vlan', port: 'p0', vlan },
          mac: '02:00:00:00:01:01',
          addresses: v6 ? ['10.1.0.1/24', 'fd00:1::1/64', 'fe80::1/64'] : ['10.1.0.1/24', '10.1.1.0/31'],
          hosts: [{ mac: '02:00:00:00:01:10', addresses: v6 ? ['10.1.0.10', 'fd00:1::10'] : ['10.1.0.10'] }],
        },
        {
          name: `vni${i}`,
          role: 'inner',
          tenant: `t${i}`,
          attachment: { type: 'vni', vni: `v${i}` },
          mac: '02:00:00:00:02:01',
          addresses: v6 ? ['10.2.0.1/24', 'fd00:2::1/64'] : ['10.2.0.1/24'],
          remoteVteps: remotes,
          hosts: remotes.flatMap((vtep, h) => [
            { mac: `02:00:00:00:02:1${h}`, addresses: [`10.2.0.1${h}`], vtep },
            { mac: `02:00:00:00:02:1${h}`, addresses: [`10.2.0.3${h}`, `10.2.0.4${h}`], vtep },
          ]),
        },
        {
          name: `rep${i}`,
          role: 'inner',
          tenant: `t${i}`,
          attachment: { type: 'representor', port: representor },
          mac: '02:00:00:00:03:01',
          addresses: ['10.3.0.1/24'],
        },
      ]),
    ],
    ports: tenants.flatMap(({ v6 }, i) =>
      [20, 21, 22].map(last => ({
        name: `p${i}-${last}`,
        interface: `vni${i}`,
        mac: `02:00:00:00:04:${last}`,
        addresses: v6 ? [`10.2.0.${last}`, `fd00:2::${last}`] : [`10.2.0.${last}`],
      })),
    ),
    routes: tenants.flatMap(({ prefix, second, behind, router }, i) => [
      {
        name: `r${i}`,
        tenant: `t${i}`,
        destination: `172.16.0.0/${prefix}`,
        interface: 'outside',
        nextHop: '198.51.100.254',
      },
      ...(second
        ? [
            {
              name: `q${i}`,
              tenant: `t${i}`,
              destination: `198.51.100.0/${prefix}`,
              interface: 'other',
              nextHop: '198.51.101.254',
            },
          ]
        : []),
      ...(router
        ? [{ name: `s${i}`, tenant: `t${i}`, destination: behind, interface: `${router[0]}${i}`, nextHop: router[1] }]
        : []),
    ]),
    'nat-pools': [
      {
        name: 'pool',
        interface: 'outside',
        addresses: ['203.0.113.1', '203.0.113.2', '198.51.100.1'],
        chunkSize: 16384,
      },
      // For two or three tenants.
      { name: 'second', interface: 'other', addresses: ['203.0.113.3'], chunkSize: 16384 },
    ],
    'nat-rules': tenants.flatMap(({ nat, second }, i) => [
      ...(nat ? [{ name: `n${i}`, tenant: `t${i}`, source: '10.0.0.0/8', pool: 'pool' }] : []),
      ...(second ? [{ name: `m${i}`, tenant: `t${i}`, source: '10.2.0.0/16', pool: 'second' }] : []),
    ]),
  }));

/** Who has what: this node, another, or nobody; by chance, and the same for the same objects. */
function membershipOf(documents: DocumentSet): Membership {
  const owners = [node.name, 'peer', undefined];
  const bind = (names: Iterable<string>) =>
    new Map(
      [...names].flatMap((name, i) => {
        const owner = owners[(i + documents.tenants.size) % owners.length];
        return owner === undefined ? [] : [[name, owner] as const];
      }),
    );
  const peer = { ...offerOf(node), name: 'peer', vteps: new Map([['evpn', parseIp('192.0.2.2')]]) };
  return {
    peers: documents.tenants.size % 3 === 0 ? [] : [peer],
    bindings: { interfaces: bind(documents.interfaces.keys()), ports: bind(documents.ports.keys()) },
  };
}

function compiled(objects: Objects) {
  const documents = documentsOf(objects);
  const allocations = allocationsOf(documents);
  const [first] = allocations.chunks;
  const chunks = allocations.chunks.map(chunk => (chunk === first ? { ...chunk, node: 'peer' } : chunk));
  const state = { documents, allocations: { ...allocations, chunks }, membership: membershipOf(documents) };
  const attached = new Map([...documents.ports.keys()].map((name, i) => [name, 2000 + i]));
  return { state, program: compile(node, state, { ...observed, attached }) };
}

t.test('no two flows of a bridge have the same identity', async () => {
  fc.assert(
    fc.property(intents, objects => {
      const { integration, physical } = compiled(objects).program;
      for (const { flows } of [integration, physical]) {
        const keys = flows.map(flowKey);
        if (new Set(keys).size !== keys.length) throw new Error(keys.find((key, i) => keys.indexOf(key) !== i));
      }
    }),
  );
});

t.test('a packet only ever goes to a later table that exists', async () => {
  fc.assert(
    fc.property(intents, objects => {
      const { integration, physical } = compiled(objects).program;
      for (const [{ flows }, names] of [
        [integration, integrationTableNames],
        [physical, physicalTableNames],
      ] as const)
        for (const { table, instructions } of flows) {
          if (!names.has(table)) throw new Error(`table ${table}`);
          for (const instruction of instructions)
            if (instruction.kind === 'goto_table' && (instruction.table <= table || !names.has(instruction.table)))
              throw new Error(`${table} → ${instruction.table}`);
        }
    }),
  );
});

t.test('every table says what happens to a packet that nothing else takes', async () => {
  fc.assert(
    fc.property(intents, objects => {
      const { integration } = compiled(objects).program;
      // No packet stays in `fence`: it is looked into, and has no flow of the program.
      for (const [table, name] of [...integrationTableNames].filter(([, name]) => name !== 'fence'))
        if (!integration.flows.some(flow => flow.table === table && flow.priority === 0 && flow.match.length === 0))
          throw new Error(name);
    }),
  );
});

t.test('every cookie leads to an object that exists, or to the pipeline', async () => {
  fc.assert(
    fc.property(intents, objects => {
      const { state, program } = compiled(objects);
      const ids = new Set(state.allocations.ids.values());
      for (const { cookie } of [...program.integration.flows, ...program.physical.flows]) {
        const parts = decodeCookie(cookie);
        if (!parts || (parts.kind !== 'system' && !ids.has(parts.id))) throw new Error(cookie.toString(16));
      }
    }),
  );
});

t.test('every meter and group that a flow uses is in the program, and the other way round', async () => {
  fc.assert(
    fc.property(intents, objects => {
      const { flows, meters, groups } = compiled(objects).program.integration;
      const used = { meter: new Set<number>(), group: new Set<number>() };
      for (const { instructions } of flows)
        for (const instruction of instructions)
          if (instruction.kind === 'apply_actions')
            for (const action of instruction.actions) {
              if (action.kind === 'meter') used.meter.add(action.meter);
              if (action.kind === 'group') used.group.add(action.group);
            }
      const known = new Set(meters.map(({ meter }) => meter));
      for (const meter of used.meter) if (!known.has(meter) || !meterUse(meter)) throw new Error(`meter ${meter}`);
      for (const meter of known) if (!used.meter.has(meter)) throw new Error(`unused meter ${meter}`);
      for (const group of used.group) if (!groups.some(each => each.group === group)) throw new Error(`group ${group}`);
    }),
  );
});

t.test('the order in which objects came does not matter', async () => {
  const shuffled = intents.chain(objects =>
    fc.tuple(
      fc.constant(objects),
      fc.shuffledSubarray([...(objects.interfaces ?? [])], { minLength: objects.interfaces?.length ?? 0 }),
    ),
  );
  fc.assert(
    fc.property(shuffled, ([objects, interfaces]) => {
      const documents = documentsOf(objects);
      const allocations = allocationsOf(documents);
      const a = compile(node, { documents, allocations }, observed);
      const again = documentsOf({ ...objects, interfaces });
      const b = compile(node, { documents: again, allocations }, observed);
      const text = (value: unknown) =>
        JSON.stringify(value, (_, part: unknown) => (typeof part === 'bigint' ? `${part}n` : part));
      if (text(a) !== text(b)) throw new Error('another program');
    }),
  );
});
