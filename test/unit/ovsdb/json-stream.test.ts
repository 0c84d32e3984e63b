import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { formatJson, type Json } from '../../../src/ovsdb/json/json.ts';
import { JsonStream, type JsonStreamLimits } from '../../../src/ovsdb/json/json-stream.ts';

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

t.test('integers of 64 bits keep every digit', async t => {
  const text =
    '{"a":9223372036854775807,"b":[-9223372036854775808,9007199254740991,9007199254740993],"c":1234567890123456789.5,' +
    '"d":"9223372036854775807 \\" 123456789012345678","e":1e20,"f":0.12345678901234567,"g":{"__proto__":18446744073709551615}}';
  const expected = {
    a: 2n ** 63n - 1n,
    b: [-(2n ** 63n), 2 ** 53 - 1, 2n ** 53n + 1n],
    c: 1234567890123456800,
    d: '9223372036854775807 " 123456789012345678',
    e: 1e20,
    f: 0.12345678901234566,
  };
  const bytes = Buffer.from(text);
  for (let at = 0; at <= bytes.length; at++) {
    const [message] = parse([bytes.subarray(0, at), bytes.subarray(at)]) as [Record<string, Json>];
    const { g, ...others } = message;
    t.strictSame(others, expected, `cut at ${at}`);
    t.equal(formatJson(g), '{"__proto__":18446744073709551615}');
    t.equal(Object.getPrototypeOf(g), Object.prototype, 'a member called __proto__ is a member');
  }
  t.equal(formatJson(expected), formatJson(parse([Buffer.from(formatJson(expected))])[0]));
});

/** Cuts at places that do not depend on the text. */
function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const at = [...new Set(places.map(place => place % (bytes.length + 1)))].sort((a, b) => a - b);
  return [0, ...at].map((start, i) => bytes.subarray(start, at[i] ?? bytes.length));
}

t.test('any objects, cut anywhere, are what JSON.parse reads', async () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.tuple(fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue()), fc.constantFrom('', ' ', '\n\t')),
      ),
      fc.array(fc.nat()),
      (objects, places) => {
        const texts = objects.map(([object, space]) => JSON.stringify(object, null, space));
        const got = parse(cut(Buffer.from(texts.join('')), places));
        assert.deepStrictEqual(
          // Through text: what is a bigint here is a number there.
          got.map(one => JSON.stringify(JSON.parse(formatJson(one)))),
          texts.map(text => JSON.stringify(JSON.parse(text))),
        );
      },
    ),
    { numRuns: 500 },
  );
});

/** What a stream yields, and whether it refuses then. */
function readAll(
  chunks: readonly Uint8Array[],
  limits: Partial<JsonStreamLimits>,
): { got: Json[]; isRefused: boolean } {
  const stream = new JsonStream(limits);
  const got: Json[] = [];
  try {
    for (const chunk of chunks) for (const message of stream.push(chunk)) got.push(message);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'OVSDB_BAD_JSON')) throw error;
    return { got, isRefused: true };
  }
  return { got, isRefused: false };
}

t.test('bytes changed: refused or not, cuts make no difference', async () => {
  const whole = Buffer.from(
    `${JSON.stringify(messages[2])} ${JSON.stringify({ n: [-1.5e3, 0, true, null], s: 'x\\y' })} {}`,
  );
  const noise = Buffer.from('{}[]":,\\0 1-e.tnu\u00e9\u0001x');
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(noise.length - 1)), { minLength: 1, maxLength: 3 }),
      fc.array(fc.nat(), { maxLength: 4 }),
      fc.record({ maxBytes: fc.integer({ min: 40, max: 60 }), maxDepth: fc.integer({ min: 4, max: 9 }) }),
      (changes, places, limits) => {
        const bytes = Buffer.from(whole);
        for (const [at, which] of changes) bytes[at] = noise[which] as number;
        const read = readAll(cut(bytes, places), limits);
        assert.deepStrictEqual(read, readAll([bytes], limits));
        for (const one of read.got) JSON.parse(formatJson(one));
      },
    ),
    { numRuns: Number(process.env.JSON_RUNS ?? 3000) },
  );
});

t.test('what is refused whole is refused when cut, at every offset', async t => {
  const digits = '1'.repeat(1025);
  const texts = ['{"s":\u00e9', '{"s":1\u00e9', '{"s":t"', '{"s":1[', '{"s":1{', '{"s":1:', '{"s":\\', '{"s":[1\u00e9'];
  for (const text of [...texts, `{"s":${digits}}`, `{"s":[0.${digits}]}`, `{"s":${digits}`]) {
    const bytes = Buffer.from(text);
    t.ok(readAll([bytes], {}).isRefused, `${text.slice(0, 20)} whole`);
    for (let at = 1; at < bytes.length; at++)
      if (!readAll([bytes.subarray(0, at), bytes.subarray(at)], {}).isRefused) t.fail(`${text.slice(0, 20)} at ${at}`);
  }
});

t.test('white space between messages is part of none', async t => {
  const text = Buffer.from(`{"a":1}${' '.repeat(20)}{"b":2}\n\n`);
  for (let at = 0; at <= text.length; at++)
    t.same(readAll([text.subarray(0, at), text.subarray(at)], { maxBytes: 7 }), {
      got: [{ a: 1 }, { b: 2 }],
      isRefused: false,
    });
});

t.test('refuses what JSON.parse refuses', async t => {
  const texts = ['{"a":01}', '{"a":+1}', '{"a":.5}', '{"a":1.}', '{"a":1e}', '{"a":tru}', '{"a":nul}', '{"a":"\\x"}'];
  texts.push('{"a":1,}', '{,}', '{"a":[1,]}', '{"a":[,1]}', '{a:1}', "{'a':1}", '{"a":1 "b":2}', '{"a"}', '{"a":1]');
  texts.push('{"a":"\t"}', '{"a":NaN}', '{"a":--1}', '{"a":1234567890123456789x}', '{"a":\u00a01}', '{"\\u12":1}');
  for (const text of texts) {
    t.throws(() => JSON.parse(text), text);
    const bytes = Buffer.from(text);
    for (let at = 0; at <= bytes.length; at++) {
      t.throws(
        () => parse([bytes.subarray(0, at), bytes.subarray(at)]),
        { code: 'OVSDB_BAD_JSON' },
        `${text} at ${at}`,
      );
    }
  }
});

t.test('a long message costs little at a time', async t => {
  const row = { name: 'x'.repeat(50), tags: ['set', [1, 2, 3]] };
  const text = Buffer.from(
    JSON.stringify({ result: Object.fromEntries(Array.from({ length: 20_000 }, (_, i) => [i, row])) }),
  );
  const stream = new JsonStream();
  let longest = 0;
  let count = 0;
  for (let at = 0; at < text.length; at += 65_536) {
    const start = performance.now();
    for (const _ of stream.push(text.subarray(at, at + 65_536))) count++;
    longest = Math.max(longest, performance.now() - start);
  }
  t.equal(count, 1);
  t.comment(`${text.length} bytes; the longest of its chunks took ${longest.toFixed(1)} ms`);
});

t.test('members may be taken as they come: whatever is not taken is in the message', async () => {
  const inner = fc.dictionary(fc.string(), fc.dictionary(fc.string(), fc.jsonValue(), { maxKeys: 5 }), { maxKeys: 4 });
  fc.assert(
    fc.property(inner, fc.boolean(), fc.array(fc.nat()), (tables, isFirst, places) => {
      const message = isFirst ? { result: [true, tables], id: 1 } : { id: 1, result: [true, tables] };
      const stream = new JsonStream();
      const taken = new Map<string, Map<string, Json>>();
      stream.chooseTaker = path => {
        if (path.length !== 3 || path[0] !== 'result' || path[1] !== '') return undefined;
        const members = new Map<string, Json>();
        taken.set(path[2] as string, members);
        return { take: (name, value) => members.set(name, value) };
      };
      const [got] = cut(Buffer.from(JSON.stringify(message)), places).flatMap(chunk => [...stream.push(chunk)]);
      const rest = (got as { readonly result: readonly [boolean, Record<string, Record<string, Json>>] }).result[1];
      for (const [name, table] of Object.entries(tables)) {
        const all = new Map([...(taken.get(name) ?? []), ...Object.entries(rest[name] ?? {})]);
        assert.deepStrictEqual(formatJson([...all]), formatJson(Object.entries(table) as Json));
      }
    }),
    { numRuns: 500 },
  );
});
