import t from 'tap';
import type { Json } from '../../../src/ovsdb/json.ts';
import { JsonStream, type JsonStreamLimits } from '../../../src/ovsdb/json-stream.ts';

function parse(chunks: readonly Uint8Array[], limits: Partial<JsonStreamLimits> = {}): Json[] {
  const stream = new JsonStream(limits);
  return chunks.flatMap(chunk => [...stream.push(chunk)]);
}

const messages: readonly Json[] = [
  { id: 0, method: 'echo', params: [] },
  { s: 'braces }{ ][ in "quotes", \\ and \\" ', t: '\\' },
  { umlaut: 'ä€😀', nested: [[[{ a: { b: [] } }]]] },
  {},
];
const bytes = Buffer.from(messages.map((message, i) => JSON.stringify(message) + [' ', '\n', '', '\r\t'][i]).join(''));

t.test('a stream cut in two at every offset', async t => {
  for (let at = 0; at <= bytes.length; at++)
    t.same(parse([bytes.subarray(0, at), bytes.subarray(at)]), messages, `cut at ${at}`);
});

t.test('one byte at a time, and all at once', async t => {
  t.same(parse(Array.from(bytes, byte => Uint8Array.of(byte))), messages);
  t.same(parse([bytes]), messages);
});

t.test('the messages before a fault are delivered', async t => {
  const stream = new JsonStream();
  const got: Json[] = [];
  t.throws(
    () => {
      for (const message of stream.push(Buffer.from('{"a":1}{"b":2}x'))) got.push(message);
    },
    { code: 'OVSDB_BAD_JSON' },
  );
  t.same(got, [{ a: 1 }, { b: 2 }]);
});

t.test('what is not JSON', async t => {
  for (const text of ['[]', '"a"', '1', 'HTTP/1.1 400', '{"a":}', '{"a":[}]', '{"a" 1}', '{"a":"\n"}', '\ufeff{}'])
    t.throws(() => parse([Buffer.from(text)]), { code: 'OVSDB_BAD_JSON' }, text);
  t.throws(() => parse([Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])]), { code: 'OVSDB_BAD_JSON' }, 'UTF-8');
});

t.test('size and depth are bounded', async t => {
  const text = Buffer.from(JSON.stringify({ a: 'x'.repeat(90) }));
  t.same(parse([text], { maxBytes: text.length }).length, 1);
  t.throws(() => parse([text], { maxBytes: text.length - 1 }), { code: 'OVSDB_BAD_JSON' });
  t.throws(
    () =>
      parse(
        Array.from(text.subarray(0, 50), byte => Uint8Array.of(byte)),
        { maxBytes: 49 },
      ),
    { code: 'OVSDB_BAD_JSON' },
    'before the message is complete',
  );
  t.same(parse([Buffer.from('{"a":[[]]}')], { maxDepth: 3 }), [{ a: [[]] }]);
  t.throws(() => parse([Buffer.from('{"a":[[[')], { maxDepth: 3 }), { code: 'OVSDB_BAD_JSON' });
});
