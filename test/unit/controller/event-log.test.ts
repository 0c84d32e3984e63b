// What is told again is counted, and nothing is missed by who asks for what came after the last that they know.

import t from 'tap';
import { eventSchema, type NewEvent } from '../../../src/controller/events/event.ts';
import { EventLog } from '../../../src/controller/events/event-log.ts';

const lost = (name: string): NewEvent => ({
  severity: 'warning',
  reason: 'carrier-lost',
  object: { kind: 'devices', name },
  message: `${name} has no carrier`,
});

t.test('events', async t => {
  let now = 1_000;
  const log = new EventLog(() => now);
  const names = (after?: Date) => log.list(after).map(({ object, count }) => `${object.name} ${count}`);
  for (const name of ['p0', 'p1', 'p0']) log.note(lost(name));
  t.strictSame(names(), ['p1 1', 'p0 2'], 'the newest last');
  t.strictSame(
    log.list().map(({ since, time }) => [Date.parse(since), Date.parse(time)]),
    [
      [1001, 1001],
      [1000, 1002],
    ],
    'none at the time of another',
  );
  for (const event of log.list()) t.ok(eventSchema.safeParse(event).success);

  const [, last] = log.list();
  t.strictSame(names(new Date(last?.time ?? 0)), []);
  now = 500;
  log.note(lost('p1'));
  t.strictSame(names(new Date(last?.time ?? 0)), ['p1 2'], 'also when the clock was set back');
  log.note({ ...lost('p1'), reason: 'carrier-back' });
  t.strictSame(names(), ['p0 2', 'p1 2', 'p1 1']);

  for (let i = 0; i < 2_000; i++) log.note(lost(`vf${i}`));
  t.equal(log.list().length, 1_000);
  t.equal(names().at(-1), 'vf1999 1');
  t.equal(names()[0], 'vf1000 1', 'the oldest go');
});
