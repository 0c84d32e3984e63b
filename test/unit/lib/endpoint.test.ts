import t from 'tap';
import {
  formatActiveEndpoint,
  formatPassiveEndpoint,
  parseActiveEndpoint,
  parsePassiveEndpoint,
} from '../../../src/lib/endpoint.ts';

t.test('active endpoints', async t => {
  const parse = (text: string) => parseActiveEndpoint(text, 6640);
  t.strictSame(parse('unix:/run/db.sock'), { kind: 'unix', path: '/run/db.sock' });
  t.strictSame(parse('tcp:192.0.2.1'), { kind: 'tcp', host: '192.0.2.1', port: 6640 });
  t.strictSame(parse('ssl:[2001:db8::1]:6641'), { kind: 'ssl', host: '2001:db8::1', port: 6641 });
  for (const text of ['unix:/a', 'tcp:h:1', 'ssl:[::1]:65535']) t.equal(formatActiveEndpoint(parse(text)), text);
  for (const text of ['', 'unix:', 'tcp:', 'tcp:h:65536', 'tcp:h:x', 'tcp:::1', 'udp:h', 'ptcp:1'])
    t.throws(() => parse(text), { code: 'BAD_ENDPOINT' }, text);
});

t.test('passive endpoints', async t => {
  const parse = (text: string) => parsePassiveEndpoint(text, 6653);
  t.strictSame(parse('punix:/a'), { kind: 'punix', path: '/a' });
  t.strictSame(parse('ptcp:'), { kind: 'ptcp', host: undefined, port: 6653 });
  t.strictSame(parse('pssl:1:[::1]'), { kind: 'pssl', host: '::1', port: 1 });
  for (const text of ['punix:/a', 'ptcp:6653', 'pssl:0:127.0.0.1', 'ptcp:1:[::]']) {
    t.equal(formatPassiveEndpoint(parse(text)), text);
  }
  for (const text of ['', 'ptcp', 'ptcp:x', 'ptcp:70000', 'tcp:1'])
    t.throws(() => parse(text), { code: 'BAD_ENDPOINT' }, text);
});
