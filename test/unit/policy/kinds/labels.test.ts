// Labels and selectors: what is one, and what a selector chooses.

import t from 'tap';
import { z } from 'zod';
import { bodySchemas } from '../../../../src/controller/rest/bodies.ts';
import { bodyLimit } from '../../../../src/controller/rest/body-limit.ts';
import { canonicalDocument, documentSchemas } from '../../../../src/policy/documents.ts';
import { labelsSchema, parseSelector, selectorLimits, selects } from '../../../../src/policy/kinds/labels.ts';
import { kinds } from '../../../../src/policy/kinds/names.ts';

const longName = 'x'.repeat(63);
const longest = `${'a.'.repeat(126)}a/${longName}`;

t.test('what is a label', async t => {
  for (const labels of [
    { a: '' },
    { 'A_b.c-9': 'X_y.z-0' },
    { [longName]: longName },
    { [longest]: longName },
    { 'example.com/team': 'web' },
    { constructor: 'x' },
  ])
    t.strictSame(labelsSchema.parse(labels), labels);
  const wrong = (labels: unknown) => {
    const { error } = labelsSchema.safeParse(labels);
    return error?.issues.map(({ path }) => path.join('|'));
  };
  for (const key of [
    '',
    '-a',
    'a-',
    'a b',
    'é',
    `${longName}x`,
    '/a',
    'a/',
    'A.com/x',
    'a..b/x',
    'a/b/c',
    `a${longest}`,
  ])
    t.strictSame(wrong({ ok: 'ok', [key]: '' }), [key], key);
  for (const value of ['-', 'a b', 'ü', 'a/b', 'a\n', `${longName}x`]) t.strictSame(wrong({ a: value }), ['a'], value);
  t.strictSame(wrong({ a: 1 }), ['a']);
  t.strictSame(wrong(['a']), ['']);
  const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`k${i}`, 'v']));
  t.equal(wrong(many(64)), undefined);
  t.strictSame(wrong(many(65)), ['']);
});

t.test('every kind has them, and room for the most', async t => {
  for (const kind of kinds) {
    t.ok('labels' in documentSchemas[kind].shape, kind);
    const bare = (documentSchemas[kind] as typeof documentSchemas.tenants).omit({ labels: true });
    const most = Object.fromEntries(
      Array.from({ length: 64 }, (_, i) => [`${longest.slice(0, -2)}${i + 10}`, longName]),
    );
    const grown = 64 * 1024 + bodyLimit(z.object({ labels: labelsSchema, pad: z.string().max(64 * 1024) }));
    t.ok(grown > JSON.stringify(most).length + 2 * 64 * 1024);
    t.ok(bodyLimit(bodySchemas[kind]) >= bodyLimit(bare), kind);
  }
});

t.test('one form of the same', async t => {
  const stored = canonicalDocument('tenants', { name: 'red', labels: { b: '2', a: '1' } });
  t.equal(JSON.stringify(stored), '{"name":"red","labels":{"a":"1","b":"2"}}');
  t.strictSame(canonicalDocument('tenants', { name: 'red', labels: {} }), { name: 'red' });
  t.strictSame(canonicalDocument('tenants', { name: 'red', labels: undefined }), { name: 'red' });
});

t.test('what a selector chooses', async t => {
  const objects = {
    none: {},
    empty: { labels: { env: '' } },
    prod: { labels: { env: 'prod', 'example.com/tier': 'web' } },
    test: { labels: { env: 'test' } },
  };
  const chosen = (text: string) => {
    const selector = parseSelector(text);
    if (typeof selector === 'string') throw new Error(selector);
    return Object.entries(objects).flatMap(([name, object]) => (selects(selector, object) ? [name] : []));
  };
  t.strictSame(chosen('env=prod'), ['prod']);
  t.strictSame(chosen(' env == prod '), ['prod']);
  t.strictSame(chosen('env!=prod'), ['none', 'empty', 'test']);
  t.strictSame(chosen('env'), ['empty', 'prod', 'test']);
  t.strictSame(chosen('!env'), ['none']);
  t.strictSame(chosen('env='), ['empty']);
  t.strictSame(chosen('env!='), ['none', 'prod', 'test']);
  t.strictSame(chosen('env,example.com/tier=web'), ['prod']);
  t.strictSame(chosen('env,env!=prod,env!='), ['test']);
  t.strictSame(chosen('constructor'), [], 'what every object has is no label');
  for (const text of [
    '',
    ',',
    'a,',
    '=',
    '=x',
    '!',
    '!!a',
    'a=b=c',
    'a in (b)',
    'a>1',
    'a=b c',
    'a!b',
    `a=${'x'.repeat(64)}`,
  ])
    t.type(parseSelector(text), 'string', text);
  t.type(parseSelector('x'.repeat(selectorLimits.length + 1)), 'string');
  const asks = (count: number) => parseSelector(Array.from({ length: count }, (_, i) => `k${i}`).join(','));
  t.equal(asks(selectorLimits.requirements).length, selectorLimits.requirements);
  t.type(asks(selectorLimits.requirements + 1), 'string');
});
