import t from 'tap';
import { canonicalDocument, spellDocument } from '../../../src/policy/documents.ts';
import type { InterfaceDocument } from '../../../src/policy/kinds/interfaces.ts';
import { sortAddresses } from '../../../src/policy/kinds/spelling.ts';

const wish: InterfaceDocument = {
  name: 'in',
  role: 'inner',
  tenant: undefined,
  attachment: { type: 'vlan', port: 'p0', vlan: 1 },
  mac: '02:AA:00:00:00:01',
  addresses: ['2001:DB8:0:0::1/64', '10.0.0.1/24', '9.0.0.1/24'],
  hosts: [{ mac: '02:00:00:00:00:0B', addresses: ['9.0.0.3', '9.0.0.2'], vtep: undefined }],
  remoteVteps: [],
  arpRate: 100,
};

t.test('addresses get one spelling, in the order of the caller or of value', async t => {
  t.match(spellDocument('interfaces', wish), {
    mac: '02:aa:00:00:00:01',
    addresses: ['2001:db8::1/64', '10.0.0.1/24', '9.0.0.1/24'],
  });
  const canonical = canonicalDocument('interfaces', wish);
  t.match(canonical, {
    addresses: ['9.0.0.1/24', '10.0.0.1/24', '2001:db8::1/64'],
    hosts: [{ mac: '02:00:00:00:00:0b', addresses: ['9.0.0.2', '9.0.0.3'] }],
  });
  t.notOk('tenant' in canonical);
  t.notOk('vtep' in (canonical.hosts[0] ?? {}));
  t.strictSame(canonicalDocument('interfaces', canonical), canonical);
});

t.test('a network loses its host bits, a gateway address does not', async t => {
  const route = { name: 'r', tenant: 't', destination: '10.1.2.3/8', interface: 'i', nextHop: '10.0.0.1' };
  t.equal(canonicalDocument('routes', route).destination, '10.0.0.0/8');
  t.match(canonicalDocument('interfaces', wish).addresses, ['9.0.0.1/24']);
});

t.test('sorting drops repeats', async t => {
  t.strictSame(sortAddresses(['10.0.0.10', '10.0.0.9', '10.0.0.10', '::1']), ['10.0.0.9', '10.0.0.10', '::1']);
});
