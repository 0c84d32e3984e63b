// The engine alone: work in proportion to what depends on a change, and the same end whatever the way.

import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import type { Steps } from '../../../../src/lib/steps.ts';
import { type FactWriter, Program } from '../../../../src/policy/engine/program.ts';
import { table } from '../../../../src/policy/engine/table.ts';
import { groupUnit, unit } from '../../../../src/policy/engine/unit.ts';
import { doors, lights, outcome, people, problems, rooms, toyProgram, wardens } from './toy.ts';

const room = (name: string, floor: number, note = '') => ({ name, floor, note });
const person = (name: string, at: string, badge: number) => ({ name, room: at, badge });

t.test('a change runs what asked for it, and nothing else', async t => {
  const program = toyProgram();
  program.change(({ put }) => {
    for (let i = 0; i < 100; i++) {
      put(rooms, room(`r${i}`, i));
      put(people, person(`p${i}`, `r${i}`, i));
    }
  });
  t.equal([...program.rows(doors)].length, 100);

  const delta = program.change(({ put }) => put(people, person('p7', 'r7', 1007)));
  t.strictSame(
    delta
      .changes(doors)
      .map(({ key }) => key)
      .sort(),
    ['1007', '7'],
  );
  t.strictSame(delta.changes(lights), []);
  t.ok(delta.runs <= 6, `${delta.runs} instances ran`);

  t.equal(
    program.change(({ put }) => put(rooms, room('r8', 8, 'a note'))).runs,
    0,
    'what nobody looks at runs nothing',
  );
  t.equal(program.change(({ put }) => put(people, person('p8', 'r8', 8))).runs, 0, 'nor does the same again');
});

t.test('an answer of "there is none" is a dependency too', async t => {
  const program = toyProgram();
  program.change(({ put }) => put(people, person('ann', 'attic', 1)));
  t.strictSame([...program.rows(problems)], [{ of: 'ann', why: 'no room' }]);
  const delta = program.change(({ put }) => put(rooms, room('attic', 3)));
  t.strictSame(delta.changes(problems), [{ key: 'ann', before: { of: 'ann', why: 'no room' }, after: undefined }]);
  t.strictSame(delta.changes(doors), [{ key: '1', before: undefined, after: { badge: 1, opens: 'attic with ann' } }]);
});

t.test('of two that claim one thing the first by name has it, in either order of arrival', async t => {
  for (const order of [
    ['ann', 'bob'],
    ['bob', 'ann'],
  ]) {
    const program = toyProgram();
    program.change(({ put }) => put(rooms, room('attic', 3)));
    for (const name of order) program.change(({ put }) => put(people, person(name, 'attic', 1)));
    t.strictSame([...program.rows(problems)], [{ of: 'bob', why: 'badge taken' }]);
    program.change(facts => facts.delete(people, 'ann'));
    t.strictSame([...program.rows(problems)], [], 'and the second when it is gone');
  }
});

t.test('a unit about what rows do to each other is not run for one alone, and again when one is left', async t => {
  const guests = table({
    name: 'guests',
    key: ({ name }: { name: string; bed: string }) => name,
    indexes: { bed: ({ bed }) => [bed] },
  });
  const quarrels = table({ name: 'quarrels', key: ({ bed }: { bed: string; who: string }) => bed });
  const quarrel = groupUnit({
    ...{ name: 'quarrel', over: guests, group: 'bed', least: 2, reads: [], writes: [quarrels] },
    emit: (rows, _, out, bed) => out.put(quarrels, { bed, who: rows.map(({ name }) => name).join(' ') }),
  });
  const program = new Program({ base: [guests], units: [quarrel], watched: [] });
  const runs = (name: string, bed?: string) =>
    program.change(facts => (bed === undefined ? facts.delete(guests, name) : facts.put(guests, { name, bed }))).runs;
  t.equal(runs('ann', 'red'), 0);
  t.equal(runs('bob', 'red'), 1);
  t.strictSame([...program.rows(quarrels)], [{ bed: 'red', who: 'ann bob' }]);
  t.equal(runs('ann'), 1);
  t.strictSame([...program.rows(quarrels)], []);
  t.equal(program.instanceCount, 0);
  t.equal(runs('eve', 'blue'), 0);
  t.strictSame(program.audit(100), []);
});

t.test('different rows of one key are told, and the first stands until it goes', async t => {
  const program = toyProgram();
  program.change(({ put }) => {
    put(rooms, room('b', 1));
    put(rooms, room('a', 1));
    put(people, person('ann', 'b', 1));
  });
  t.strictSame([...program.rows(lights)], [{ floor: 1, room: 'a' }]);
  t.strictSame(program.collisions, [
    {
      table: 'lights',
      key: '1',
      rows: [
        { floor: 1, room: 'a' },
        { floor: 1, room: 'b' },
      ],
    },
  ]);
  const delta = program.change(facts => facts.delete(rooms, 'a'));
  t.strictSame(delta.changes(lights), [{ key: '1', before: { floor: 1, room: 'a' }, after: { floor: 1, room: 'b' } }]);
  t.strictSame(program.collisions, []);
});

t.test('an attempt tells what would follow, and leaves nothing behind', async t => {
  const program = toyProgram();
  program.change(({ put }) => {
    put(rooms, room('attic', 3));
    put(people, person('ann', 'attic', 1));
  });
  const before = outcome(program);
  const delta = program.attempt(facts => {
    facts.put(people, person('bob', 'attic', 1));
    facts.delete(people, 'ann');
    facts.put(people, person('ann', 'cellar', 2));
  });
  t.strictSame(
    delta.changes(doors).map(({ after }) => after),
    [{ badge: 1, opens: 'attic with bob' }],
  );
  t.strictSame(
    delta.changes(problems).map(({ after }) => after),
    [{ of: 'ann', why: 'no room' }],
  );
  t.strictSame(outcome(program), before);
  t.equal(program.change(() => {}).runs, 0);
});

t.test('the way back from an attempt runs no unit', async t => {
  let runs = 0;
  const [floors, named] = [
    table({ name: 'floors', key: ({ floor }: { floor: number }) => String(floor), rivals: 'first' }),
    table({ name: 'named', key: ({ name }: { name: string; isKnown: boolean }) => name }),
  ];
  const one = unit({
    ...{ name: 'one', over: rooms, reads: [], writes: [floors] },
    emit: ({ floor }, _, out) => {
      runs++;
      out.put(floors, { floor });
    },
  });
  const other = unit({
    ...{ name: 'other', over: people, reads: [floors], writes: [named] },
    emit: ({ name, badge }, facts, out) => {
      runs++;
      out.put(named, { name, isKnown: facts.get(floors, String(badge)) !== undefined });
    },
  });
  const program = new Program({ base: [], units: [one, other], watched: [named] });
  program.change(({ put }) => {
    put(rooms, room('attic', 3));
    for (const badge of [3, 4]) put(people, person(`p${badge}`, 'attic', badge));
  });
  for (const until of [undefined, floors]) {
    runs = 0;
    const delta = program.attempt(facts => {
      facts.delete(rooms, 'attic');
      facts.put(rooms, room('cellar', 4));
      facts.delete(people, 'p3');
    }, until);
    t.ok(runs > 0);
    t.equal(delta.runs, runs + (until ? 1 : 2), 'what is gone is asked nothing');
    t.strictSame(
      ['p3', 'p4'].map(name => program.get(named, name)?.isKnown),
      [true, false],
    );
    t.strictSame(program.audit(100), []);
  }
  t.equal(program.change(() => {}).runs, 0);
  t.equal(
    program.change(facts => facts.delete(rooms, 'attic')).changes(named).length,
    1,
    'who had asked is still told',
  );
});

t.test('an attempt can stop before what ranks above a table', async t => {
  const program = toyProgram();
  program.change(({ put }) => put(rooms, room('attic', 3)));
  const delta = program.attempt(({ put }) => {
    put(people, person('ann', 'attic', 1));
    put(people, person('bob', 'cellar', 2));
  }, problems);
  t.strictSame(
    delta.changes(problems).map(({ key }) => key),
    ['bob'],
  );
  t.strictSame(delta.changes(doors), [], 'doors rank above');
  t.strictSame([...program.rows(problems)], []);
  program.change(({ put }) => put(people, person('ann', 'attic', 1)));
  t.equal(program.size(doors), 1);
});

t.test('where the first row simply counts, others are no collision', async t => {
  const program = toyProgram();
  program.change(({ put }) => {
    put(rooms, room('attic', 3));
    put(people, person('bob', 'attic', 2));
    put(people, person('ann', 'attic', 1));
  });
  t.strictSame([...program.rows(wardens)], [{ floor: 3, name: 'ann' }]);
  t.strictSame(program.collisions, []);
});

t.test('one row that many put costs each of them one look at it', async t => {
  let compared = 0;
  const some = table({
    name: 'some',
    key: (_: { there: true }) => '',
    same: () => {
      compared++;
      return true;
    },
  });
  const tell = unit({
    name: 'tell',
    over: rooms,
    reads: [],
    writes: [some],
    emit: (_, __, out) => out.put(some, { there: true }),
  });
  const program = new Program({ base: [], units: [tell], watched: [some] });
  const all = Array.from({ length: 1000 }, (_, i) => room(`r${i}`, i));
  program.change(({ put }) => {
    for (const one of all) put(rooms, one);
  });
  t.equal(program.size(some), 1);
  const told = all.slice(1).flatMap(({ name }) => program.change(facts => facts.delete(rooms, name)).changes(some));
  t.strictSame(told, [], 'it stands while one is left');
  t.ok(compared < 10_000, `${compared} comparisons`);
  t.equal(program.change(facts => facts.delete(rooms, 'r0')).changes(some).length, 1);
  t.equal(program.size(some), 0);
});

t.test('an audit looks at every instance, a few at a time, and finds those that say something else', async t => {
  let offset = 0;
  const seen = table({ name: 'seen', key: ({ name }: { name: string; floor: number }) => name });
  const look = unit({
    name: 'look',
    over: rooms,
    reads: [],
    writes: [seen],
    emit: ({ name, floor }, _, out) => out.put(seen, { name, floor: floor + offset }),
  });
  const program = new Program({ base: [], units: [look], watched: [] });
  program.change(({ put }) => {
    for (let i = 0; i < 10; i++) put(rooms, room(`r${i}`, i));
  });
  const round = () => [4, 4, 4].flatMap(count => program.audit(count));
  t.strictSame(round(), []);
  t.equal(program.auditRounds, 1);
  // No pure function: its own fault, and what the audit is for.
  offset = 1;
  const wrong = new Set(round());
  t.equal(wrong.size, 10);
  const { runs } = program.rerun([...wrong, 'look(nobody)', 'nothing(r1)']);
  t.equal(runs, 10);
  t.equal(program.get(seen, 'r1')?.floor, 2);
  t.strictSame(round(), [], 'what has run again is right');
});

t.test('a unit that throws puts nothing, is told, and is run again when what it read changes', async t => {
  const checked = table({ name: 'checked', key: ({ name }: { name: string }) => name });
  const check = unit({
    name: 'check',
    over: people,
    reads: [rooms],
    writes: [checked],
    emit: ({ name, room: at }, facts, out) => {
      out.put(checked, { name });
      if (facts.get(rooms, at)?.floor === 13) throw new Error('there is no such floor');
    },
  });
  const program = new Program({ base: [], units: [check], watched: [checked] });
  program.change(({ put }) => {
    put(rooms, room('attic', 13));
    put(people, person('ann', 'attic', 1));
    put(people, person('bob', 'cellar', 2));
  });
  t.strictSame([...program.rows(checked)], [{ name: 'bob' }]);
  t.match(program.faults, [{ instance: 'check(ann)', error: { message: 'there is no such floor' } }]);
  program.change(({ put }) => put(rooms, room('attic', 14)));
  t.strictSame([...program.rows(checked)].map(({ name }) => name).sort(), ['ann', 'bob']);
  t.strictSame(program.faults, []);
  const tried = program.attempt(({ put }) => put(rooms, room('attic', 13)));
  t.match(tried.faults, [{ instance: 'check(ann)' }], 'of an attempt its delta tells');
  t.strictSame(program.faults, []);
});

t.test('units over one table are run together when they may, each for itself', async t => {
  const [named, tall, known] = [
    table({ name: 'named', key: ({ name }: { name: string }) => name }),
    table({ name: 'tall', key: ({ name }: { name: string; of?: string }) => name }),
    table({ name: 'known', key: ({ name }: { name: string }) => name }),
  ];
  const over = { over: rooms, writes: [tall] };
  const program = new Program({
    base: [people],
    units: [
      unit({ ...over, name: 'name', reads: [], writes: [named], emit: ({ name }, _, out) => out.put(named, { name }) }),
      unit({ ...over, name: 'one', reads: [people], emit: ({ name }, _, out) => out.put(tall, { name }) }),
      // What it reads is final only later, and nobody waits for what the other writes.
      unit({
        ...{ ...over, name: 'other', reads: [named, people] },
        emit: ({ name }, facts, out) => {
          if (!facts.get(named, name)) return;
          const of = facts.get(people, name)?.room;
          out.put(tall, { name: `${name}!` });
          out.put(tall, of === undefined ? { name } : { name, of });
          if (of === 'nowhere') throw new Error('there is no such room');
        },
      }),
      // What it reads is final only when it is too late for the others.
      unit({
        ...{ name: 'last', over: rooms, reads: [tall], writes: [known] },
        emit: ({ name }, facts, out) => facts.get(tall, name) && out.put(known, { name }),
      }),
    ],
    watched: [tall, known],
  });
  t.equal(program.change(({ put }) => put(rooms, room('attic', 1))).runs, 3);
  t.equal(program.instanceCount, 3);
  t.strictSame([...program.rows(tall)], [{ name: 'attic' }, { name: 'attic!' }]);
  t.strictSame(program.collisions, [], 'two that put one row agree');
  program.change(({ put }) => put(people, person('attic', 'hall', 1)));
  const collision = { table: 'tall', key: 'attic', rows: [{ name: 'attic' }, { name: 'attic', of: 'hall' }] };
  t.strictSame(program.collisions, [collision]);
  t.strictSame(program.get(tall, 'attic'), { name: 'attic' }, 'the first stands');
  const tried = program.attempt(({ put }) => put(people, person('attic', 'nowhere', 1)));
  t.match(tried.faults, [{ instance: 'other(attic)' }]);
  t.strictSame(
    tried.changes(tall),
    [{ key: 'attic!', before: { name: 'attic!' }, after: undefined }],
    'who throws has put nothing, the others have',
  );
  t.strictSame([program.faults, program.collisions], [[], [collision]], 'and all is as it was');
  t.strictSame(program.audit(100), []);
  program.change(facts => facts.delete(rooms, 'attic'));
  t.strictSame([program.collisions, program.instanceCount, program.size(tall)], [[], 0, 0]);
});

t.test('mistakes in how units are put together', async t => {
  const a = table({ name: 'a', key: ({ name }: { name: string }) => name });
  const b = table({ name: 'b', key: ({ name }: { name: string }) => name });
  const copy = (name: string, over: typeof a, to: typeof a) =>
    unit({ name, over, reads: [], writes: [to], emit: (row, _, out) => out.put(to, row) });
  t.throws(() => new Program({ base: [], units: [copy('there', a, b), copy('back', b, a)], watched: [] }), {
    code: 'ENGINE_CIRCLE',
    message: 'table b is made from itself: b ← a ← b',
  });
  t.throws(() => new Program({ base: [], units: [copy('same', a, b), copy('same', a, b)], watched: [] }), {
    code: 'ENGINE_NAME_TAKEN',
  });
  const other = table({ name: 'a', key: ({ name }: { name: string }) => name });
  t.throws(() => new Program({ base: [], units: [copy('there', a, b)], watched: [other] }), {
    code: 'ENGINE_NAME_TAKEN',
  });

  const program = new Program({ base: [], units: [copy('there', a, b)], watched: [b] });
  t.throws(() => program.change(({ put }) => put(b, { name: 'x' })), { code: 'ENGINE_NO_BASE_TABLE' });
  t.throws(() => program.change(({ put }) => put(rooms, room('x', 1))), { code: 'ENGINE_NO_BASE_TABLE' });

  const faultOf = (emit: Parameters<typeof unit<{ name: string }>>[0]['emit']) => {
    const one = new Program({
      base: [],
      units: [unit({ name: 'u', over: a, reads: [a], writes: [b], emit })],
      watched: [],
    });
    one.change(({ put }) => put(a, { name: 'x' }));
    return one.faults[0]?.error;
  };
  t.match(
    faultOf((row, _, out) => out.put(a, row)),
    { code: 'ENGINE_UNDECLARED' },
  );
  t.match(
    faultOf((_, facts) => void facts.get(b, 'x')),
    { code: 'ENGINE_UNDECLARED' },
  );
  const twice = faultOf((row, _, out) => {
    out.put(b, row);
    out.put(b, row);
  });
  t.match(twice, { code: 'ENGINE_PUT_TWICE' });
});

t.test('after any changes the program is what a fresh one is made to from the same facts', async t => {
  const names = ['a', 'b', 'c', 'd'];
  const name = fc.constantFrom(...names);
  const small = fc.integer({ min: 0, max: 3 });
  const step = fc.oneof(
    fc.record({ kind: fc.constant('room' as const), name, floor: small }),
    fc.record({ kind: fc.constant('person' as const), name, room: name, badge: small }),
    fc.record({ kind: fc.constantFrom('no room' as const, 'no person' as const), name }),
  );
  type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;
  const apply = (one: Step, facts: Parameters<Parameters<Program['change']>[0]>[0]) => {
    if (one.kind === 'room') facts.put(rooms, room(one.name, one.floor));
    else if (one.kind === 'person') facts.put(people, person(one.name, one.room, one.badge));
    else facts.delete(one.kind === 'no room' ? rooms : people, one.name);
  };
  const round = fc.record({ isAttempt: fc.boolean(), steps: fc.array(step, { minLength: 1, maxLength: 4 }) });
  fc.assert(
    fc.property(fc.array(round, { maxLength: 30 }), rounds => {
      const program = toyProgram();
      const told = new Map<string, unknown>();
      for (const { isAttempt, steps } of rounds) {
        const write = (facts: Parameters<Parameters<Program['change']>[0]>[0]) => {
          for (const one of steps) apply(one, facts);
        };
        if (isAttempt) {
          program.attempt(write);
          continue;
        }
        for (const { key, after } of program.change(write).changes(doors))
          if (after === undefined) told.delete(key);
          else told.set(key, after);
      }
      const fresh = toyProgram();
      fresh.change(({ put }) => {
        for (const one of program.rows(people)) put(people, one);
        for (const one of program.rows(rooms)) put(rooms, one);
      });
      assert.deepEqual(outcome(program), outcome(fresh));
      assert.deepEqual(told, new Map([...fresh.rows(doors)].map(door => [String(door.badge), door])), 'deltas add up');
    }),
    { numRuns: 500 },
  );
  t.pass('500 sequences');
});

t.test('while steps are under way others see what was before, and nothing else may change', async t => {
  const program = toyProgram();
  program.change(({ put }) => {
    for (let i = 0; i < 5; i++) {
      put(rooms, room(`r${i}`, i));
      put(people, person(`p${i}`, `r${i}`, i));
    }
  });
  const seen = () => ({
    ...(outcome(program) as object),
    instances: 0,
    people: [...program.rows(people)].sort((a, b) => (a.name < b.name ? -1 : 1)),
    inRooms: ['r0', 'r1', 'r9'].map(name => program.by(people, 'room', name)),
    p1: program.get(people, 'p1'),
    p9: program.get(people, 'p9'),
    counts: [program.size(people), program.size(doors), program.size(problems)],
  });
  const write = function* ({ put, delete: drop }: FactWriter): Steps<void> {
    put(people, person('p1', 'r0', 0));
    yield;
    put(people, person('p9', 'r9', 9));
    drop(people, 'p2');
    yield;
    put(rooms, room('r3', 4));
  };
  const before = seen();
  for (const way of ['attemptInSteps', 'changeInSteps'] as const) {
    const steps = program[way](write);
    let turns = 0;
    for (; !steps.next().done; turns++) {
      assert.deepEqual(seen(), before);
      assert.equal(program.isUnderWay, true);
      assert.deepEqual(program.audit(10), []);
      assert.throws(() => program.change(({ put }) => put(rooms, room('r7', 7))), { code: 'ENGINE_BUSY' });
      assert.throws(() => program.attempt(() => {}), { code: 'ENGINE_BUSY' });
      assert.throws(() => program.attemptInSteps(() => {}).next(), { code: 'ENGINE_BUSY' });
    }
    t.ok(turns > 10, `${way}: ${turns} steps`);
    t.equal(program.isUnderWay, false);
    if (way === 'attemptInSteps') t.strictSame(seen(), before, 'nothing is left behind');
  }
  const fresh = toyProgram();
  fresh.change(({ put }) => {
    for (const row of program.rows(rooms)) put(rooms, row);
    for (const row of program.rows(people)) put(people, row);
  });
  t.not(program.get(people, 'p9'), undefined);
  t.strictSame(outcome(program), outcome(fresh));
  t.strictSame(
    seen()
      .inRooms.flat()
      .map(({ name }) => name),
    ['p0', 'p1', 'p9'],
  );
});
