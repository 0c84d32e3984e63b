import t from 'tap';
import {
  canonicalFlow,
  canonicalMatch,
  type FlowEntry,
  flowKey,
  formatFlow,
  sameFlow,
} from '../../../src/openflow/index.ts';

const flow: FlowEntry = { table: 1, priority: 2, cookie: 3n, match: [], instructions: [] };

t.test('wide registers are registers', async t => {
  t.same(canonicalMatch([{ field: 'xreg1', value: 0x5_0000_0006n, mask: 0xff_ffff_ffffn }]), [
    { field: 'reg2', value: 5, mask: 0xff },
    { field: 'reg3', value: 6 },
  ]);
  t.same(canonicalMatch([{ field: 'xxreg0', value: 1n << 96n, mask: 0xffffffffn << 96n }]), [
    { field: 'reg0', value: 1 },
  ]);
  t.same(
    canonicalMatch([
      { field: 'reg0', value: 0xa0, mask: 0xf0 },
      { field: 'xreg0', value: 0x05_0000_0000n, mask: 0x0f_0000_0000n },
    ]),
    [{ field: 'reg0', value: 0xa5, mask: 0xff }],
  );
});

t.test('masks say only what they must', async t => {
  t.same(
    canonicalMatch([
      { field: 'reg0', value: 0xffffffff, mask: 0xf0000000 },
      { field: 'reg1', value: 7, mask: 0 },
      { field: 'ip_dst', value: 1, mask: 0xffffffff },
      { field: 'eth_type', value: 0x800 },
    ]),
    [
      { field: 'eth_type', value: 0x800 },
      { field: 'ip_dst', value: 1 },
      { field: 'reg0', value: 0xf0000000, mask: 0xf0000000 },
    ],
  );
});

t.test('the key is table, priority and match', async t => {
  const match = [
    { field: 'reg0', value: 5 },
    { field: 'eth_type', value: 0x800 },
  ] as const;
  const same = { ...flow, cookie: 9n, match: [...match].reverse() };
  t.equal(flowKey({ ...flow, match }), flowKey(same));
  t.not(flowKey({ ...flow, match }), flowKey({ ...flow, priority: 3, match }));
  t.notOk(sameFlow({ ...flow, match }, same), 'the cookie differs');
});

t.test('what says nothing is dropped', async t => {
  const verbose: FlowEntry = {
    ...flow,
    flags: 6,
    idleTimeout: 0,
    instructions: [
      { kind: 'goto_table', table: 9 },
      { kind: 'apply_actions', actions: [] },
      { kind: 'write_metadata', value: 1n, mask: 0xffff_ffff_ffff_ffffn },
    ],
  };
  t.same(canonicalFlow(verbose), {
    ...flow,
    instructions: [
      { kind: 'write_metadata', value: 1n },
      { kind: 'goto_table', table: 9 },
    ],
  });
});

t.test('names are printed when they are known', async t => {
  const named: FlowEntry = {
    ...flow,
    match: [{ field: 'in_port', value: 1 }],
    instructions: [
      { kind: 'apply_actions', actions: [{ kind: 'output', port: 2 }] },
      { kind: 'goto_table', table: 9 },
    ],
  };
  const text = formatFlow(named, {
    portName: number => (number === 1 ? 'p1' : 'odd name'),
    tableName: number => (number === 9 ? 'egress' : undefined),
  });
  t.equal(text, 'cookie=0x3, table=1, priority=2,in_port=p1 actions=output:"odd name",goto_table:egress');
});
