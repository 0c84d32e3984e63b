// A fenced node: what it asks its lease for, and that it does the same as any other while it has it.

import t from 'tap';
import type { FlowEntry } from '../../../src/openflow/index.ts';
import { compile } from '../../../src/policy/compile.ts';
import { decodeCookie } from '../../../src/policy/cookies.ts';
import { leaseFlow, lookAtFence } from '../../../src/policy/features/fence/lease.ts';
import { integrationTableNames, tables } from '../../../src/policy/pipeline.ts';
import { demoObjects, intentOf, node, observed } from '../../fixtures/demo-intent.ts';

const isFenced = ({ cookie }: FlowEntry) => decodeCookie(cookie)?.drop === 'fenced';

t.test('the flows of a fenced node', async t => {
  const intent = intentOf(demoObjects);
  const { flows: open } = compile(node, intent, observed).integration;
  const { flows } = compile({ ...node, fence: 45 }, intent, observed).integration;
  t.notOk(open.some(isFenced));
  t.strictSame(
    [...new Set(flows.filter(isFenced).map(({ table }) => integrationTableNames.get(table)))],
    ['interface', 'arp_nd', 'gateway', 'outer_nat', 'inner_nat', 'retag', 'egress'],
  );
  const others = flows.filter(flow => !isFenced(flow));
  t.strictSame(
    others.filter(({ table }) => table !== tables.ingress),
    open.filter(({ table }) => table !== tables.ingress),
    'nothing else differs',
  );
  const looks = others.filter(({ instructions }) =>
    instructions.some(part => part.kind === 'apply_actions' && part.actions.includes(lookAtFence)),
  );
  t.strictSame(
    looks.map(({ table, priority }) => [table, priority]),
    [[tables.ingress, 0]],
  );
  t.match(leaseFlow(45), { table: tables.fence, hardTimeout: 45, match: [] });
});

t.test('what is for this node alone stays with it', async t => {
  const intent = intentOf(demoObjects);
  const pinned = { ...intent, interfaces: intent.interfaces.map(iface => ({ ...iface, isPinned: true })) };
  const { flows } = compile({ ...node, fence: 45 }, pinned, observed).integration;
  t.strictSame(
    [...new Set(flows.filter(isFenced).map(({ table }) => integrationTableNames.get(table)))],
    ['interface', 'outer_nat', 'inner_nat', 'egress'],
  );
});
