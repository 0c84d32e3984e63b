// What a change has to answer for, and that trying it leaves nothing behind.

import t from 'tap';
import { type Documents, documentSchemas } from '../../../src/policy/documents.ts';
import { foreignZones, offers } from '../../../src/policy/facts/base.ts';
import { flows } from '../../../src/policy/facts/outcome.ts';
import { problems } from '../../../src/policy/facts/problems.ts';
import { type DocumentDelete, type DocumentPut, judge } from '../../../src/policy/judge.ts';
import type { Kind } from '../../../src/policy/kinds/names.ts';
import { shownProblems } from '../../../src/policy/shown-problems.ts';
import { programOfObjects } from '../../fixtures/state-program.ts';
import { inside, lineOf, outside } from '../../fixtures/two-legs.ts';

function put<K extends Kind>(kind: K, object: object): DocumentPut {
  return { kind, document: documentSchemas[kind].parse(object) as Documents[K] } as DocumentPut;
}

function remove(kind: Kind, name: string): DocumentDelete {
  return { kind, name };
}

const inner = { ...inside, name: 'm' };
const objects = {
  tenants: [{ name: 'red' }],
  interfaces: [outside, inner],
  routes: [{ name: 'r', tenant: 'red', destination: '0.0.0.0/0', interface: 'outside', nextHop: '198.51.100.254' }],
};

t.test('a document that fits', async t => {
  const verdict = judge(programOfObjects(objects), [put('tenants', { name: 'blue' })]);
  t.strictSame(verdict, { problems: [], referenced: [] });
});

t.test('who comes later in order is refused, and told who has it', async t => {
  const { problems } = judge(programOfObjects(objects), [
    put('interfaces', { ...inner, name: 'z', addresses: ['10.2.0.1/24'] }),
  ]);
  t.strictSame(problems.map(lineOf), [
    'interfaces/z /attachment/vlan conflict: VLAN 11 on port p0 is already taken by interface "m"',
  ]);
});

t.test('who comes earlier in order, and would take it from another, is refused just so', async t => {
  const { problems } = judge(programOfObjects(objects), [
    put('interfaces', { ...inner, name: 'a', addresses: ['10.2.0.1/24'] }),
  ]);
  t.strictSame(problems.map(lineOf), [
    'interfaces/a /attachment/vlan conflict: VLAN 11 on port p0 is already taken by interface "m"',
  ]);
  t.match(problems[0]?.holder, { kind: 'interfaces', name: 'm', pointer: '/attachment/vlan' });
});

t.test('a document answers for all that is wrong with it, and not for what stood before with others', async t => {
  const clash = { ...inner, name: 'z', addresses: ['10.2.0.1/24'] };
  const program = programOfObjects({ ...objects, interfaces: [outside, inner, clash] });
  t.strictSame(judge(program, [put('tenants', { name: 'blue' })]).problems, []);
  t.equal(judge(program, [put('interfaces', { ...clash, arpRate: 7 })]).problems.length, 1, 'its own stands');
  t.strictSame(judge(program, [put('interfaces', { ...inner, arpRate: 7 })]).problems, [], 'the holder may change');
});

t.test('the problem that a third makes in another is told as it is', async t => {
  const program = programOfObjects({
    ...objects,
    'nat-pools': [{ name: 'pool', interface: 'outside', addresses: ['10.1.0.77'] }],
    routes: [],
  });
  const { problems } = judge(program, [put('routes', objects.routes[0] ?? {})]);
  t.match(problems.map(lineOf), [
    /^nat-pools\/pool \/addresses\/0 conflict: 10.1.0.77 is in 10.1.0.0\/24 of interface "m"/,
  ]);
});

t.test('a reference to what is not there', async t => {
  const { problems } = judge(programOfObjects(objects), [put('interfaces', { ...inner, tenant: 'blue' })]);
  t.match(
    problems.map(lineOf),
    ['interfaces/m /tenant missing: there is no tenant "blue"', /overlaps|taken/].slice(0, 1),
  );
});

t.test('what others refer to is not deleted', async t => {
  const { problems, referenced } = judge(programOfObjects(objects), [remove('tenants', 'red')]);
  t.strictSame(problems, []);
  t.strictSame(referenced, [
    {
      kind: 'tenants',
      name: 'red',
      referrers: [
        { kind: 'interfaces', name: 'm', pointer: '/tenant' },
        { kind: 'routes', name: 'r', pointer: '/tenant' },
      ],
    },
  ]);
});

t.test('nor is what others rest on without naming it', async t => {
  const fixed = { name: 'f', tenant: 'red', interface: 'outside', inside: '10.1.0.77', outside: '198.51.100.77' };
  const program = programOfObjects({ ...objects, routes: [], 'static-nats': [fixed] });
  const { problems, referenced } = judge(program, [remove('interfaces', 'm')]);
  t.match(problems.map(lineOf), [/^static-nats\/f \/inside invalid: tenant "red" has .* nowhere inside/]);
  t.strictSame(referenced, []);
  const together = judge(program, [remove('interfaces', 'm'), remove('static-nats', 'f')]);
  t.strictSame(together, { problems: [], referenced: [] });
});

t.test('one list may make, change and delete what belongs together', async t => {
  const program = programOfObjects(objects);
  const all = [remove('tenants', 'red'), remove('routes', 'r'), remove('interfaces', 'm')];
  t.strictSame(judge(program, all), { problems: [], referenced: [] }, 'in whichever order');
  const instead = { ...inner, name: 'n', tenant: 'blue' };
  t.strictSame(
    judge(program, [remove('interfaces', 'm'), put('interfaces', instead), put('tenants', { name: 'blue' })]),
    { problems: [], referenced: [] },
    'what goes makes room',
  );
  const moved = judge(program, [put('routes', { ...objects.routes[0], tenant: 'gone' }), remove('tenants', 'red')]);
  t.match(moved.problems.map(lineOf), ['routes/r /tenant missing: there is no tenant "gone"']);
  t.strictSame(
    moved.referenced.map(({ referrers }) => referrers.map(({ name }) => name)),
    [['m']],
  );
  const twice = judge(program, [remove('interfaces', 'm'), put('interfaces', { ...inner, arpRate: 7 })]);
  t.strictSame(twice, { problems: [], referenced: [] }, 'of several the last counts');
});

t.test('what nobody has is not deleted, and nothing is wrong', async t => {
  t.strictSame(judge(programOfObjects(objects), [remove('vnis', 'x')]), { problems: [], referenced: [] });
});

t.test("what is this switch's doing is a problem, and no document's fault", async t => {
  const rule = { name: 'n', tenant: 'red', source: '10.0.0.0/8', pool: 'pool' };
  const program = programOfObjects({
    ...objects,
    'nat-pools': [{ name: 'pool', interface: 'outside', addresses: ['203.0.113.1'] }],
    'nat-rules': [rule],
  });
  program.change(facts => facts.put(foreignZones, { zone: 1, who: 'bridge br-other' }));
  t.match(shownProblems(program).map(lineOf), [/^nat-rules\/n \/tenant conflict: conntrack zone 1/]);
  t.strictSame(judge(program, [put('nat-rules', { ...rule, source: '10.0.0.0/9' })]).problems, []);
});

t.test('judging leaves no trace, and is told in no delta', async t => {
  const program = programOfObjects(objects);
  const state = () => JSON.stringify([[...program.rows(problems)], [...program.rows(flows.integration)].length]);
  const before = state();
  judge(program, [put('interfaces', { ...inner, name: 'a' }), remove('routes', 'r')]);
  t.equal(state(), before);
  const delta = program.change(facts => facts.delete(offers, 'nobody'));
  t.strictSame([delta.changes(problems), delta.changes(flows.integration)], [[], []]);
});
