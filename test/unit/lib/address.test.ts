import fc from 'fast-check';
import t from 'tap';
import {
  formatIp,
  formatMac,
  formatPrefix,
  ipOf,
  netmask,
  networkOf,
  parseIp,
  parseMac,
  parsePrefix,
  prefixContains,
  prefixesOverlap,
} from '../../../src/lib/address.ts';

t.test('texts that are addresses', async t => {
  t.strictSame(parseIp('10.0.0.255'), { family: 4, value: 0x0a0000ff });
  t.strictSame(parseIp('fd00::1'), { family: 6, value: (0xfd00n << 112n) | 1n });
  t.equal(formatIp(parseIp('2001:DB8:0:0:0:0:0:1')), '2001:db8::1', 'RFC 5952');
  t.equal(formatPrefix(networkOf(parsePrefix('10.1.2.3/20'))), '10.1.0.0/20');
  t.equal(parseMac('02:00:00:00:00:0A'), 0x02000000000an);
  t.equal(formatMac(0x02000000000an), '02:00:00:00:00:0a');
  t.equal(netmask(4, 0), 0);
  t.equal(netmask(4, 32), 0xffffffff);
});

t.test('texts that are none', async t => {
  for (const text of [
    '',
    '10.0.0',
    '10.0.0.256',
    '010.0.0.1',
    '0x0a.0.0.1',
    'fe80::1%eth0',
    '::g',
    '1.2.3.4.5',
    ' 10.0.0.1',
  ])
    t.throws(() => parseIp(text), { code: 'BAD_ADDRESS' }, JSON.stringify(text));
  for (const text of ['10.0.0.0', '10.0.0.0/33', '::/129', '10.0.0.0/', '/8', '10.0.0.0/-1'])
    t.throws(() => parsePrefix(text), { code: 'BAD_ADDRESS' }, JSON.stringify(text));
  for (const text of ['', '02:00:00:00:00', '02-00-00-00-00-01', '02:00:00:00:00:0g'])
    t.throws(() => parseMac(text), { code: 'BAD_ADDRESS' }, JSON.stringify(text));
});

t.test('what is printed is read back', async () => {
  fc.assert(fc.property(fc.bigInt({ min: 0n, max: 2n ** 128n - 1n }), value => same(ipOf(6, value))));
  fc.assert(fc.property(fc.bigInt({ min: 0n, max: 2n ** 32n - 1n }), value => same(ipOf(4, value))));
});

function same(ip: ReturnType<typeof ipOf>): boolean {
  return parseIp(formatIp(ip)).value === ip.value;
}

t.test('prefixes overlap where one contains the other', async t => {
  const [wide, narrow, other] = ['10.0.0.0/8', '10.1.0.0/16', '11.0.0.0/8'].map(parsePrefix);
  if (!wide || !narrow || !other) throw new Error('three prefixes');
  t.ok(prefixesOverlap(wide, narrow));
  t.ok(prefixesOverlap(narrow, wide));
  t.notOk(prefixesOverlap(wide, other));
  t.ok(prefixContains(wide, parseIp('10.255.255.255')));
  t.notOk(prefixContains(wide, parseIp('::1')));
});
