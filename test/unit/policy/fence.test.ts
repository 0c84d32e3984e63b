// A fenced node: what it asks its lease for, and that it does the same as any other while it has it.

import { isDeepStrictEqual } from 'node:util';
import t from 'tap';
import type { FlowEntry } from '../../../src/openflow/index.ts';
import { decodeCookie } from '../../../src/policy/cookies.ts';
import { leaseFlow, lookAtFence } from '../../../src/policy/features/fence/lease.ts';
import type { InterfaceDocument } from '../../../src/policy/kinds/interfaces.ts';
import { integrationTableNames, tables } from '../../../src/policy/pipeline.ts';
import { compile } from '../../fixtures/compile.ts';
import { allocationsOf, demoObjects, documentsOf, node, observed } from '../../fixtures/demo-intent.ts';

const documents = documentsOf(demoObjects);
const state = { documents, allocations: allocationsOf(documents) };

const isFenced = ({ cookie }: FlowEntry) => decodeCookie(cookie)?.drop === 'fenced';

t.test('the flows of a fenced node', async t => {
  const { flows: open } = compile(node, state, observed).integration;
  const { flows } = compile({ ...node, fence: 45 }, state, observed).integration;
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
    instructions.some(
      part => part.kind === 'apply_actions' && part.actions.some(action => isDeepStrictEqual(action, lookAtFence)),
    ),
  );
  t.strictSame(
    looks.map(({ table, priority }) => [table, priority]),
    [[tables.ingress, 0]],
  );
  t.match(leaseFlow(45), { table: tables.fence, hardTimeout: 45, match: [] });
});

/** A VNI is wherever its VTEP is, and for no node alone. */
function pin(document: InterfaceDocument): InterfaceDocument[] {
  const { attachment } = document;
  return attachment.type === 'vni' ? [] : [{ ...document, attachment: { ...attachment, node: node.name } }];
}

t.test('what is for this node alone stays with it', async t => {
  const interfaces = new Map([...documents.interfaces.values()].flatMap(pin).map(each => [each.name, each]));
  const pinned = { ...state, documents: { ...documents, interfaces } };
  const { flows } = compile({ ...node, fence: 45 }, pinned, observed).integration;
  t.strictSame(
    [...new Set(flows.filter(isFenced).map(({ table }) => integrationTableNames.get(table)))],
    ['interface', 'outer_nat', 'inner_nat', 'egress'],
  );
});
