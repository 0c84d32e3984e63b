import t from 'tap';
import { eventsOfDrift } from '../../../src/controller/inspect/drift-events.ts';
import { encodeCookie } from '../../../src/policy/cookies.ts';
import { demoObjects, intentOf } from '../../fixtures/demo-intent.ts';

t.test('drift is told of the bridge, and once of each object that is known', async t => {
  const intent = intentOf(demoObjects);
  const [route] = intent.routes;
  const cookieOf = (id: number, drop?: 'no-route') =>
    `0x${encodeCookie({ kind: 'routes', id, ...(drop && { drop }) }).toString(16)}`;
  const id = route?.id ?? 0;
  const drift = {
    flows: 4,
    groups: 0,
    meters: 1,
    cookies: [cookieOf(id), cookieOf(id, 'no-route'), cookieOf(99999), '0x1'],
  };
  t.match(eventsOfDrift('br-int', drift, intent), [
    { reason: 'flows-restored', object: { kind: 'bridges', name: 'br-int' }, message: /flows, meters/ },
    { reason: 'flows-restored', object: { kind: 'routes', name: route?.name }, message: /br-int/ },
  ]);
  t.equal(eventsOfDrift('br-int', drift, intent).length, 2);
  t.equal(eventsOfDrift('br-int', drift, undefined).length, 1);
});
