// What the pipeline refuses when it is put together, and of a flow when it is built.

import t from 'tap';
import { Program } from '../../../src/policy/engine/program.ts';
import { self } from '../../../src/policy/facts/base.ts';
import { flows } from '../../../src/policy/facts/outcome.ts';
import { lookAtFence } from '../../../src/policy/features/fence/lease.ts';
import { type FlowText, flow, flowUnit } from '../../../src/policy/features/flow-unit.ts';
import { load, move, registersAre, whole } from '../../../src/policy/features/words/match-and-action.ts';
import { declareTables, groupTables, tables } from '../../../src/policy/pipeline.ts';
import { declareRegisters, registers } from '../../../src/policy/registers.ts';
import { node } from '../../fixtures/demo-intent.ts';

t.test('registers', async t => {
  const overlap = { code: 'REGISTERS_OVERLAP' };
  const declare = (...list: [string, number, number][]) =>
    declareRegisters(Object.fromEntries(list.map(([field, offset, bits], i) => [i, { field, offset, bits }] as never)));
  t.throws(() => declare(['reg0', 0, 16], ['reg0', 15, 1]), overlap);
  t.throws(() => declare(['xxreg1', 0, 128], ['reg7', 0, 1]), overlap, 'xxreg1 is reg4 to reg7');
  t.throws(() => declare(['xxreg1', 0, 1], ['reg7', 0, 1]), overlap, 'reg7 is its lowest');
  t.throws(() => declare(['xreg1', 32, 1], ['reg2', 0, 1]), overlap, 'xreg1 is reg2 and reg3');
  t.throws(() => declare(['reg0', 20, 16]), overlap, 'more than 32 bits');
  t.throws(() => declare(['tun_id', 0, 16]), overlap, 'no register');
  declare(['reg0', 0, 16], ['reg0', 16, 16], ['xxreg1', 0, 128], ['reg3', 0, 32], ['reg8', 0, 32]);
});

t.test('a value that does not fit', async t => {
  const refused = { code: 'VALUE_TOO_WIDE' };
  t.throws(() => load(registers.zone, 0x10000), refused);
  t.throws(() => registersAre([registers.direction, 2]), refused);
  t.throws(() => load(registers.nextHop6, 1n << 128n), refused);
  t.throws(() => load(registers.zone, -1), refused);
  load(registers.zone, 0xffff);
  load(registers.nextHop6, (1n << 128n) - 1n);
});

t.test('a table that leads back', async t => {
  const to = <const N extends string>(...next: N[]) =>
    ({ reads: [], writes: [], next, miss: { kind: 'feature' } }) as const;
  t.throws(() => declareTables({ a: to('b'), b: to('a') }), {
    code: 'PIPELINE_BACKWARDS',
    message: /b goes back to a/,
  });
  t.throws(() => declareTables({ a: to('a') }), { code: 'PIPELINE_BACKWARDS' });
});

const beyond: readonly (readonly [string, Omit<FlowText, 'priority'>, RegExp])[] = [
  ['a match', { table: 'translated', match: registersAre([registers.zone, 1]) }, /reads zone/],
  ['a field that is no register of ours', { table: 'rate', match: [{ field: 'reg9', value: 1 }] }, /reads reg9/],
  ['a match that takes more bits', { table: 'rate', match: [{ field: 'reg0', value: 1 }] }, /reads egressInterface/],
  ['a load', { table: 'rate', actions: [load(registers.tenant, 1)] }, /writes tenant/],
  [
    'a load of a whole one',
    { table: 'l2_lookup', actions: [{ kind: 'set_field', field: 'reg0', value: 1 }] },
    /writes ingr/,
  ],
  ['a move from', { table: 'answer', actions: [move(registers.zone, whole('tun_id', 16))] }, /reads zone/],
  ['a move to', { table: 'answer', actions: [move(whole('tun_id', 16), registers.zone)] }, /writes zone/],
  ['a zone', { table: 'rate', actions: [{ kind: 'ct', zone: registers.zone }] }, /reads zone/],
  ['a goto', { table: 'rate', next: 'egress' }, /goes on to egress/],
  ['a resubmit', { table: 'egress', actions: [lookAtFence] }, /goes on to fence/],
  ['a resubmit to its own table', { table: 'egress', actions: [{ kind: 'resubmit' }] }, /goes on to nowhere known/],
  ['ct to a table', { table: 'rate', actions: [{ kind: 'ct', table: tables.snat }] }, /goes on to snat/],
  ['a group', { table: 'source', actions: [{ kind: 'group', group: groupTables.answer }] }, /goes on to answer/],
  ['a group that is none', { table: 'arp_nd', actions: [{ kind: 'group', group: 9 }] }, /goes on to nowhere known/],
  [
    'inside a clone',
    { table: 'rate', actions: [{ kind: 'clone', actions: [load(registers.zone, 1)] }] },
    /writes zone/,
  ],
  ['an action that nobody has looked into', { table: 'rate', actions: [{ kind: 'ct_clear' }] }, /an action ct_clear/],
];

for (const [what, text, message] of beyond)
  t.test(`a flow that its table does not declare: ${what}`, async t => {
    t.throws(() => flow({ priority: 1, ...text }), { code: 'FLOW_UNDECLARED', message });
  });

t.test('such a flow is a fault of the instance that makes it, and nothing is put', async t => {
  const wrong = flowUnit({
    name: 'test/wrong',
    over: self,
    reads: [],
    flows: () => [flow({ table: 'rate', priority: 1 }), flow({ table: 'rate', priority: 2, next: 'egress' })],
  });
  const program = new Program({ base: [self], units: [wrong], watched: [] });
  program.change(({ put }) => put(self, node));
  t.match(program.faults, [{ instance: 'test/wrong()', error: { code: 'FLOW_UNDECLARED' } }]);
  t.equal(program.size(flows.integration), 0);
});
