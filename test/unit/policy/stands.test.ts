// Which connections stand under which rules.

import t from 'tap';
import { parseIp } from '../../../src/lib/address.ts';
import { type Connection, stands } from '../../../src/policy/nat/stands.ts';
import type { Translations } from '../../../src/policy/nat/translations.ts';
import { allocationsOf, demoObjects, documentsOf, type Objects, programOf } from '../../fixtures/demo-intent.ts';

const server = '198.51.100.254';

function connection(source: string, translated: string, port: number, more: Partial<Connection> = {}): Connection {
  return {
    zone: 2,
    protocol: 17,
    original: { source: parseIp(source), destination: parseIp(server), sourcePort: 999, destinationPort: 53 },
    reply: { source: parseIp(server), destination: parseIp(translated), sourcePort: 53, destinationPort: port },
    ...more,
  };
}

function echo(source: string, translated: string): Connection {
  return connection(source, translated, 0, {
    protocol: 1,
    original: { source: parseIp(source), destination: parseIp(server), icmpId: 7, icmpType: 8, icmpCode: 0 },
    reply: { source: parseIp(server), destination: parseIp(translated), icmpId: 7, icmpType: 0, icmpCode: 0 },
  });
}

/** Zone 1 is blue's or red's, by name; the demo with other pools and rules. */
function ofTenant(name: string, objects: Objects): Translations {
  const all = { ...demoObjects, ...objects };
  const own = allocationsOf(documentsOf(all)).zones.get(name);
  const found = programOf(all).translations.find(({ zone }) => zone === own);
  if (!found) throw new Error(`no translations of ${name}`);
  return found;
}

const pools = [
  { name: 'internet', interface: 'outside', addresses: ['203.0.113.10'] },
  { name: 'second', interface: 'outside', addresses: ['203.0.113.20'] },
];
const rule = (name: string, source: string, pool = 'internet', tenant = 'red') => ({ name, tenant, source, pool });

t.test('a rule, its address and its ports', async t => {
  const red = ofTenant('red', { 'nat-pools': pools, 'nat-rules': [rule('a', '10.0.0.0/8')] });
  t.ok(stands(red, connection('10.1.0.10', '203.0.113.10', 4096)));
  t.ok(stands(red, connection('10.1.0.10', '203.0.113.10', 4096, { protocol: 6 })));
  t.notOk(stands(red, connection('10.1.0.10', '203.0.113.10', 9000)), 'a port of nobody');
  t.notOk(stands(red, connection('10.1.0.10', '203.0.113.11', 4096)), 'another address');
  t.notOk(stands(red, connection('10.1.0.10', '10.1.0.10', 999)), 'untranslated');
  t.notOk(stands(red, connection('11.1.0.10', '203.0.113.10', 4096)), 'a source of no rule');
  t.notOk(
    stands(red, connection('10.1.0.10', '203.0.113.10', 4096, { protocol: 132 })),
    'a protocol that is not translated',
  );
  const elsewhere = { ...connection('10.1.0.10', '203.0.113.10', 4096).reply, source: parseIp('198.51.100.9') };
  t.notOk(stands(red, connection('10.1.0.10', '203.0.113.10', 4096, { reply: elsewhere })), 'replies from another');
  const v6 = { source: parseIp('fd00::1'), destination: parseIp('fd00::2') };
  t.notOk(stands(red, connection('10.1.0.10', '203.0.113.10', 1, { original: v6 })), 'IPv6');
});

t.test('ICMP stands with who has the address’s', async t => {
  const rules = [rule('a', '10.0.0.0/8'), rule('b', '10.0.0.0/8', 'internet', 'blue')];
  const objects = { 'nat-pools': pools, 'nat-rules': rules };
  const judged = ['red', 'blue'].map(name => stands(ofTenant(name, objects), echo('10.1.0.10', '203.0.113.10')));
  t.strictSame(judged, [true, false]);
});

t.test('the most specific rule counts, also where it is the worse', async t => {
  const rules = [rule('a', '10.0.0.0/8'), rule('b', '10.2.0.0/16', 'second'), rule('c', '10.2.3.0/24')];
  const red = ofTenant('red', { 'nat-pools': pools, 'nat-rules': rules });
  t.ok(stands(red, connection('10.1.0.10', '203.0.113.10', 4096)));
  t.notOk(stands(red, connection('10.2.0.10', '203.0.113.10', 4096)));
  t.ok(stands(red, connection('10.2.0.10', '203.0.113.20', 4096)));
  t.ok(stands(red, connection('10.2.3.10', '203.0.113.10', 4096)));
  t.notOk(stands(red, connection('10.2.3.10', '203.0.113.20', 4096)));
  const all = ofTenant('red', {
    'nat-pools': pools,
    'nat-rules': [rule('a', '0.0.0.0/0'), rule('b', '200.0.0.0/5', 'second')],
  });
  t.ok(stands(all, connection('10.1.0.10', '203.0.113.10', 4096)), 'every source');
  t.ok(stands(all, connection('201.1.0.10', '203.0.113.20', 4096)), 'an address whose first bit is set');
});

t.test('a destination that is routed to another outer interface', async t => {
  const other = {
    name: 'other',
    role: 'outer',
    attachment: { type: 'vlan', port: 'p0', vlan: 31 },
    mac: '02:70:6d:00:31:02',
    addresses: ['198.51.101.1/24'],
  };
  const route = {
    name: 'q',
    tenant: 'red',
    destination: '198.51.100.0/25',
    interface: 'other',
    nextHop: '198.51.101.2',
  };
  const objects = {
    interfaces: [...(demoObjects.interfaces ?? []), other],
    'nat-pools': [pools[0], { name: 'second', interface: 'other', addresses: ['203.0.113.20'] }],
    'nat-rules': [rule('a', '10.0.0.0/8'), rule('b', '10.0.0.0/8', 'second')],
  };
  const [here, there] = ['203.0.113.10', '203.0.113.20'].map(ip => connection('10.1.0.10', ip, 4096));
  if (!here || !there) throw new Error('there are two');
  const routed = (...more: object[]) =>
    ofTenant('red', { ...objects, routes: [...(demoObjects.routes ?? []), ...more] });
  const judged = (red: Translations) => [here, there].map(each => stands(red, each));
  t.strictSame(judged(routed()), [true, false], 'as the interface has it');
  t.strictSame(judged(routed(route)), [true, false], 'other addresses are routed');
  const moved = routed({ ...route, destination: `${server}/32` });
  t.strictSame(judged(moved), [false, true], 'it is');
  t.not(moved.fingerprint, routed().fingerprint);
  const inner = { ...route, destination: `${server}/32`, interface: 'red-vlan', nextHop: '10.1.0.10' };
  t.strictSame(judged(routed(inner)), [true, true], 'to inside');
});

t.test('a fingerprint changes with what is translated, and with nothing else', async t => {
  const base = { 'nat-pools': pools, 'nat-rules': [rule('a', '10.0.0.0/8')] };
  const { fingerprint } = ofTenant('red', base);
  t.equal(ofTenant('red', { ...base, 'nat-rules': [rule('other', '10.0.0.0/8')] }).fingerprint, fingerprint);
  t.equal(ofTenant('red', { ...base, routes: [] }).fingerprint, fingerprint);
  for (const changed of [
    { ...base, 'nat-rules': [] },
    { ...base, 'nat-rules': [rule('a', '10.0.0.0/9')] },
    { ...base, 'nat-rules': [rule('a', '10.0.0.0/8', 'second')] },
    { ...base, 'nat-pools': [{ ...pools[0], chunkSize: 128 }] },
  ])
    t.not(ofTenant('red', changed).fingerprint, fingerprint);
});

t.test('what began at a forwarded port', async t => {
  const forward = {
    ...{ name: 'f', tenant: 'red', interface: 'outside', outside: '203.0.113.30', protocol: 'udp' },
    ...{ ports: { min: 53, max: 54 }, inside: '10.1.0.10', insidePort: 5353 },
  };
  const red = ofTenant('red', { 'nat-pools': pools, 'nat-rules': [], 'port-forwards': [forward] });
  const began = (to: string, port: number, inside: string, insidePort: number, protocol = 17): Connection => ({
    ...{ zone: 2, protocol },
    original: { source: parseIp(server), destination: parseIp(to), sourcePort: 999, destinationPort: port },
    reply: { source: parseIp(inside), destination: parseIp(server), sourcePort: insidePort, destinationPort: 999 },
  });
  t.ok(stands(red, began('203.0.113.30', 53, '10.1.0.10', 5353)));
  t.ok(stands(red, began('203.0.113.30', 54, '10.1.0.10', 5354)));
  t.notOk(stands(red, began('203.0.113.30', 54, '10.1.0.10', 5353)), 'the port of another');
  t.notOk(stands(red, began('203.0.113.30', 55, '10.1.0.10', 5355)), 'a port that is not forwarded');
  t.notOk(stands(red, began('203.0.113.31', 53, '10.1.0.10', 5353)), 'another address');
  t.notOk(stands(red, began('203.0.113.30', 53, '10.1.0.11', 5353)), 'another host');
  t.notOk(stands(red, began('203.0.113.30', 53, '10.1.0.10', 5353, 6)), 'another protocol');
  t.notOk(stands(ofTenant('blue', { 'port-forwards': [forward] }), began('203.0.113.30', 53, '10.1.0.10', 5353)));
  const none = ofTenant('red', { 'nat-pools': pools, 'nat-rules': [] });
  t.not(red.fingerprint, none.fingerprint, 'a zone is looked at again for it');
});
