import t from 'tap';
import { ConditionState } from '../../../src/ovsdb/monitor/condition-state.ts';
import type { WireConditions } from '../../../src/ovsdb/monitor/monitor.ts';

const on = (n: number): WireConditions => new Map([['T', [['n', '==', n]]]]);

t.test('one change at a time, the last wish wins', async t => {
  const state = new ConditionState(on(0));
  t.ok(state.settled);
  t.equal(state.request(), undefined);
  state.want(on(1));
  t.same(state.request(), on(1));
  state.want(on(2));
  state.want(on(3));
  t.equal(state.request(), undefined, 'the first is not answered yet');
  t.notOk(state.settled);
  state.confirmed();
  t.same(state.acked, on(1));
  t.same(state.request(), on(3));
  state.confirmed();
  t.ok(state.settled);
  state.want(new Map(on(3)));
  t.ok(state.settled, 'the same again is no change');
});

t.test('back to what is acked while a change is under way is a change of its own', async t => {
  const state = new ConditionState(on(0));
  state.want(on(1));
  state.request();
  state.want(on(0));
  t.notOk(state.settled);
  state.confirmed();
  t.same(state.request(), on(0));
});

t.test('a lost connection: the rows are certain unless an update came after the request', async t => {
  for (const updated of [false, true]) {
    const state = new ConditionState(on(0));
    state.updated();
    state.want(on(1));
    state.request();
    if (updated) state.updated();
    t.equal(state.resume(), !updated);
    t.same(state.acked, on(0));
    if (updated) {
      t.same(state.restart(), on(1));
      t.equal(state.confirmed(), 1);
      t.ok(state.settled);
    } else {
      t.same(state.request(), on(1), 'to be asked for again');
    }
  }
});

t.test('a refused wish is none', async t => {
  const state = new ConditionState(on(0));
  state.want(on(1));
  state.request();
  t.equal(state.refused(), 1);
  t.ok(state.settled);
  t.equal(state.request(), undefined);
});

t.test('what is refused on a new connection gives way to what was there before', async t => {
  const state = new ConditionState(on(0));
  state.restart();
  t.equal(state.refused(), undefined, 'there is nothing before the first');
  state.want(on(1));
  state.restart();
  t.equal(state.refused(), 1);
  t.same(state.restart(), on(0));
});

t.test('a wish that came after a refused one stands; one that it had replaced does not', async t => {
  const state = new ConditionState(on(0));
  t.equal(state.want(on(1)), 1);
  t.equal(state.want(on(2)), 2);
  t.same(state.request(), on(2));
  t.equal(state.want(on(3)), 3);
  t.equal(state.refused(), 2);
  t.same(state.request(), on(3));
});
