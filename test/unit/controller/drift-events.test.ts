import t from 'tap';
import { eventsOfDrift } from '../../../src/controller/inspect/drift-events.ts';
import { encodeCookie } from '../../../src/policy/cookies.ts';
import { numbers } from '../../../src/policy/facts/base.ts';
import { demoObjects, documentsOf, liveProgramOf } from '../../fixtures/demo-intent.ts';

t.test('drift is told of the bridge, and once of each object that is known', async t => {
  const program = liveProgramOf(demoObjects);
  const [name] = documentsOf(demoObjects).routes.keys();
  const cookieOf = (id: number, drop?: 'no-route') =>
    `0x${encodeCookie({ kind: 'routes', id, ...(drop && { drop }) }).toString(16)}`;
  const id = program.get(numbers, `routes/${name}`)?.id ?? 0;
  const drift = {
    flows: 4,
    groups: 0,
    meters: 1,
    cookies: [cookieOf(id), cookieOf(id, 'no-route'), cookieOf(99999), '0x1'],
  };
  t.match(eventsOfDrift('br-int', drift, program), [
    { reason: 'flows-restored', object: { kind: 'bridges', name: 'br-int' }, message: /flows, meters/ },
    { reason: 'flows-restored', object: { kind: 'routes', name }, message: /br-int/ },
  ]);
  t.equal(eventsOfDrift('br-int', drift, program).length, 2);
});
