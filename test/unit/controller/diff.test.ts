import t from 'tap';
import { diffProgram, emptyInstalled, installedBy, isEmptyChange } from '../../../src/controller/flows/diff.ts';
import type { FlowEntry, MeterEntry } from '../../../src/openflow/index.ts';
import { demoObjects, programOf } from '../../fixtures/demo-intent.ts';

const flow: FlowEntry = {
  table: 1,
  priority: 2,
  cookie: 3n,
  match: [{ field: 'reg0', value: 4 }],
  instructions: [{ kind: 'goto_table', table: 5 }],
};
const meter: MeterEntry = { meter: 8, unit: 'pktps', burst: true, bands: [{ kind: 'drop', rate: 1, burst: 1 }] };
const group = {
  group: 1,
  type: 'select',
  buckets: [{ weight: 1, actions: [{ kind: 'resubmit', table: 6 }] }],
} as const;
const holds = (flows: readonly FlowEntry[], meters = [meter], groups = [group]) =>
  installedBy({ flows, meters, groups });

t.test('a switch that holds everything gets nothing', async t => {
  const { integration } = programOf(demoObjects);
  t.ok(isEmptyChange(diffProgram(installedBy(integration), installedBy(integration))));
});

t.test('what the switch adds of its own to a group is no difference', async t => {
  const told = {
    ...group,
    buckets: [{ id: 0, weight: 1, actions: group.buckets[0].actions }],
    selection: { method: 'dp_hash', parameter: 0n },
  };
  const installed = { ...holds([flow]), groups: new Map([[1, told]]) };
  t.ok(isEmptyChange(diffProgram(holds([flow]), installed)));
});

t.test('an empty switch gets meters, then groups before flows', async t => {
  const change = diffProgram(holds([flow]), emptyInstalled());
  t.strictSame(change.addMeters, [meter]);
  t.strictSame(
    change.bundle.map(({ kind, command }) => `${kind} ${command}`),
    ['group_mod add', 'flow_mod add'],
  );
  t.strictSame(change.deleteMeters, []);
});

t.test('a flow that changed is modified, which keeps its counters; with another cookie it is added', async t => {
  const other = { ...flow, instructions: [{ kind: 'goto_table', table: 6 }] } as const;
  const command = (desired: FlowEntry) => diffProgram(holds([desired]), holds([flow])).bundle.map(mod => mod.command);
  t.strictSame(command(other), ['modify_strict']);
  t.strictSame(command({ ...flow, cookie: 9n }), ['add']);
});

t.test('what is no longer wanted goes: flows before groups, meters last', async t => {
  const change = diffProgram(emptyInstalled(), holds([flow]));
  t.strictSame(
    change.bundle.map(({ kind, command }) => `${kind} ${command}`),
    ['flow_mod delete_strict', 'group_mod delete'],
  );
  t.strictSame(change.deleteMeters, [meter]);
});

t.test('a meter with another rate is modified', async t => {
  const faster = { ...meter, bands: [{ kind: 'drop', rate: 2, burst: 1 }] } as const;
  t.strictSame(diffProgram(holds([flow], [faster]), holds([flow])).modifyMeters, [faster]);
});
